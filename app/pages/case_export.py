"""The list of cases as a file: all that its filters find, in the order that is shown."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from fastapi import APIRouter, Response

from app import spreadsheets
from app.languages import gettext_now
from app.one_thread import InOneThread
from app.pages.case_list import asked_for
from app.pages.visit import Reader, Visit
from app.refusals import TooManyToExport
from app.spreadsheets import Value
from app.wording import label
from workflow.cases import lists
from workflow.cases.lists import CaseListed
from workflow.cases.states import ASKED, Group

router = APIRouter(route_class=InOneThread)

#: The columns, as `[field]` names them: those of the list in its order, each word by itself, and
#: then the days behind them.
COLUMNS: Final = (
    *("case_number", "case_state", "overdue", "municipality_number", "municipality"),
    *("former_municipality", "persons", "group", "entry_status", "entry_from_on"),
    *("settlement_week", "answer_due", "permit_expires_on", "placed_on"),
)
PAGE: Final = 500
#: More are taken out by the command line: `bosetting export cases`.
MOST: Final = 20_000


@router.get("/saker.csv")
def as_csv(reader: Reader) -> Response:
    """For a spreadsheet; never a name."""
    return _file(spreadsheets.as_csv(_columns(), _lines(reader)), spreadsheets.CSV, "saker.csv")


@router.get("/saker.xlsx")
def as_xlsx(reader: Reader) -> Response:
    """The same as a workbook."""
    book = spreadsheets.as_xlsx(gettext_now("Saker"), _columns(), _lines(reader))
    return _file(book, spreadsheets.XLSX, "saker.xlsx")


def _columns() -> list[str]:
    return [label(name, "field") for name in COLUMNS]


def _lines(reader: Visit) -> list[Sequence[Value]]:
    """Raises: TooManyToExport: the filters find more than a file is made of."""
    asked, wanted = asked_for(reader)
    found: list[CaseListed] = []
    cursor: str | None = None
    while wanted is not None:
        page = lists.cases(
            reader.session,
            wanted,
            today=reader.today,
            newest_first=asked.other_way,
            order_by=asked.order_by,
            limit=PAGE,
            after=cursor,
            actor=reader.actor,
        )
        found += page.items
        if len(found) > MOST:
            raise TooManyToExport(most=MOST)
        if (cursor := page.next) is None:
            break
    return [_line(case, reader.today) for case in found]


def _line(case: CaseListed, today: date) -> Sequence[Value]:
    """What the list shows: where it was only while it is nowhere, a deadline while it runs."""
    comes = case.group is Group.RESETTLEMENT
    return (
        case.case_number,
        label(case.state, "state"),
        gettext_now("Ja") if case.is_overdue(today) else None,
        case.municipality_number,
        case.municipality_name,
        None if case.municipality_name else case.former_municipality_name,
        case.persons_count,
        label(case.group, "group"),
        label(case.entry_status, "entry_status") if comes else None,
        case.entry_from_on if comes else None,
        str(case.settlement_week) if case.settlement_week else None,
        case.answer_due if case.state in ASKED else None,
        case.permit_expires_on,
        case.placed_on,
    )


def _file(content: bytes, kind: str, name: str) -> Response:
    told = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=told)
