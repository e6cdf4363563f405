"""Måluppfyllelse: how far each number is filled, and all about one municipality's."""

from typing import Final

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import in_order, sort_of
from app.pages.sweden.asked import PARTIES, county_of, named_in, year_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from app.wording import table
from workflow.accommodation import signed, standing
from workflow.allocation import excess, notice, runs, swaps, terms, versions
from workflow.allocation.fulfilment import fulfilment
from workflow.dialogue import log
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError
from workflow.municipalities.sweden import COUNTIES
from workflow.municipalities.sweden import in_order as in_swedish

router = APIRouter(route_class=InOneThread)
_SORTS: Final = {
    "name": lambda one: (in_swedish(one.municipality.name),),
    "target": lambda one: one.fill.target or 0,
    "filled": lambda one: one.fill.in_the_number or 0,
    "remaining": lambda one: one.fill.remaining or 0,
    "share": lambda one: one.fill.share or 0,
}


@router.get("/maluppfyllelse")
def list_(reader: Reader) -> Response:
    """Every municipality, or a county's; counties' and country's sums above."""
    actor, year, county = reader.only(*PARTIES), year_of(reader), county_of(reader)
    if onward := opens_with(reader, SavedList.FULFILMENT):
        return reader.go(onward)
    found = fulfilment(reader.session, year, actor=actor)
    sort = sort_of(reader, _SORTS)
    return reader.page(
        "se/fulfilment/list.html",
        year=year,
        found=found,
        shelf=shelf(reader, SavedList.FULFILMENT),
        county=county,
        counties=COUNTIES,
        sort=sort,
        rows=in_order(
            [
                one
                for one in found.municipalities
                if county is None or one.municipality.county == county
            ],
            _SORTS,
            sort,
        ),
    )


@router.get("/maluppfyllelse/{number}")
def one(reader: Reader, number: str) -> Response:
    """One municipality: its number, what became of it over the year, and why it is that."""
    reader.only(*PARTIES)
    return _page(reader, number)


@router.post("/maluppfyllelse/{number}/skal")
def explain(reader: Reader, number: str) -> Response:
    """Why more live there than the number says."""
    actor = reader.only(Role.MIGRATION_OFFICER)
    here = named_in(reader, number)
    reason = reader.form.text("reason")
    year = year_of(reader, reader.form.typed("year"))
    try:
        with reader.change() as session:
            excess.explain_count(session, year, here.id, reason=reason, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, number, status_code=reader.again(refusal))
    return reader.done(f"/maluppfyllelse/{number}?ar={year}", "excess_explained")


@router.post("/maluppfyllelse/{number}/varsel")
def set_notice(reader: Reader, number: str) -> Response:
    """Another number of days of notice."""
    actor = reader.only(Role.MIGRATION_OFFICER)
    here = named_in(reader, number)
    days = reader.form.number("days", required=True)
    if days is None or reader.form.errors:
        return _page(reader, number, status_code=reader.again())
    try:
        with reader.change() as session:
            terms.set_notice(session, here.id, days, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, number, status_code=reader.again(refusal))
    return reader.done(f"/maluppfyllelse/{number}", "notice_set")


def _page(reader: Visit, number: str, *, status_code: int = 200) -> Response:
    actor, year = reader.actor, year_of(reader)
    here = named_in(reader, number)
    found = fulfilment(reader.session, year, actor=actor)
    days = terms.notice_days(reader.session).get(here.id, notice.USUAL_DAYS)
    history = versions.of_municipality(reader.session, year, here.id, actor=actor)
    run_id = next((version.run_id for version, _ in history if version.run_id), None)
    line = None
    if run_id is not None:
        lines = runs.lines(reader.session, run_id, actor=actor)
        line = next((one for one in lines if one.municipality.id == here.id), None)
    return reader.page(
        "se/fulfilment/one.html",
        status_code=status_code,
        year=year,
        here=here,
        own=next(one for one in found.municipalities if one.municipality.id == here.id),
        count=found.count,
        history=history,
        run=runs.one(reader.session, run_id, actor=actor) if run_id else None,
        line=line,
        criterion_words=table("sv")["key_criterion"],
        notice_days=days,
        earliest=notice.earliest(reader.today, days),
        swaps=[
            one
            for one in swaps.swaps(reader.session, year=year, actor=actor)
            if here.id in {one.giver.id, one.taker.id}
        ],
        entries=log.entries(reader.session, municipality_id=here.id, limit=20, actor=actor),
        carries=[
            one
            for one in versions.carries(reader.session, year + 1, actor=actor)
            if one.municipality.id == here.id
        ],
        decides=actor.role is Role.MIGRATION_OFFICER,
        stand=standing.standing(reader.session, year, on=reader.today, actor=actor).of(here.id),
        call_offs=signed.call_offs(
            reader.session, reader.today, municipality_id=here.id, actor=actor
        ),
    )
