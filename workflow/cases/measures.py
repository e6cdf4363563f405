"""Government measures that pause a group (R31)."""

from datetime import date, datetime

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from workflow.cases.models import Measure
from workflow.cases.states import Group
from workflow.kernel import audit
from workflow.kernel.actor import READS_ALL_CASES, Actor, Role
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import Invalid, NotAllowed, NotFound


def start(
    session: Session,
    *,
    group: Group,
    reason: str,
    from_on: date,
    until_on: date | None,
    actor: Actor,
    at: datetime,
) -> int:
    """Pause a group from a day to a day, both included; no end = until ended. Lead only."""
    _is_the_leads(actor)
    if not reason.strip():
        raise Invalid("a measure has a reason", pointer="/reason", expected="why the group waits")
    if until_on is not None and until_on < from_on:
        raise Invalid("ends before it begins", pointer="/until_on", expected=f"{from_on} or later")
    measure_id = session.execute(
        insert(Measure)
        .values(
            group=group, reason=reason, from_on=from_on, until_on=until_on, at=at, actor=actor.name
        )
        .returning(Measure.id)
    ).scalar_one()
    audit.record(
        session,
        audit.Change(
            audit.subject(audit.Kind.MEASURE, measure_id),
            after={"group": group, "from_on": from_on, "until_on": until_on},
        ),
        "start_measure",
        actor=actor,
        at=at,
        reason=reason,
    )
    return measure_id


def end(session: Session, measure_id: int, *, actor: Actor, at: datetime) -> None:
    """The measure holds no longer; ending it twice changes nothing."""
    _is_the_leads(actor)
    if session.get(Measure, measure_id) is None:
        raise NotFound("measure")
    ended = rows_changed(
        session,
        update(Measure)
        .where(Measure.id == measure_id, Measure.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session=False),
    )
    if ended:
        change = audit.Change(
            audit.subject(audit.Kind.MEASURE, measure_id), {"ended_at": None}, {"ended_at": at}
        )
        audit.record(session, change, "end_measure", actor=actor, at=at)


def known(session: Session, *, actor: Actor) -> list[Measure]:
    """All measures, the newest first; IMDi, UDI and auditors read them."""
    if actor.role not in READS_ALL_CASES | {Role.TRAVEL_OFFICER}:
        return []
    return list(session.scalars(select(Measure).order_by(Measure.id.desc())))


def in_force(session: Session, *, today: date, actor: Actor) -> list[Measure]:
    """The measures that pause a group on a day: everybody reads them, a centre those of its own."""
    found = select(Measure).where(
        Measure.ended_at.is_(None),
        Measure.from_on <= today,
        or_(Measure.until_on.is_(None), Measure.until_on >= today),
    )
    if actor.role is Role.RECEPTION_CENTRE:
        found = found.where(Measure.group == Group.RECEPTION_CENTRE)
    return list(session.scalars(found.order_by(Measure.id)))


def one(session: Session, measure_id: int, *, actor: Actor) -> Measure:
    """One measure as it now stands.

    Raises:
        NotFound: no such measure, or not one the actor reads.
    """
    found = next(
        (measure for measure in known(session, actor=actor) if measure.id == measure_id), None
    )
    if found is None:
        raise NotFound("measure")
    session.refresh(found)
    return found


def _is_the_leads(actor: Actor) -> None:
    if actor.role is not Role.LEAD:
        raise NotAllowed("measures are the lead's", role=actor.role)
