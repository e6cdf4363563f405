"""What the carrier answers: a booking, or a newer one, as it counts its own confirmations.

Its answers may come late, twice or in another order than it gave them: one that is not newer than
the last one taken in changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflow.cases.moves import for_change
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotAllowed
from workflow.travel import commands, wishes
from workflow.travel.errors import WishClosed
from workflow.travel.models import Booking, TravelWish
from workflow.travel.routes import Route
from workflow.travel.states import BookingState, WishState

#: Why a booking is another than before, where the carrier has said so.
BY_THE_CARRIER: Final = "Transportøren har bekreftet en annen reise"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`number` is the carrier's count of what it has said of the wish, from 1 on."""

    number: int
    arrival_airport: str
    arrives_at: datetime
    flight: str | None = None
    route: Route = ()
    airport_reason: str | None = None
    window_reason: str | None = None


def confirm(
    session: Session, wish_id: UUID, said: Confirmation, *, actor: Actor, at: datetime
) -> UUID | None:
    """Book what the carrier has confirmed, or move what it confirmed before.

    Returns:
        The booking; None where the one it confirmed has ended since and nothing is booked.

    Raises:
        NotFound; NotAllowed: it is UDI's and its carrier's; WishClosed: it was taken back.
        What booking and rescheduling refuse.
    """
    found = wishes.wish(session, wish_id, actor=actor)
    case = for_change(session, found.case_id, actor=actor)
    if actor.role is not Role.TRAVEL_OFFICER:
        raise NotAllowed("confirmations are of UDI's carrier", role=actor.role)
    state, confirmed_as = session.execute(
        select(TravelWish.state, TravelWish.confirmed_as)
        .where(TravelWish.id == wish_id)
        .with_for_update()
    ).one()
    if state is WishState.TAKEN_BACK:
        raise WishClosed(state=state)
    standing = session.scalar(
        select(Booking.id).where(Booking.case_id == case.id, Booking.state == BookingState.BOOKED)
    )
    if said.number <= confirmed_as:
        return standing
    plan: dict[str, Any] = {
        "arrival_airport": said.arrival_airport,
        "arrives_at": said.arrives_at,
        "flight": said.flight,
        "route": said.route,
        "airport_reason": said.airport_reason,
        "window_reason": said.window_reason,
    }
    if standing is None:
        standing = commands.book(session, case.id, **plan, actor=actor, at=at)
    else:
        commands.reschedule(session, standing, reason=BY_THE_CARRIER, **plan, actor=actor, at=at)
    session.execute(
        update(TravelWish)
        .where(TravelWish.id == wish_id)
        .values(confirmed_as=said.number)
        .execution_options(synchronize_session=False)
    )
    return standing
