"""Lists in the order of a column, a page at a time.

Each column becomes one text that sorts byte by byte, so that there is one way to go on from a row
whatever is sorted by; what a row does not have comes last both ways.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, String, case, cast, func, tuple_
from sqlalchemy.orm import Session

from workflow.kernel.paging import Page, cut, unpack

T = TypeVar("T")
#: What a list can be sorted by, by the name an address calls it.
Columns = Mapping[str, Any]
#: Before and after everything a key holds; `~` is what the alphabet puts last.
_FIRST, _LAST = "", "~~~~"


def number(column: Any) -> ColumnElement[Any]:
    """Of a count."""
    return func.lpad(cast(column, String), 9, "0")


def day(column: Any) -> ColumnElement[Any]:
    return func.to_char(column, "YYYYMMDD")


def moment(column: Any) -> ColumnElement[Any]:
    """Of a time; connections are in UTC."""
    return func.to_char(column, "YYYYMMDDHH24MISSUS")


def text(column: Any) -> ColumnElement[Any]:
    """Of what sorts as it is written: a number of a case, a week, the sort key of a name."""
    return cast(column, String)


def words(column: Any) -> ColumnElement[Any]:
    """Of what people have written: small letters, and æ ø å after z."""
    return func.translate(func.lower(column), "æøåäö", "{|}{|")


def place(column: Any, words: Iterable[StrEnum]) -> ColumnElement[Any]:
    """Of a word, by its place among its like."""
    return case({str(word): f"{at:02}" for at, word in enumerate(words)}, value=column)


@dataclass(frozen=True, slots=True)
class Sorted:
    """An order by one column, and by what is unique among equals."""

    columns: Columns
    #: A name of `columns`, with `-` for the other way.
    sort: str
    unique: Any

    def page(
        self,
        session: Session,
        wanted: Select[*tuple[Any, ...]],
        make: Callable[[Any], T],
        *,
        limit: int,
        after: str | None,
    ) -> Page[T]:
        """The rows of a page; `make` gets each with two columns more at its end.

        Raises:
            Invalid: `after` is no cursor of this list in this order.
        """
        descending = self.sort.startswith("-")
        column = self.columns[self.sort.removeprefix("-")]
        known = func.coalesce(cast(column, String), _FIRST if descending else _LAST)
        key = (known.collate("C"), cast(self.unique, String).collate("C"))
        if after is not None:
            last = tuple_(*unpack(after, self.sort, str, str))
            wanted = wanted.where(tuple_(*key) < last if descending else tuple_(*key) > last)
        direction = [part.desc() if descending else part.asc() for part in key]
        found = wanted.add_columns(key[0].label("sort_key"), key[1].label("sort_unique"))
        in_order = found.order_by(None).order_by(*direction).limit(limit + 1)
        rows: list[Any] = list(session.execute(in_order))
        shown = cut(rows, limit, self.sort, lambda row: tuple(row[-2:]))
        return Page(tuple(make(row) for row in shown.items), shown.next)
