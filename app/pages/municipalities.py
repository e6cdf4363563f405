"""Municipalities and their places: the table, one municipality's year, what is registered of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from fastapi import APIRouter, Response

from app.maps.shares import shares_by_boundary, shares_by_circle
from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import in_order, sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from app.typed import typed_year
from workflow.capacity import commands as capacity
from workflow.capacity import queries as places
from workflow.capacity.commands import Cause, YearChange
from workflow.capacity.ledger import Figures
from workflow.capacity.preconditions import still_at
from workflow.capacity.queries import MunicipalityYear, YearOrder
from workflow.capacity.states import Pool
from workflow.cases import accounts, lists
from workflow.cases.lists import CaseFilter
from workflow.kernel.actor import READS_ALL_CASES, Role
from workflow.kernel.errors import DomainError, NotFound
from workflow.municipalities import commands as register_commands
from workflow.municipalities import queries as register
from workflow.municipalities.boundaries import boundaries
from workflow.municipalities.queries import MunicipalitySeen
from workflow.redistribution.queries import since_withdrawal
from workflow.vacancies import queries as vacancies

router = APIRouter(route_class=InOneThread)

#: What a column of the table is sorted by; where nothing is registered stands last.
COLUMNS: Final[dict[str, Callable[[Figures], int | Fraction | None]]] = {
    "original": lambda figures: figures.original_request,
    "asked": lambda figures: figures.adjusted_request,
    "decided": lambda figures: figures.decided_places,
    "settled": lambda figures: figures.settled,
    "held": lambda figures: figures.held,
    "free": lambda figures: figures.free,
    "share": lambda figures: figures.unused_share,
    "extra": lambda figures: figures.extra_places,
    "overrun": lambda figures: figures.overrun,
}
SETS_AIRPORT: Final = (Role.LEAD, Role.TRAVEL_OFFICER)
LINES: Final = 500
SHOWN: Final = 50


@router.get("/kommuner")
def municipalities(reader: Reader) -> Response:
    """Every municipality's places of a year; the figures are public within the system."""
    actor = reader.actor
    if onward := opens_with(reader, SavedList.MUNICIPALITIES):
        return reader.go(onward)
    shown = chosen(reader)
    return reader.page(
        "municipalities/list.html",
        rows=shown.rows,
        shelf=shelf(reader, SavedList.MUNICIPALITIES),
        totals=places.totals(reader.session, shown.year, actor=actor),
        minors=places.totals(reader.session, shown.year, pool=Pool.MINORS, actor=actor),
        year=shown.year,
        years=_years(reader),
        sort=shown.sort,
        q=shown.q,
        county=shown.county,
        counties=shown.counties,
        only_asked=shown.only_asked,
        scale=max((row.ordinary.ceiling for row in shown.rows), default=1),
        watches=actor.role in READS_ALL_CASES,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What the address asks for of the table, and its rows in their order."""

    rows: list[MunicipalityYear]
    year: int
    sort: str
    q: str
    county: str | None
    counties: list[str]
    only_asked: bool


def chosen(reader: Visit) -> Shown:
    """The rows that are shown, and that a file of them has."""
    actor, asked, year = reader.actor, reader.request.query_params, _year(reader)
    sort, only_asked = sort_of(reader, ("name", *COLUMNS), "-share"), reader.is_asked("asked")
    q, county = asked.get("q", "").strip(), asked.get("county") or None
    found = places.years(reader.session, year, order=YearOrder.NAME, actor=actor).items
    counties = sorted({row.county for row in found})
    if county is not None:
        found = tuple(row for row in found if row.county == county)
    if q:
        hits = register.search(reader.session, q, on=reader.today, limit=LINES, actor=actor)
        ids = {hit.id for hit in hits}
        found = tuple(row for row in found if row.municipality_id in ids)
    if only_asked:
        found = tuple(row for row in found if row.ordinary.original_request is not None)
    return Shown(_sorted(found, sort), year, sort, q, county, counties, only_asked)


@router.get("/kommuner/kart")
def on_a_map(reader: Reader) -> Response:
    """The year's unused shares on a map, with the same numbers in a table beside it."""
    actor, year = reader.actor, _year(reader)
    rows = places.years(reader.session, year, order=YearOrder.NAME, actor=actor).items
    lie = {
        one.id: one for one in register.all_in_force(reader.session, on=reader.today, actor=actor)
    }
    paths = boundaries(reader.session, actor=actor)
    drawn = "boundaries" if paths and reader.request.query_params.get("vis") != "circles" else None
    country = reader.request.app.state.country
    return reader.page(
        "municipalities/map.html",
        rows=_sorted(rows, "-share"),
        map=shares_by_boundary(rows, paths) if drawn else shares_by_circle(rows, lie, country),
        drawn=drawn or "circles",
        has_boundaries=bool(paths),
        year=year,
        years=_years(reader),
    )


@router.get("/kommuner/{number}")
def municipality(reader: Reader, number: str) -> Response:
    """One municipality: its year, the ledger, its cases, withdrawn cases and reported homes."""
    return _page(reader, _found(reader, number))


@router.post("/kommuner/{number}/anmodning")
def register_request(reader: Reader, number: str) -> Response:
    """The lead registers requests, and with a reason what the municipality has decided."""
    actor = reader.only(Role.LEAD)
    found = _found(reader, number)
    form, year = reader.form, _year(reader)
    pool = form.choice("pool", Pool) or Pool.ORDINARY
    given = {
        name: form.number(name)
        for name in ("original_request", "adjusted_request", "decided_places")
        if form.text(name) is not None
    }
    reason = form.text("reason", required=bool(given.get("decided_places") is not None))
    if form.errors:
        return _page(reader, found, status_code=reader.again())
    try:
        with reader.change() as session:
            as_read = frozenset({form.typed("version")})
            still_at(session, found.id, year, as_read, actor=actor)
            capacity.register_year(
                session,
                municipality_id=found.id,
                year=year,
                pool=pool,
                change=YearChange(**given),
                cause=Cause(actor, reader.at, reason=reason),
                on=reader.today,
            )
    except DomainError as refusal:
        return _page(reader, found, status_code=reader.again(refusal))
    return reader.done(f"/kommuner/{found.number}?year={year}", "year_registered")


@router.post("/kommuner/{number}/flyplass")
def set_airport(reader: Reader, number: str) -> Response:
    """Where people are flown to for this municipality, when the nearest in a line is not it."""
    actor = reader.only(*SETS_AIRPORT)
    found = _found(reader, number)
    try:
        with reader.change() as session:
            register_commands.set_preferred_airport(
                session, found.id, reader.form.text("airport"), actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _page(
            reader,
            found,
            status_code=reader.again(refusal, municipality__airport_unknown="airport"),
        )
    return reader.done(f"/kommuner/{found.number}", "airport_set")


def _page(reader: Visit, found: MunicipalitySeen, *, status_code: int = 200) -> Response:
    actor, session, year = reader.actor, reader.session, _year(reader)
    figures = places.one(session, found.id, year, actor=actor)
    reads_cases = actor.role in READS_ALL_CASES
    here = CaseFilter(municipality_id=found.id)
    gone = CaseFilter(former_municipality_id=found.id)
    return reader.page(
        "municipalities/page.html",
        status_code=status_code,
        municipality=found,
        seen=figures,
        year=year,
        years=_years(reader),
        since=since_withdrawal(session, found.id, actor=actor),
        ledger=accounts.ledger(session, found.id, year, limit=LINES, actor=actor).items,
        may_read_ledger=accounts.may_read_ledger(actor, found.id),
        cases=lists.cases(session, here, today=reader.today, limit=SHOWN, actor=actor).items,
        withdrawn=lists.cases(session, gone, today=reader.today, limit=SHOWN, actor=actor).items,
        reads_cases=reads_cases,
        vacancies=vacancies.vacancies(session, municipality_id=found.id, actor=actor).items,
        airports=[
            (airport.iata, f"{airport.name} ({airport.iata})")
            for airport in register.airports(session, actor=actor)
            if airport.scheduled
        ],
        may_register=actor.role is Role.LEAD,
        may_set_airport=actor.role in SETS_AIRPORT,
    )


def _sorted(rows: Sequence[MunicipalityYear], sort: str) -> list[MunicipalityYear]:
    """In the order asked for, the alphabet among equals."""
    if sort == "-name":
        return list(reversed(rows))
    columns = {name: _of_ordinary(read) for name, read in COLUMNS.items()}
    return in_order(rows, columns, sort)


def _of_ordinary(read: Callable[[Figures], Any]) -> Callable[[MunicipalityYear], Any]:
    return lambda row: read(row.ordinary)


def _found(reader: Visit, number: str) -> MunicipalitySeen:
    """Also by a number it had before."""
    if not (len(number) == 4 and number.isascii() and number.isdigit()):
        raise NotFound("municipality")
    return register.by_number(reader.session, number, on=reader.today, actor=reader.actor)


def _year(reader: Visit) -> int:
    return reader.asked("year", typed_year) or reader.today.year


def _years(reader: Visit) -> list[int]:
    known = places.known_years(reader.session, actor=reader.actor)
    return sorted({*known, reader.today.year, reader.today.year + 1}, reverse=True)
