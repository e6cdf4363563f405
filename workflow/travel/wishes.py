"""What UDI asks the carrier for: that a household arrives within two weeks (1.2, step 10).

The carrier's own system is told of each revision of a wish. Locks: the case first, then its wish.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from workflow.cases.errors import WrongState
from workflow.cases.machine import Context
from workflow.cases.models import Case
from workflow.cases.moves import CaseInHand, for_change, write
from workflow.cases.queries import visible
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.municipalities.models import Municipality
from workflow.travel.errors import (
    NothingToTravelFor,
    OutsideWindow,
    WindowImpossible,
    WishClosed,
)
from workflow.travel.models import TravelWish
from workflow.travel.states import WishState

#: Days of a window, the first and the last among them.
WINDOW: Final = 14


@dataclass(frozen=True, slots=True)
class WishSeen:
    """A wish, and how far the carrier knows of it."""

    id: UUID
    case_id: UUID
    window_from: date
    window_to: date
    arrival_airport: str | None
    state: WishState
    revision: int
    #: The last confirmation taken in, by the carrier's own count; 0: none.
    confirmed_as: int
    at: datetime
    actor: str
    told_revision: int
    told_at: datetime | None
    tries: int
    fault: str | None


def ask(
    session: Session,
    case_id: UUID,
    *,
    window_from: date | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Ask for a placed case's travel; a wish that stands is taken back, and this one is told.

    Args:
        window_from: first day of the two weeks; None: the Monday of the settlement week, or the
            first day anybody could arrive.

    Returns:
        The wish's id.

    Raises:
        NotFound; NotAllowed: it is UDI's; NothingToTravelFor; WrongState: the case is not placed.
        WindowImpossible: nobody could arrive on any of its days.
    """
    case = for_change(session, case_id, actor=actor)
    if actor.role is not Role.TRAVEL_OFFICER:
        raise NotAllowed("wishes of travel are UDI's", role=actor.role)
    if case.group is not Group.RESETTLEMENT:
        raise NothingToTravelFor(group=case.group, state=case.state)
    if case.state is not CaseState.PLACED or case.settlement_week is None:
        raise WrongState(trigger="ask_travel", state=case.state)
    today = local_day(at)
    first = _window(case, today, window_from)
    last = first + timedelta(days=WINDOW - 1)
    _take_back(session, TravelWish.case_id == case.id, due_at=at)
    wish_id = uuid4()
    session.execute(
        insert(TravelWish).values(
            id=wish_id,
            case_id=case.id,
            municipality_id=case.municipality_id,
            window_from=first,
            window_to=last,
            arrival_airport=select(
                func.coalesce(Municipality.preferred_airport, Municipality.nearest_airport)
            )
            .where(Municipality.id == case.municipality_id)
            .scalar_subquery(),
            at=at,
            actor=actor.name,
            due_at=at,
        )
    )
    facts = {
        "wish_id": str(wish_id),
        "window_from": first.isoformat(),
        "window_to": last.isoformat(),
    }
    write(session, case, "ask_travel", case.state, Context(actor, today), at=at, facts=facts)
    return wish_id


def take_back(session: Session, wish_id: UUID, *, actor: Actor, at: datetime) -> CaseInHand:
    """The household is not to travel so: the carrier is told.

    Raises:
        NotFound; NotAllowed: it is UDI's; WishClosed: it does not stand any more.
    """
    found = wish(session, wish_id, actor=actor)
    case = for_change(session, found.case_id, actor=actor)
    if actor.role is not Role.TRAVEL_OFFICER:
        raise NotAllowed("wishes of travel are UDI's", role=actor.role)
    if not _take_back(session, TravelWish.id == wish_id, due_at=at):
        raise WishClosed(state=wish(session, wish_id, actor=actor).state)
    write(
        session,
        case,
        "take_travel_back",
        case.state,
        Context(actor, local_day(at)),
        at=at,
        facts={"wish_id": str(wish_id)},
    )
    return case


def take_back_for_leaving(
    session: Session, case_ids: Collection[UUID], *, due_at: datetime
) -> None:
    """The wishes of cases that leave their municipality; the caller has locked the cases.

    Args:
        due_at: when the carrier may be told: the end of a run's undo window.
    """
    of_them = TravelWish.case_id == any_(bindparam("wished_of", list(case_ids), type_=ARRAY(Uuid)))
    _take_back(session, of_them, due_at=due_at)


def reopen(session: Session, case_ids: Collection[UUID], *, at: datetime) -> None:
    """A run is undone: what it took back stands again, for the carrier has not been told."""
    session.execute(
        update(TravelWish)
        .where(
            TravelWish.case_id == any_(bindparam("wished_of", list(case_ids), type_=ARRAY(Uuid))),
            TravelWish.state == WishState.TAKEN_BACK,
            TravelWish.due_at > at,
            TravelWish.tries == 0,
        )
        .values(state=WishState.OPEN, revision=TravelWish.revision - 1, due_at=at)
        .execution_options(synchronize_session=False)
    )


def answer(session: Session, case_id: UUID) -> None:
    """What was asked for is booked, whoever did it; the caller has locked the case."""
    session.execute(
        update(TravelWish)
        .where(TravelWish.case_id == case_id, TravelWish.state == WishState.OPEN)
        .values(state=WishState.ANSWERED)
        .execution_options(synchronize_session=False)
    )


def reason_outside(
    session: Session, case_id: UUID, arrives_on: date, reason: str | None
) -> str | None:
    """Why a household arrives outside the window asked for last; None where it is inside.

    Raises:
        OutsideWindow: it is not, and nobody says why.
    """
    asked = session.execute(
        select(TravelWish.window_from, TravelWish.window_to)
        .where(TravelWish.case_id == case_id, TravelWish.state != WishState.TAKEN_BACK)
        .order_by(TravelWish.at.desc())
        .limit(1)
    ).one_or_none()
    if asked is None or asked.window_from <= arrives_on <= asked.window_to:
        return None
    if not reason or not reason.strip():
        raise OutsideWindow(
            arrives_on=arrives_on, window_from=asked.window_from, window_to=asked.window_to
        )
    return reason


def wish(session: Session, wish_id: UUID, *, actor: Actor) -> WishSeen:
    """One wish.

    Raises:
        NotFound: no such wish, or of no case this actor may see.
    """
    found = _seen(session, TravelWish.id == wish_id, actor=actor)
    if not found:
        raise NotFound("wish")
    return found[0]


def wishes(session: Session, case_id: UUID, *, actor: Actor) -> list[WishSeen]:
    """What was asked for a case, the last first.

    Raises:
        NotFound: no such case, or not one this actor may see.
    """
    if not session.scalar(select(exists().where(Case.id == case_id, visible(actor)))):
        raise NotFound("case")
    return _seen(session, TravelWish.case_id == case_id, actor=actor)


def _seen(session: Session, which: ColumnElement[bool], *, actor: Actor) -> list[WishSeen]:
    mine = [TravelWish.municipality_id == actor.municipality_id] if actor.is_municipality else []
    rows = session.execute(
        select(*(getattr(TravelWish, name) for name in WishSeen.__dataclass_fields__))
        .join(Case, Case.id == TravelWish.case_id)
        .where(which, visible(actor), *mine)
        .order_by(TravelWish.at.desc(), TravelWish.id)
    )
    return [WishSeen(*row) for row in rows]


def _window(case: CaseInHand, today: date, wanted: date | None) -> date:
    """The first day of the two weeks, some day of which somebody could arrive on."""
    first_possible = max(today + timedelta(days=1), case.entry_from_on or today)
    assert case.settlement_week is not None  # noqa: S101  placed
    first = wanted or max(case.settlement_week.monday, first_possible)
    last = first + timedelta(days=WINDOW - 1)
    ends = [one for one in (case.permit_expires_on, case.papers_expire_on) if one is not None]
    last_possible = min(ends, default=date.max)
    if max(first, first_possible) > min(last, last_possible):
        raise WindowImpossible(
            window_from=first, window_to=last, first=first_possible, last=last_possible
        )
    return first


def _take_back(session: Session, which: ColumnElement[bool], *, due_at: datetime) -> int:
    """Those that stand, for the carrier to be told; returns how many."""
    taken = session.execute(
        update(TravelWish)
        .where(which, TravelWish.state == WishState.OPEN)
        .values(
            state=WishState.TAKEN_BACK,
            revision=TravelWish.revision + 1,
            due_at=due_at,
            tries=0,
            fault=None,
        )
        .returning(TravelWish.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(taken)
