"""The numbers of a year: a municipality's own, those of one for IMDi, and those of all of them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from babel.dates import format_date
from fastapi import APIRouter, Response

from app import spreadsheets
from app.languages import LOCALES, gettext_now, language
from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.spreadsheets import Value
from app.typed import typed_year
from app.wording import label
from workflow.capacity import pauses
from workflow.capacity import queries as places
from workflow.capacity.commands import WRITES_PLACES
from workflow.cases import distributions
from workflow.cases.distributions import DistributionSeen
from workflow.cases.numbers import MONTHS, numbers
from workflow.kernel.actor import MUNICIPALITY, READS_ALL_CASES
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import DomainError
from workflow.kernel.paging import LARGEST_PAGE
from workflow.municipalities import queries as register

router = APIRouter(route_class=InOneThread)

HERE: Final = "/kommune/tall"
#: The columns of a file, as `[field]` names them.
COLUMNS: Final = (
    *("case_number", "group", "persons", "asked_on", "answer_due", "answered_on", "in_time"),
    *("distribution_state", "reason_code", "settlement_week"),
)


@router.get("/tall")
def of_all(reader: Reader) -> Response:
    """All municipalities together; IMDi's and the auditor's."""
    reader.only(*READS_ALL_CASES)
    return _page(reader, None, "/tall")


@router.get("/kommune/tall")
def own(reader: Reader) -> Response:
    """The municipality's own: the evidence a claim for compensation needs."""
    return _page(reader, _own(reader), HERE)


@router.get("/kommune/tall.csv")
def own_as_csv(reader: Reader) -> Response:
    """A line for each question of the year."""
    return _csv(reader, _own(reader))


@router.get("/kommune/tall.xlsx")
def own_as_xlsx(reader: Reader) -> Response:
    """The same as a workbook."""
    return _xlsx(reader, _own(reader))


@router.post("/kommune/pauser")
def ask_for_pause(reader: Reader) -> Response:
    """The municipality asks for a pause from a day on."""
    actor = reader.only(*WRITES_PLACES)
    assert actor.municipality_id is not None  # noqa: S101  a municipality's role
    form = reader.form
    from_on, until_on = form.day("from_on", required=True), form.day("until_on")
    reason = form.text("reason", required=True)
    if from_on is None or reason is None or form.errors:
        return _page(reader, actor.municipality_id, HERE, status_code=reader.again())
    try:
        with reader.change() as session:
            pauses.ask(
                session,
                actor.municipality_id,
                from_on=from_on,
                until_on=until_on,
                reason=reason,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _page(reader, actor.municipality_id, HERE, status_code=reader.again(refusal))
    return reader.done(f"{HERE}?year={from_on.year}", "pause_asked")


@router.post("/kommune/pauser/{pause_id}/slutt")
def end_pause(reader: Reader, pause_id: int) -> Response:
    """The municipality asks for it no longer."""
    actor = reader.only(*WRITES_PLACES)
    with reader.change() as session:
        pauses.end(session, pause_id, actor=actor, at=reader.at)
    return reader.done(HERE, "pause_ended")


@router.get("/kommuner/{number}/tall")
def of_one(reader: Reader, number: str) -> Response:
    """One municipality's, as it sees them itself."""
    return _page(reader, _named(reader, number), f"/kommuner/{number}/tall")


@router.get("/kommuner/{number}/tall.csv")
def of_one_as_csv(reader: Reader, number: str) -> Response:
    """A line for each question of the year."""
    return _csv(reader, _named(reader, number))


@router.get("/kommuner/{number}/tall.xlsx")
def of_one_as_xlsx(reader: Reader, number: str) -> Response:
    """The same as a workbook."""
    return _xlsx(reader, _named(reader, number))


def _own(reader: Visit) -> int:
    actor = reader.only(*MUNICIPALITY)
    assert actor.municipality_id is not None  # noqa: S101  a municipality's role
    return actor.municipality_id


def _named(reader: Visit, number: str) -> int:
    actor = reader.only(*READS_ALL_CASES)
    return register.by_number(reader.session, number, on=reader.today, actor=actor).id


def _page(
    reader: Visit, municipality_id: int | None, here: str, *, status_code: int = 200
) -> Response:
    session, actor, year = reader.session, reader.actor, _year(reader)
    return reader.page(
        "numbers/page.html",
        status_code=status_code,
        pauses=[
            (
                pause,
                pauses.last_day(pause),
                register.by_id(session, pause.municipality_id, actor=actor),
            )
            for pause in pauses.asked_for(session, municipality_id, year, actor=actor)
        ],
        may_ask=here == HERE and actor.role in WRITES_PLACES,
        numbers=numbers(session, municipality_id, year, today=reader.today, actor=actor),
        seen=None
        if municipality_id is None
        else places.one(session, municipality_id, year, actor=actor),
        who=None
        if municipality_id is None
        else register.by_id(session, municipality_id, actor=actor).official_name,
        year=year,
        years=sorted({*places.known_years(session, actor=actor), reader.today.year}),
        here=here,
        files=municipality_id is not None,
        names=[_month(month) for month in MONTHS],
    )


def _month(month: int) -> str:
    return format_date(date(2020, month, 1), "LLLL", locale=LOCALES[language()])


def _year(reader: Visit) -> int:
    """A year of the address; this one where it says none."""
    return reader.asked("year", typed_year) or reader.today.year


def _csv(reader: Visit, municipality_id: int) -> Response:
    content = spreadsheets.as_csv(_columns(), _lines(reader, municipality_id))
    return _file(content, spreadsheets.CSV, f"foresporsler-{_year(reader)}.csv")


def _xlsx(reader: Visit, municipality_id: int) -> Response:
    name = f"{gettext_now('Forespørsler')} {_year(reader)}"
    book = spreadsheets.as_xlsx(name, _columns(), _lines(reader, municipality_id))
    return _file(book, spreadsheets.XLSX, f"foresporsler-{_year(reader)}.xlsx")


def _columns() -> list[str]:
    return [label(name, "field") for name in COLUMNS]


def _lines(reader: Visit, municipality_id: int) -> list[Sequence[Value]]:
    return [_line(one) for one in _asked(reader, municipality_id, _year(reader))]


def _asked(reader: Visit, municipality_id: int, year: int) -> Iterator[DistributionSeen]:
    """The questions put in the year, the newest first."""
    how: dict[str, Any] = {"limit": LARGEST_PAGE, "actor": reader.actor}
    cursor: str | None = None
    while True:
        page = distributions.distributions(
            reader.session, municipality_id=municipality_id, after=cursor, **how
        )
        yield from (one for one in page.items if one.asked_on.year == year)
        cursor = page.next
        if cursor is None or page.items[-1].asked_on.year < year:
            return


def _line(one: DistributionSeen) -> Sequence[Value]:
    answered_on = local_day(one.answered_at) if one.answered_at else None
    in_time = None if answered_on is None else answered_on <= one.answer_due
    return (
        one.case_number,
        label(one.group, "group"),
        one.persons_count,
        one.asked_on,
        one.answer_due,
        answered_on,
        None if in_time is None else gettext_now("Ja") if in_time else gettext_now("Nei"),
        label(one.state, "distribution_state"),
        label(one.reason_code, "decline_reason") if one.reason_code else None,
        str(one.settlement_week) if one.settlement_week else None,
    )


def _file(content: bytes, kind: str, name: str) -> Response:
    told = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=told)
