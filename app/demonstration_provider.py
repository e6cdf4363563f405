"""An identity provider beside the demonstration, so that a real sign-in can be seen on one machine.

It vouches for whoever is chosen, so it is for the demonstration only; the package it stands on is
an extra (`demo-oidc`) that a deployment does not install.
"""

import logging
import re
import tempfile
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.demonstration import ReadyUser
from app.errors import CannotStart
from workflow.kernel.actor import MUNICIPALITY, Role

#: It needs none: nobody checks it, and nothing but invented people is behind it.
SECRET = "the demonstration's own, which is no secret"  # noqa: S105

_FILE = """
[demo]
kind = "oidc"
title = "OpenID Connect"
office = "others"
issuer = "{issuer}"
client_id = "bosetting"
authentication = "client_secret_basic"
secret_file = "{secret}"
group_claim = "groups"
organisation_claim = "organisation_number"
centre_claim = "reception_centre"

[demo.roles]
{roles}
"""


@contextmanager
def beside(people: Iterable[ReadyUser]) -> Iterator[Path]:
    """Run the provider until the end of the block; the sign-in file that names it.

    Raises:
        CannotStart: the extra is not installed.
    """
    with warnings.catch_warnings():
        # It is built on a part of Authlib that says at each turn that it will be gone one day.
        warnings.simplefilter("ignore")
        try:
            from oidc_provider_mock import User, run_server_in_thread  # noqa: PLC0415
        except ImportError as fault:
            raise CannotStart(
                "--oidc needs the package oidc-provider-mock: install bosetting[demo-oidc]."
            ) from fault
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        known = [User(sub=_sub(one.name), claims=dict(_claims(one))) for one in people]
        with (
            run_server_in_thread(user_claims=known, require_nonce=True) as server,
            tempfile.TemporaryDirectory(prefix="bosetting-oidc-") as folder,
        ):
            yield _sign_in_file(Path(folder), f"http://localhost:{server.server_port}")


def _sign_in_file(folder: Path, issuer: str) -> Path:
    secret, file = folder / "secret", folder / "providers.toml"
    secret.write_text(SECRET, "utf-8")
    roles = "\n".join(f'"{role}" = "{role}"' for role in Role if role is not Role.SYSTEM)
    file.write_text(_FILE.format(issuer=issuer, secret=secret, roles=roles), "utf-8")
    return file


def _claims(one: ReadyUser) -> Mapping[str, Any]:
    claims: dict[str, Any] = {"name": one.name, "groups": ["alle", str(one.role)]}
    if one.role in MUNICIPALITY:
        claims["organisation_number"] = one.organisation_number
    if one.role is Role.RECEPTION_CENTRE:
        claims["reception_centre"] = one.office
    return claims


def _sub(name: str) -> str:
    """`Oddvar Test-Fjære` → `oddvar.test-fjaere`."""
    plain = name.lower().replace("æ", "ae").replace("ø", "o")
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z-]+", ".", ascii_only)
