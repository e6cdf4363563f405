"""A municipality's first page: what waits for it, what was taken from it, who arrives."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import of_start
from app.pages.visit import Reader, Visit
from workflow.capacity import queries as capacity
from workflow.cases import distributions, lists, measures
from workflow.cases.distributions import DistributionSeen
from workflow.cases.lists import CaseFilter
from workflow.cases.states import CaseState, DistributionState
from workflow.kernel.actor import MUNICIPALITY
from workflow.kernel.paging import LARGEST_PAGE
from workflow.kernel.weeks import Week
from workflow.municipalities import queries as register
from workflow.redistribution import awaiting, offers
from workflow.redistribution import queries as runs
from workflow.travel import worklists
from workflow.travel.seen import ArrivalSeen
from workflow.travel.states import BookingState

router = APIRouter(route_class=InOneThread)

WEEKS_SHOWN: Final = 4
WITHDRAWN_SHOWN: Final = 5


@router.get("/kommune")
def inbox(reader: Reader) -> Response:
    """What needs an answer, what was withdrawn and why, who is on the way, the places."""
    actor, session = reader.only(*MUNICIPALITY), reader.session
    assert actor.municipality_id is not None  # noqa: S101  a municipality's role
    waiting = CaseFilter(states=frozenset({CaseState.ACCEPTED, CaseState.ARRIVED}))
    by_state = lists.by_state(session, waiting, today=reader.today, actor=actor)
    withdrawn = _asked(reader, DistributionState.WITHDRAWN)
    return reader.page(
        "municipality/inbox.html",
        municipality=register.by_id(session, actor.municipality_id, actor=actor),
        paused=measures.in_force(session, today=reader.today, actor=actor),
        open=sorted(_asked(reader, DistributionState.OPEN), key=lambda asked: asked.answer_due),
        withdrawn=withdrawn[:WITHDRAWN_SHOWN],
        views=of_start(reader),
        withdrawn_total=len(withdrawn),
        arrivals=_arrivals(reader),
        waiting_decision=by_state.get(CaseState.ACCEPTED, (0, 0)),
        to_settle=by_state.get(CaseState.ARRIVED, (0, 0)),
        since=runs.since_withdrawal(session, actor.municipality_id, actor=actor),
        this_year=capacity.one(session, actor.municipality_id, reader.today.year, actor=actor),
        offer=offers.offer_after_withdrawal(
            session, actor.municipality_id, actor=actor, at=reader.at
        ),
        to_confirm=awaiting.to_confirm(session, limit=WITHDRAWN_SHOWN, actor=actor),
    )


def _asked(reader: Visit, state: DistributionState) -> list[DistributionSeen]:
    actor = reader.actor
    page = distributions.distributions(
        reader.session,
        states=frozenset({state}),
        municipality_id=actor.municipality_id,
        limit=LARGEST_PAGE,
        actor=actor,
    )
    return list(page.items)


def _arrivals(reader: Visit) -> list[ArrivalSeen]:
    """Who is on the way to the municipality in this week and the next three."""
    weeks = [Week.of(reader.today + timedelta(weeks=ahead)) for ahead in range(WEEKS_SHOWN)]
    found = [
        arrival
        for week in weeks
        for arrival in worklists.arrivals(
            reader.session,
            week=week,
            municipality_id=reader.actor.municipality_id,
            actor=reader.actor,
        )
    ]
    return [arrival for arrival in found if arrival.state is BookingState.BOOKED]
