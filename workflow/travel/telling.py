"""Which wishes the carrier is yet to be told of, and what came of telling it.

Any number of workers may tell it: who takes a wish has it until its time is over. One case's wishes
are told in the order they were made.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session, aliased

from workflow.cases.models import Case
from workflow.cases.moves import for_change
from workflow.kernel import audit
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotAllowed
from workflow.travel.errors import NothingToTell
from workflow.travel.models import TravelWish
from workflow.travel.states import WishState
from workflow.travel.wishes import wish

#: After so many tries somebody is to look at it.
MOST_TRIES: Final = 12


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A revision of a wish, as the carrier is told of it: identifiers and needs, no names."""

    id: UUID
    revision: int
    state: WishState
    case_id: UUID
    case_number: str
    persons_count: int
    departure_country: str | None
    needs: tuple[str, ...]
    window_from: date
    window_to: date
    arrival_airport: str | None
    tries: int


def claim(session: Session, *, lease: timedelta, at: datetime) -> Outgoing | None:
    """The next wish to tell of; it is the caller's for the time of the lease."""
    earlier = aliased(TravelWish)
    found = session.execute(
        select(TravelWish.id)
        .where(
            TravelWish.told_revision < TravelWish.revision,
            TravelWish.due_at <= at,
            TravelWish.tries < MOST_TRIES,
            ~exists().where(
                earlier.case_id == TravelWish.case_id,
                earlier.told_revision < earlier.revision,
                earlier.at < TravelWish.at,
            ),
        )
        .order_by(TravelWish.due_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=TravelWish)
    ).scalar_one_or_none()
    if found is None:
        return None
    row = session.execute(
        update(TravelWish)
        .where(TravelWish.id == found, TravelWish.case_id == Case.id)
        .values(due_at=at + lease, tries=TravelWish.tries + 1)
        .returning(
            TravelWish.id,
            TravelWish.revision,
            TravelWish.state,
            TravelWish.case_id,
            Case.case_number,
            Case.persons_count,
            Case.departure_country,
            Case.needs,
            TravelWish.window_from,
            TravelWish.window_to,
            TravelWish.arrival_airport,
            TravelWish.tries,
        )
        .execution_options(synchronize_session=False)
    ).one()
    return Outgoing(**(dict(row._mapping) | {"needs": tuple(row.needs)}))  # noqa: SLF001  its public name


def told(session: Session, outgoing: Outgoing, *, at: datetime) -> None:
    """The carrier has it; what has changed meanwhile is told next."""
    _settle(
        session,
        outgoing,
        told_revision=func.greatest(TravelWish.told_revision, outgoing.revision),
        told_at=at,
        tries=0,
        due_at=at,
        fault=None,
    )


def failed(session: Session, outgoing: Outgoing, fault: str, *, again: datetime) -> None:
    """It has not, or nobody knows: it is tried again then, under the same id."""
    _settle(session, outgoing, fault=fault, due_at=again)


def tell_again(session: Session, wish_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Somebody has mended what was wrong: it is tried anew at once.

    Raises:
        NotFound; NotAllowed: it is UDI's; NothingToTell: the carrier has all of it.
    """
    seen = wish(session, wish_id, actor=actor)
    for_change(session, seen.case_id, actor=actor)
    if actor.role is not Role.TRAVEL_OFFICER:
        raise NotAllowed("wishes of travel are UDI's", role=actor.role)
    again = session.execute(
        update(TravelWish)
        .where(TravelWish.id == wish_id, TravelWish.told_revision < TravelWish.revision)
        .values(tries=0, due_at=at)
        .returning(TravelWish.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not again:
        raise NothingToTell
    change = audit.Change(
        audit.subject(audit.Kind.CASE, seen.case_id), after={"wish_id": str(wish_id)}
    )
    audit.record(session, change, "tell_carrier_again", actor=actor, at=at)


def _settle(session: Session, outgoing: Outgoing, **values: Any) -> None:
    session.execute(
        update(TravelWish)
        .where(TravelWish.id == outgoing.id, TravelWish.told_revision < outgoing.revision)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
