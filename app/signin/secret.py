"""Secrets that are shown once: random, and stored hashed.

A hash of 256 random bits needs no salt.
"""

import hashlib
import secrets


def new() -> str:
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
