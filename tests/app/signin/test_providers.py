"""The file of identity providers: what does not hold together is said before anybody is served."""

import json

import pytest
from joserfc.jwk import ECKey, RSAKey

from app.errors import CannotStart
from app.settings import Settings
from app.signin.oidc import identity_providers
from app.signin.providers import read

GOOD = {
    "kind": '"oidc"',
    "title": '"IMDi"',
    "office": '"directorate"',
    "issuer": '"https://imdi.test"',
    "client_id": '"bosetting"',
    "authentication": '"client_secret_basic"',
    "secret_env": '"IMDI_SECRET"',
    "roles": '{ leder = "lead" }',
}
SECRET = "at least thirty-two characters long"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("IMDI_SECRET", "hush")

    def write(**changed):
        lines = {key: value for key, value in (GOOD | changed).items() if value is not None}
        path = tmp_path / "providers.toml"
        path.write_text("[imdi]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items()))
        return path

    return write


def started(path, **settings):
    given = {"secret": SECRET, "public_url": "https://bosetting.test"} | settings
    return identity_providers(Settings(sign_in_file=path, **given))


def test_without_a_file_there_are_none():
    assert identity_providers(Settings()) == {}


def test_a_file_that_holds_together_is_taken(file):
    (provider,) = started(file()).values()

    assert (provider.provider.name, provider.provider.scope) == ("imdi", ("openid", "profile"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"issuer": '"http://imdi.test"'}, "issuer is an https address"),
        ({"secret_env": None}, "one of secret_file and secret_env"),
        ({"secret_file": '"/x"'}, "one of secret_file and secret_env"),
        ({"secret_env": '"NOT_SET_ANYWHERE"'}, "NOT_SET_ANYWHERE is not set"),
        ({"secret_env": None, "secret_file": '"/not/there"'}, "cannot be read"),
        ({"roles": '{ x = "system" }'}, "nobody signs in as system"),
        ({"roles": '{ x = "boss" }'}, "roles.x"),
        ({"roles": "{}"}, "roles"),
        ({"roles": '{ x = "municipality_reader" }'}, "needs organisation_claim"),
        ({"roles": '{ x = "reception_centre" }'}, "needs centre_claim"),
        ({"kind": '"ansattporten"'}, "roles of a municipality only"),
        ({"client_secret": '"a secret in the wrong place"'}, "client_secret"),
        ({"kind": '"saml"'}, "kind"),
        ({"title": None}, "title"),
        ({"authentication": '"private_key_jwt"'}, "private key is not readable"),
    ],
)
def test_what_does_not_hold_together_is_said(file, changed, said):
    with pytest.raises(CannotStart, match=said) as refused:
        started(file(**changed))

    assert "wrong place" not in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"secret": None}, "BOSETTING_SECRET"),
        ({"public_url": None}, "BOSETTING_PUBLIC_URL"),
        ({"public_url": "http://bosetting.test"}, "BOSETTING_PUBLIC_URL"),
    ],
)
def test_what_is_needed_beside_the_file_is_said(file, settings, said):
    with pytest.raises(CannotStart, match=said):
        started(file(), **settings)


@pytest.mark.parametrize("text", ["", "imdi = 1", "[imdi", "\x00"])
def test_a_file_that_is_none_is_said(tmp_path, text):
    path = tmp_path / "providers.toml"
    path.write_text(text)

    with pytest.raises(CannotStart):
        read(path)


@pytest.mark.parametrize(
    ("algorithm", "key", "taken"),
    [
        ("RS256", RSAKey.generate_key(2048), True),
        ("ES256", ECKey.generate_key("P-256"), True),
        ("RS256", ECKey.generate_key("P-256"), False),
    ],
)
@pytest.mark.parametrize("as_jwk", [True, False])
def test_the_key_is_a_pem_or_a_jwk_that_fits_the_algorithm(
    file, tmp_path, algorithm, key, taken, as_jwk
):
    secret = tmp_path / "key"
    secret.write_text(
        json.dumps(key.as_dict(private=True)) if as_jwk else key.as_pem(private=True).decode()
    )
    path = file(
        authentication='"private_key_jwt"',
        algorithm=f'"{algorithm}"',
        secret_env=None,
        secret_file=f'"{secret}"',
    )

    if taken:
        assert started(path)["imdi"]
    else:
        with pytest.raises(CannotStart):
            started(path)
