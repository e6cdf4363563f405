"""What a bearer token looks like: `bos_<key>_<secret>_<signature>`.

The signature is a keyed hash by one of our keys, which the first part names. Without it nobody is
looked up: whoever can write in the database cannot make a token, a key that is taken away ends all
it has signed, and what is made up costs no question to the database.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

from app.signin.secret import new

#: A token looks like this wherever it turns up: in a log, in a repository.
PATTERN: Final = re.compile(r"bos_([0-9a-f]{8})_([A-Za-z0-9_-]{43})_([0-9a-f]{32})")
#: Without a secret of the deployment's the signature only tells a typing error from a token.
_UNSIGNED: Final = hashlib.sha256(b"bosetting token, unsigned").digest()


def fresh(keys: Sequence[bytes]) -> str:
    """A new token, signed by the first key."""
    key = keys[0] if keys else _UNSIGNED
    body = f"bos_{name_of(key)}_{new()}"
    return f"{body}_{_signature(key, body)}"


def is_ours(token: str, keys: Sequence[bytes]) -> bool:
    """Whether one of the keys has signed it."""
    found = PATTERN.fullmatch(token)
    if found is None:
        return False
    body, _, signature = token.rpartition("_")
    return any(
        hmac.compare_digest(_signature(key, body), signature)
        for key in keys or (_UNSIGNED,)
        if name_of(key) == found[1]
    )


def name_of(key: bytes) -> str:
    """What a key is called in the tokens it signs; says nothing of the key."""
    return hashlib.sha256(b"name\0" + key).hexdigest()[:8]


def _signature(key: bytes, body: str) -> str:
    return hmac.digest(key, body.encode(), "sha256").hex()[:32]
