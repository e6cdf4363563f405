"""Anskaffat: target, procured, remaining and share, by municipality, county and country."""

from typing import Final

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.sweden.asked import PARTIES, county_of, day_of, year_of
from app.pages.visit import Reader
from workflow.accommodation.standing import OfMunicipality, standing
from workflow.allocation.access import READS_ALL
from workflow.municipalities.sweden import COUNTIES

router = APIRouter(route_class=InOneThread)
_SORTS: Final = {
    "name": lambda one: one.municipality.name,
    "target": lambda one: one.stand.target or 0,
    "procured": lambda one: one.stand.procured or 0,
    "remaining": lambda one: one.stand.remaining or 0,
    "share": lambda one: one.stand.share or 0,
}


@router.get("/anskaffat")
def list_(reader: Reader) -> Response:
    """On a day, today unless another is asked for, against the numbers of its year.

    Only what the reader reads: a board its county, a municipality itself.
    """
    actor, county = reader.only(*PARTIES), county_of(reader)
    asked = reader.request.query_params
    on, unread = day_of(reader, "dag", reader.today)
    year = year_of(reader) if asked.get("ar") else on.year
    found = standing(reader.session, year, on=on, actor=actor)
    sort = asked.get("sort", "")
    read = [one for one in found.municipalities if one.stand.procured is not None]
    reads_all = actor.role in READS_ALL
    if not reads_all:
        county = actor.county
    here = found.of_county(county) if county else found.country
    if actor.municipality_id is not None:
        here = found.of(actor.municipality_id)
    return reader.page(
        "se/procured/list.html",
        found=found,
        unread=unread,
        county=county,
        counties=COUNTIES,
        sort=sort,
        here=here,
        rows=_sorted([one for one in read if county in {None, one.municipality.county}], sort),
        reads_all=reads_all,
    )


def _sorted(rows: list[OfMunicipality], sort: str) -> list[OfMunicipality]:
    by = _SORTS.get(sort.removeprefix("-"))
    return rows if by is None else sorted(rows, key=by, reverse=sort.startswith("-"))
