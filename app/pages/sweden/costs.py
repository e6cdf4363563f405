"""Kostnader: used nights, places that stood empty, and what they cost from a night to another."""

import csv
import io
from datetime import date
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.cells import cell
from app.one_thread import InOneThread
from app.pages.sweden.asked import PARTIES, county_of, day_of, file_of
from app.pages.sweden.contracts import call_off_page
from app.pages.visit import Reader, Visit
from app.wording import explain
from workflow.accommodation import costs, occupancy, occupancy_file
from workflow.accommodation.nights import Slept
from workflow.accommodation.terms import check_asked
from workflow.allocation.access import READS_ALL
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, Invalid
from workflow.municipalities.sweden import COUNTIES

router = APIRouter(route_class=InOneThread)
#: Call-offs shown of the whole country; of a county all are.
_MOST_EMPTY: Final = 20


@router.get("/kostnader")
def read(reader: Reader) -> Response:
    """From a night to another: from the year's beginning till today unless others are asked for."""
    reader.only(*PARTIES)
    return _page(reader)


def _asked(reader: Visit) -> tuple[date, date, str | None]:
    """The first and the last night, and what could not be read."""
    until, faulty = day_of(reader, "till", reader.today)
    since, wrong = day_of(reader, "fran", date(until.year, 1, 1))
    try:
        check_asked(since, until)
    except Invalid:
        return date(until.year, 1, 1), until, faulty or since.isoformat()
    return since, until, faulty or wrong


def _page(reader: Visit, *, status_code: int = 200) -> Response:
    actor = reader.actor
    since, until, unread = _asked(reader)
    reads_all = actor.role in READS_ALL
    county = county_of(reader) if reads_all else actor.county
    found = costs.costs(reader.session, since, until, county=county, actor=actor)
    where = found.by(lambda one: one.municipality)
    return reader.page(
        "se/costs/list.html",
        status_code=status_code,
        buys=actor.role is Role.MIGRATION_OFFICER,
        found=found,
        whole=found.whole,
        unread=unread,
        kinds=sorted(found.by(lambda one: one.kind).items()),
        counties=sorted(found.by(lambda one: one.municipality.county).items()),
        county_names=COUNTIES,
        municipalities=sorted(where.items(), key=lambda one: one[0].number),
        county=county,
        chooses=reads_all,
        shown=found.call_offs if county or not reads_all else found.dearest(_MOST_EMPTY),
    )


@router.post("/kostnader")
def take_in(reader: Reader) -> Response:
    """Used nights of many call-offs, from a file; all of it or nothing."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    source, file = form.text("source", required=True), file_of(form, "table")
    if source is None or file is None or form.errors:
        return _page(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            occupancy_file.take_in(session, file, source, actor=actor, at=reader.at)
    except DomainError as refusal:
        status = reader.again(refusal)
        if refusal.code == "occupancy.file_unusable":
            form.errors = {"table": str(explain(refusal))}
        return _page(reader, status_code=status)
    return reader.done("/kostnader", "occupancy_taken_in")


@router.get("/kostnader/belaggning.csv")
def to_fill_in(reader: Reader) -> Response:
    """The file to fill in: a line for each call-off's nights of the time."""
    actor = reader.only(Role.MIGRATION_OFFICER)
    since, until, _ = _asked(reader)
    county = county_of(reader)
    rows = occupancy_file.to_fill_in(
        reader.session, since, until, county=county, actor=actor, at=reader.at
    )
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows([cell(text) for text in row] for row in rows)
    return Response(
        "\N{BYTE ORDER MARK}" + written.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="belaggning-{since}-{until}.csv"'},
    )


@router.post("/avrop/{call_off_id}/belaggning")
def record(reader: Reader, call_off_id: UUID) -> Response:
    """How many nights somebody slept there; the same period again corrects it."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    since, until = form.day("since", required=True), form.day("until", required=True)
    many, source = form.number("place_nights", required=True), form.text("source", required=True)
    meals = form.number("meal_days")
    if since is None or until is None or many is None or source is None or form.errors:
        return call_off_page(reader, call_off_id, status_code=reader.again())
    try:
        with reader.change() as session:
            slept = Slept(since, until, many, meals)
            occupancy.record(session, call_off_id, slept, source, actor=actor, at=reader.at)
    except DomainError as refusal:
        status = reader.again(refusal, occupancy__recorded="since")
        return call_off_page(reader, call_off_id, status_code=status)
    return reader.done(f"/avrop/{call_off_id}", "occupancy_recorded")
