"""Signatures of Standard Webhooks 1.0: HMAC-SHA256 over id, moment and body, by each secret."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from app import keys
from app.settings import Settings

#: The purpose of the keys that secrets are sealed with.
PURPOSE: Final = "webhooks"
PREFIX: Final = "whsec_"
#: Of a secret: the specification asks for 24 to 64.
BYTES: Final = 32


class Unsealable(Exception):
    """A secret was sealed with a key that is gone; it has to be made anew."""


def fresh() -> str:
    """A new secret, as receivers write it into their settings."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def sealed(secret: str, settings: Settings) -> bytes:
    """The secret as it is stored."""
    return _seal(settings).encrypt(secret.encode())


def opened(stored: bytes, settings: Settings) -> str:
    """The secret that was stored.

    Raises:
        Unsealable: it was sealed with a key we no longer have.
    """
    try:
        return _seal(settings).decrypt(stored).decode()
    except InvalidToken:
        raise Unsealable from None


def headers(
    message_id: str, body: bytes, known: Sequence[str], *, timestamp: int
) -> Mapping[str, str]:
    """The three headers; one signature for each secret that holds.

    Args:
        timestamp: seconds since 1970 by the machine's own time; receivers compare it with theirs.
    """
    said = f"{message_id}.{timestamp}.".encode() + body
    signed = (
        base64.b64encode(hmac.digest(_key(secret), said, hashlib.sha256)).decode()
        for secret in known
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{one}" for one in signed),
    }


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))


def _seal(settings: Settings) -> MultiFernet:
    # Nothing is served without a secret (app.command_line.serve); a test may do without.
    known = (*keys.of(settings, PURPOSE), hashlib.sha256(PURPOSE.encode()).digest())
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in known])
