"""What a token is for."""

from enum import StrEnum


class TokenScope(StrEnum):
    """Writing takes in reading."""

    READ = "read"
    WRITE = "write"
