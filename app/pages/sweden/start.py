"""Where a day begins in a Swedish deployment: one's own numbers, and what waits for one."""

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import of_start
from app.pages.sweden.asked import PARTIES, year_of
from app.pages.visit import Reader
from workflow.accommodation.standing import standing
from workflow.allocation import notice, swaps, terms, versions
from workflow.allocation.fulfilment import fulfilment
from workflow.allocation.states import SwapState
from workflow.dialogue import log
from workflow.kernel.actor import COUNTY, Actor, Role

router = APIRouter(route_class=InOneThread)


@router.get("/start")
def start(reader: Reader) -> Response:
    """The role's own beginning."""
    actor, year = reader.only(*PARTIES), year_of(reader)
    found = fulfilment(reader.session, year, actor=actor)
    open_swaps = swaps.swaps(reader.session, year=year, states=list(swaps.OPEN), actor=actor)
    entries = log.entries(reader.session, waiting_on=reader.today, actor=actor)
    silent = log.silent(reader.session, days=log.SILENT_DAYS, on=reader.today, actor=actor)
    places = standing(reader.session, year, on=reader.today, actor=actor)
    if actor.municipality_id is not None:
        own = next(
            one for one in found.municipalities if one.municipality.id == actor.municipality_id
        )
        days = terms.notice_days(reader.session).get(own.municipality.id, notice.USUAL_DAYS)
        return reader.page(
            "se/start/municipality.html",
            views=of_start(reader),
            year=year,
            found=found,
            own=own,
            procured=places.of(own.municipality.id),
            swaps=open_swaps,
            history=versions.of_municipality(
                reader.session, year, own.municipality.id, actor=actor
            ),
            notice_days=days,
            earliest=notice.earliest(reader.today, days),
            unanswered=[
                one
                for one in log.entries(
                    reader.session, municipality_id=own.municipality.id, actor=actor
                )
                if one.answer is None
            ],
        )
    county = next((one for one in found.counties if one.code == actor.county), None)
    return reader.page(
        "se/start/state.html",
        views=of_start(reader),
        year=year,
        found=found,
        county=county,
        procured=places.of_county(county.code) if county else places.country,
        full=[one for one in found.municipalities if one.fill.target and one.fill.remaining == 0],
        unexplained=[
            one
            for one in found.municipalities
            if one.fill.past and one.excess is None and _sees(actor, one.municipality.county)
        ],
        to_confirm=[one for one in open_swaps if one.state is SwapState.AGREED],
        swaps=open_swaps,
        waiting=entries,
        silent=silent,
        silent_days=log.SILENT_DAYS,
        is_board=actor.role in COUNTY,
    )


def _sees(actor: Actor, county: str) -> bool:
    return actor.role is not Role.COUNTY_BOARD or actor.county == county
