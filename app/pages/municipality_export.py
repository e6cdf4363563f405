"""The table of municipalities as a file: the rows that are shown, in their order."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Response

from app import spreadsheets
from app.languages import gettext_now
from app.one_thread import InOneThread
from app.pages.municipalities import chosen
from app.pages.visit import Reader
from app.spreadsheets import Value
from app.wording import label
from workflow.capacity.queries import MunicipalityYear

router = APIRouter(route_class=InOneThread)

#: The columns, as `[column]` names them.
COLUMNS: Final = (
    *("number", "name", "county", "original", "asked", "decided", "extra", "settled", "held"),
    *("free", "overrun", "share"),
)


@router.get("/kommuner.csv")
def as_csv(reader: Reader) -> Response:
    """For a spreadsheet; numbers are of persons, the share is a percentage."""
    shown = chosen(reader)
    content = spreadsheets.as_csv(_columns(), [_line(row) for row in shown.rows])
    return _file(content, spreadsheets.CSV, f"kommuner-{shown.year}.csv")


@router.get("/kommuner.xlsx")
def as_xlsx(reader: Reader) -> Response:
    """The same as a workbook."""
    shown = chosen(reader)
    name = f"{gettext_now('Kommuner')} {shown.year}"
    book = spreadsheets.as_xlsx(name, _columns(), [_line(row) for row in shown.rows])
    return _file(book, spreadsheets.XLSX, f"kommuner-{shown.year}.xlsx")


def _columns() -> list[str]:
    return [label(name, "column") for name in COLUMNS]


def _line(row: MunicipalityYear) -> Sequence[Value]:
    figures = row.ordinary
    share = figures.unused_share
    return (
        row.municipality_number,
        row.name,
        row.county,
        figures.original_request,
        figures.adjusted_request,
        figures.decided_places,
        figures.extra_places,
        figures.settled,
        figures.held,
        figures.free,
        figures.overrun,
        None if share is None else round(float(100 * share), 1),
    )


def _file(content: bytes, kind: str, name: str) -> Response:
    told = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=told)
