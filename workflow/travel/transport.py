"""From a reception centre to the municipality: the centre plans, the municipality answers (R32).

Locks: the case first, then its transport.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.capacity.commands import WRITES_PLACES
from workflow.cases.errors import WrongState
from workflow.cases.models import Case
from workflow.cases.moves import CaseInHand, for_change
from workflow.cases.queries import visible
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Actor, Role
from workflow.kernel.audit import Change, Kind, record, subject
from workflow.kernel.errors import Invalid, NotAllowed, ReasonMissing, Stale
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.travel.errors import ArrivesInPast, NotFromCentre, NoTransport
from workflow.travel.events import TravelEvent
from workflow.travel.models import Transport
from workflow.travel.states import Means

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class TransportSeen:
    """A plan, and what the municipality says of it."""

    arrives_at: datetime
    means: Means
    note: str | None
    at: datetime
    actor: str
    agreed: bool | None
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None
    version: int


def plan(
    session: Session,
    case_id: UUID,
    *,
    arrives_at: datetime,
    means: Means,
    note: str | None = None,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """The centre says when and how a placed household comes; the municipality answers anew.

    Args:
        version: of the plan that was read; None where there was none.

    Returns:
        The plan's version.

    Raises:
        NotFound, NotAllowed: not a case of the centre's. NotFromCentre: UDI books for it.
        WrongState: no settlement decision stands, or they have come.
        ArrivesInPast; Invalid: too long a note. Stale: planned anew meanwhile.
    """
    case = _placed(session, case_id, actor)
    if actor.role is not Role.RECEPTION_CENTRE:
        raise NotAllowed("the reception centre plans the transport", role=actor.role)
    _refuse_long(note, "/note")
    if arrives_at <= at:
        raise ArrivesInPast(arrives_at=arrives_at, at=at)
    before = _of(session, case.id)
    if (before.version if before else None) != version:
        raise Stale("the transport has been planned anew since it was read")
    now = (version or 0) + 1
    said = {
        "municipality_id": case.municipality_id,
        "arrives_at": arrives_at,
        "means": means,
        "note": note,
        "at": at,
        "actor": actor.name,
        "agreed": None,
        "answer": None,
        "answered_at": None,
        "answered_by": None,
        "version": now,
    }
    session.execute(
        upsert(Transport)
        .values(case_id=case.id, **said)
        .on_conflict_do_update(index_elements=["case_id"], set_=said)
    )
    told = {"arrives_at": arrives_at, "means": means, "version": now}
    _tell(session, case, TravelEvent.TRANSPORT_PLANNED, told, actor=actor, at=at)
    return now


def answer(
    session: Session,
    case_id: UUID,
    *,
    agreed: bool,
    text: str | None = None,
    version: int,
    actor: Actor,
    at: datetime,
) -> None:
    """The municipality agrees, or says what would be better.

    Raises:
        NotFound, NotAllowed: not the municipality's own case, or it only reads.
        NotFromCentre, WrongState. NoTransport. ReasonMissing: a no says why.
        Invalid: too long. Stale: planned anew meanwhile.
    """
    case = _placed(session, case_id, actor)
    if actor.role not in WRITES_PLACES:
        raise NotAllowed("the municipality answers for itself", role=actor.role)
    _refuse_long(text, "/text")
    if not agreed and not text:
        raise ReasonMissing
    before = _of(session, case.id)
    if before is None:
        raise NoTransport
    if before.version != version:
        raise Stale("the transport has been planned anew since it was read")
    said = {"agreed": agreed, "answer": text, "answered_at": at, "answered_by": actor.name}
    session.execute(
        update(Transport)
        .where(Transport.case_id == case.id)
        .values(**said)
        .execution_options(synchronize_session=False)
    )
    told = {"agreed": agreed, "version": version}
    _tell(session, case, TravelEvent.TRANSPORT_ANSWERED, told, actor=actor, at=at)


def transport(session: Session, case_id: UUID, *, actor: Actor) -> TransportSeen | None:
    """The plan for the case to where it is now; None where there is none, or not for this actor."""
    found = session.scalar(
        select(Transport)
        .join(Case, Case.id == Transport.case_id)
        .where(
            Case.id == case_id, Transport.municipality_id == Case.municipality_id, visible(actor)
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        return None
    return TransportSeen(**{one.name: getattr(found, one.name) for one in fields(TransportSeen)})


def _placed(session: Session, case_id: UUID, actor: Actor) -> CaseInHand:
    case = for_change(session, case_id, actor=actor)
    if case.group is not Group.RECEPTION_CENTRE:
        raise NotFromCentre(group=case.group)
    if case.state is not CaseState.PLACED:
        raise WrongState(trigger="transport", state=case.state)
    return case


def _of(session: Session, case_id: UUID) -> Any:
    return session.execute(
        select(Transport.version).where(Transport.case_id == case_id).with_for_update()
    ).one_or_none()


def _refuse_long(text: str | None, pointer: str) -> None:
    if text and len(text) > LONGEST_NOTE:
        raise Invalid("too long", pointer=pointer, expected=f"at most {LONGEST_NOTE} signs")


def _tell(
    session: Session,
    case: CaseInHand,
    event: TravelEvent,
    told: dict[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    action = event.rsplit(".", 1)[-1]
    record(session, Change(subject(Kind.CASE, case.id), after=told), action, actor=actor, at=at)
    plain = {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in told.items()
    }
    publish(session, Event(event, case.id, case.municipality_id, plain), at=at)
