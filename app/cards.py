"""Rows of a table as cards on a phone: each cell says the heading of its column."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup, escape

_CELL: Final = re.compile(r"<t([dh])\b(?P<of>[^>]*)>")
_SPAN: Final = re.compile(r'colspan="(\d+)"')


def carded(row: str, columns: Sequence[Mapping[str, object]]) -> Markup:
    """The cells of a row of `tables.table` with their headings in `data-label`.

    A heading that is heard and not seen is not written on the card either; what a cell says of
    itself stands.
    """
    place = 0

    def told(cell: re.Match[str]) -> str:
        nonlocal place
        column = columns[place] if place < len(columns) else {"hidden": True}
        spans = _SPAN.search(cell["of"])
        place += int(spans[1]) if spans else 1
        if cell[1] == "h" or "data-label=" in cell["of"] or spans or "hidden" in column:
            return cell[0]
        return f'<td{cell["of"]} data-label="{escape(column["text"])}">'

    rows = []
    for one in re.split(r"(?=<tr\b)", row):
        place = 0
        rows.append(_CELL.sub(told, one))
    return Markup("".join(rows))  # noqa: S704  # it was written by our templates
