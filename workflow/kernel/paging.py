"""Lists in pages: from a key on, never by offset, so that nothing is skipped or told twice.

A cursor is the key of the page's last row, packed so that it survives an address; it says which
list and which order it belongs to, and is refused by any other.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from workflow.kernel.errors import Invalid

T = TypeVar("T")

#: What one page holds at most, and unless told otherwise.
LARGEST_PAGE = 500
USUAL_PAGE = 50
_LARGEST_KEY = 400
_INT8 = 2**63


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list; `next` is the cursor of what follows, None at the end."""

    items: tuple[T, ...]
    next: str | None = None


def pack(order: str, *key: str | int) -> str:
    """The cursor of a row by its key in an order."""
    packed = json.dumps([order, *key], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(packed.encode()).rstrip(b"=").decode()


def unpack(cursor: str, order: str, *kinds: type[str] | type[int]) -> tuple[Any, ...]:
    """The key in a cursor, as many parts as `kinds`.

    Raises:
        Invalid: it is no cursor, or one of another list or order.
    """
    try:
        filled = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        found = json.loads(base64.b64decode(filled, altchars=b"-_", validate=True))
    except (UnicodeError, binascii.Error, ValueError, RecursionError):
        found = None
    if (
        not isinstance(found, list)
        or len(found) != len(kinds) + 1
        or found[0] != order
        or not all(_usable(part, kind) for part, kind in zip(found[1:], kinds, strict=True))
    ):
        raise Invalid("not a cursor of this list", pointer="cursor")
    return tuple(found[1:])


def _usable(part: object, kind: type[str] | type[int]) -> bool:
    if kind is int:
        return type(part) is int and -_INT8 <= part < _INT8
    return isinstance(part, str) and len(part) <= _LARGEST_KEY and part.isprintable()


def cut(rows: list[T], limit: int, order: str, key: Any) -> Page[T]:
    """A page of `limit` rows out of up to one more; `key(row)` is the row's key in the order."""
    if len(rows) <= limit:
        return Page(tuple(rows))
    shown = rows[:limit]
    return Page(tuple(shown), pack(order, *key(shown[-1])))
