"""Which version of a resource an answer shows, and a change has read: ETag and If-Match.

A tag names what it is of and its version: `"case-7"`. The comparison itself is made by the workflow
with the row locked, in the change's own transaction, so nothing can come between.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header, Response

from app.refusals import PreconditionRequired

_TAG: Final = re.compile(r'\s*(?:W/)?"([\x21\x23-\x7e]*)"\s*')
_VERSION: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def tag(kind: str, version: int | str) -> str:
    return f'"{kind}-{version}"'


def show(response: Response, kind: str, version: int | str) -> None:
    """Put the version into the answer."""
    response.headers["etag"] = tag(kind, version)


@dataclass(frozen=True, slots=True)
class AsRead:
    """What the client says it has read."""

    tags: frozenset[str]
    #: `*`: whatever it is now.
    any: bool = False

    def versions(self, kind: str) -> Collection[str] | None:
        """The versions of such a resource it would change; None = any."""
        if self.any:
            return None
        found = (named.removeprefix(f"{kind}-") for named in self.tags if "-" in named)
        return frozenset(version for version in found if _VERSION.fullmatch(version))

    def numbers(self, kind: str) -> Collection[int] | None:
        """As `versions`, of a resource whose versions are whole numbers."""
        named = self.versions(kind)
        return None if named is None else frozenset(int(v) for v in named if v.isdigit())


async def as_read(
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            max_length=1000,
            description="The ETag of the resource as it was read. 428 without it, 412 when stale.",
            examples=['"case-7"'],
        ),
    ] = None,
) -> AsRead:
    if if_match is None:
        raise PreconditionRequired
    if if_match.strip() == "*":
        return AsRead(frozenset(), any=True)
    found = [_TAG.fullmatch(part) for part in if_match.split(",")]
    return AsRead(frozenset(match[1] for match in found if match))


IfMatch = Annotated[AsRead, Depends(as_read)]
