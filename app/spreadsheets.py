"""Tables as files for a spreadsheet: CSV as a Norwegian Excel reads it, and XLSX."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import xlsxwriter

from app.cells import cell

CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Widest column, in signs.
WIDEST: Final = 40

Value = str | int | float | date | None
Sheet = tuple[str, Sequence[str], Iterable[Sequence[Value]]]


def as_csv(columns: Sequence[str], lines: Iterable[Sequence[Value]]) -> bytes:
    """Parted by `;`, with a byte order mark; what would be calculated is shown instead."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([cell(name) for name in columns])
    writer.writerows([cell(_written(value)) for value in line] for line in lines)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(name: str, columns: Sequence[str], lines: Iterable[Sequence[Value]]) -> bytes:
    """A workbook of one sheet; see `as_book`."""
    return as_book([(name, columns, lines)])


def as_book(sheets: Iterable[Sheet]) -> bytes:
    """A workbook: codes stay text, numbers and days are numbers and days.

    Args:
        sheets: name (at most 31 signs), columns, lines.
    """
    out = io.BytesIO()
    told = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, told) as book:
        for name, columns, lines in sheets:
            _write(book, name, columns, lines)
    return out.getvalue()


def _write(
    book: xlsxwriter.Workbook,
    name: str,
    columns: Sequence[str],
    lines: Iterable[Sequence[Value]],
) -> None:
    sheet = book.add_worksheet(name[:31])
    heading, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, columns, heading)
    widths, last = [len(column) for column in columns], 0
    for last, line in enumerate(lines, start=1):
        for at, value in enumerate(line):
            widths[at] = max(widths[at], len(_written(value)))
            if isinstance(value, date):
                sheet.write_datetime(last, at, value, day)
            elif isinstance(value, int | float):
                sheet.write_number(last, at, value)
            elif value is not None:
                sheet.write_string(last, at, value)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, min(width, WIDEST) + 2)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(columns) - 1)


def _written(value: Value) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
