"""The order a table is in, by the address: `?sort=free`, `?sort=-free`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from app.pages.visit import Visit
from workflow.municipalities.alphabet import sort_key

Row = TypeVar("Row")
#: What the rows of a table are sorted by, column by column.
Columns = Mapping[str, Callable[[Row], Any]]


def sort_of(
    reader: Visit, columns: Collection[str], otherwise: str = "", *, name: str = "sort"
) -> str:
    """The column asked for, with `-` for the other way; what is none is told, and not used."""
    known = {word: word for column in columns for word in (column, f"-{column}")}
    return reader.asked(name, known.get) or otherwise


def in_order(rows: Iterable[Row], columns: Columns[Row], sort: str) -> list[Row]:
    """Sorted, texts as Norwegians sort them; where nothing is known last, equals as they were."""
    known = list(rows)
    read = columns.get(sort.removeprefix("-"))
    if read is None:
        return known
    last = [row for row in known if read(row) is None]
    first = [row for row in known if read(row) is not None]
    first.sort(key=lambda row: _comparable(read(row)), reverse=sort.startswith("-"))
    return first + last


def _comparable(value: Any) -> Any:
    return sort_key(value) if isinstance(value, str) else value
