"""Keys made of the deployment's secret, one a purpose: none can stand in for another.

Two secrets hold at once: what is signed today is signed by the first, what was signed by the one
before still holds. To change it: the new one first, the old one before, every node in turn; when
nothing of the old one is left, take it away.
"""

import hashlib
from collections.abc import Sequence

from app.settings import Settings


def of(settings: Settings, purpose: str) -> Sequence[bytes]:
    """The key of a purpose, 32 bytes, then the ones before it; none where there is no secret."""
    return [
        hashlib.sha256(purpose.encode() + b"\0" + secret.get_secret_value().encode()).digest()
        for secret in (settings.secret, settings.secret_before)
        if secret is not None
    ]
