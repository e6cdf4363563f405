"""Client assertions, and that the provider of these tests takes none but good ones."""

from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt

from app.signin.assertion import LASTS
from tests.app.signin.ansattporten import LOGIN, NotTaken
from tests.app.signin.conftest import a_writer


def test_each_assertion_is_fresh_short_and_for_the_issuer(house):
    signing = house.app.state.identity_providers["kommune"]._signing
    one, two = (jwt.decode(signing.fresh(), house.key).claims for _ in range(2))

    assert one["jti"] != two["jti"]
    assert one["exp"] - one["iat"] == LASTS.total_seconds() <= 120
    assert one["aud"] == "https://ansattporten.test"


def test_the_provider_of_these_tests_refuses_what_authlib_signs_by_itself(house):
    """If it did not, these tests would not show that ours is needed."""
    asked = house.go_there(house.browser())
    code = parse_qs(urlsplit(house.provider.authorize(asked, a_writer("1"))).query)["code"][0]
    client = OAuth2Client(
        "bosetting-client",
        house.key,
        token_endpoint_auth_method="private_key_jwt",
        transport=house.provider.transport,
    )
    client.register_client_auth_method(
        PrivateKeyJWT("https://ansattporten.test", headers={"kid": "ours"})
    )

    with client, pytest.raises(Exception, match="invalid_grant"):
        client.fetch_token(f"{LOGIN}/token", grant_type="authorization_code", code=code)

    assert house.provider.refused == ["exp"]


def test_the_provider_of_these_tests_asks_for_pkce_and_a_nonce(house):
    asked = house.go_there(house.browser())

    for left_out in ("code_challenge=", "nonce=", "state="):
        with pytest.raises(NotTaken):
            house.provider.authorize(asked.replace(left_out, "x="), a_writer("1"))
