"""Erasing a case's people: a daily job proposes, a person approves, the worker erases.

One case is one transaction: killed in the middle, it is as it was, and the next worker begins
again. What is left says how many, where and when: the case line, its places and its history agree
with every sum as before.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Table,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from workflow.cases.machine import Context
from workflow.cases.models import Case, CaseStep, Person
from workflow.cases.moves import for_change, write
from workflow.cases.states import CaseState
from workflow.kernel import audit
from workflow.kernel.actor import SYSTEM, Actor, Role
from workflow.kernel.audit import Kind
from workflow.kernel.calendar import OSLO, local_day
from workflow.kernel.db import Base, table_of
from workflow.kernel.errors import NotAllowed, NotFound, ReasonMissing
from workflow.letters.models import Letter
from workflow.privacy import persons
from workflow.privacy.errors import ErasureStale
from workflow.privacy.models import Erasure
from workflow.privacy.register import PERSONAL, Erased, Personal, Reach
from workflow.privacy.remains import left
from workflow.privacy.retention import CASE_RULES, KEPT_AGAIN, CaseRule, months_before
from workflow.privacy.states import ErasureState, RetentionRule
from workflow.travel.models import Booking

#: Who reads the proposals and answers them.
APPROVES = frozenset({Role.LEAD, Role.ADMINISTRATOR})
_OPEN = (ErasureState.PROPOSED, ErasureState.APPROVED)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case that has been kept long enough, or one person of it; never who that is."""

    id: int
    case_id: UUID
    case_number: str
    state: CaseState
    rule: RetentionRule
    persons_count: int
    #: The day of the last thing that happened to it.
    last_step_on: date
    proposed_at: datetime
    #: Only this person of the case; None: all of it.
    person_id: UUID | None
    #: Who put it forward; None: the daily job.
    proposed_by: str | None


def propose(session: Session, *, at: datetime) -> int:
    """Propose every case a rule lets go of; returns how many. Again proposes nothing twice."""
    cases = sum(_propose_by(session, rule, at) for rule in CASE_RULES)
    return cases + persons.propose_who_left(session, at=at)


def proposals(session: Session, *, actor: Actor) -> list[Proposal]:
    """What waits for an answer, by case number."""
    _only_who_approves(actor)
    last = select(func.max(CaseStep.at)).where(CaseStep.case_id == Case.id).scalar_subquery()
    rows = session.execute(
        select(
            Erasure.id,
            Case.id,
            Case.case_number,
            Case.state,
            Erasure.rule,
            Case.persons_count,
            last,
            Erasure.proposed_at,
            Erasure.person_id,
            Erasure.proposed_by,
        )
        .join(Case, Case.id == Erasure.case_id)
        .where(Erasure.state == ErasureState.PROPOSED)
        .order_by(Case.case_number, Erasure.id)
    )
    return [Proposal(*row[:6], local_day(row[6]), row[7], row[8], row[9]) for row in rows]


def token_of(shown: Sequence[Proposal]) -> str:
    """Says which proposals a person has been shown."""
    told = "\n".join(f"{one.id} {one.case_id} {one.person_id} {one.rule}" for one in shown)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def approve(
    session: Session,
    ids: Collection[int],
    token: str | None = None,
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """The chosen proposals are to be erased; the worker does it, a case at a time.

    Args:
        token: of all the proposals that were shown; None: who approves names each.

    Raises:
        NotAllowed. ErasureStale: others are proposed now, or fewer.
    """
    shown = proposals(session, actor=actor)
    if token not in {None, token_of(shown)} or not set(ids) <= {one.id for one in shown}:
        raise ErasureStale
    return _settle(session, ids, ErasureState.APPROVED, actor=actor, at=at)


def keep(
    session: Session, erasure_id: int, *, reason: str | None, actor: Actor, at: datetime
) -> None:
    """A case is kept for now, with a reason; it is proposed again later.

    Raises:
        NotAllowed; ReasonMissing; NotFound: nothing is proposed by this id.
    """
    _only_who_approves(actor)
    if not reason:
        raise ReasonMissing
    if not _settle(session, [erasure_id], ErasureState.KEPT, reason=reason, actor=actor, at=at):
        raise NotFound("erasure")


def erase_next(session: Session, *, at: datetime) -> UUID | None:
    """Erase one approved case, if there is one that is nobody else's; returns it.

    A case that has moved since it was proposed goes back to be proposed anew; a person who is gone
    from the household stays gone.
    """
    found = session.execute(
        select(Erasure.id, Erasure.case_id, Erasure.person_id, Erasure.case_version, Erasure.rule)
        .where(Erasure.state == ErasureState.APPROVED)
        .order_by(Erasure.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if found is None:
        return None
    case = for_change(session, found.case_id, actor=SYSTEM)
    facts = {"rule": found.rule}
    if found.person_id is not None:
        persons.erase_person(session, case.id, found.person_id, at=at)
        facts["person_id"] = str(found.person_id)
    elif case.version != found.case_version:
        _close(session, found.id, ErasureState.KEPT)
        return case.id
    else:
        erase_case(session, case.id, at=at)
    write(
        session,
        case,
        "erase",
        case.state,
        Context(SYSTEM, local_day(at)),
        at=at,
        facts=facts,
    )
    _close(session, found.id, ErasureState.ERASED, erased_at=at)
    return case.id


def erase_case(session: Session, case_id: UUID, *, at: datetime) -> None:
    """Take the people out of all that is kept of an approved case; twice is as once."""
    for kept in PERSONAL:
        if kept.append_only or not kept.columns:
            continue
        table = Base.metadata.tables[kept.table]
        if kept.reach is Reach.REASON:
            audit.erase_reasons(session, _chains(session, case_id), actor=SYSTEM, at=at)
        elif Erased.ROW in kept.columns.values():
            session.execute(delete(table).where(rows_of_case(kept, table, case_id)))
        else:
            values = {name: left(table.c[name], how) for name, how in kept.columns.items()}
            session.execute(update(table).where(rows_of_case(kept, table, case_id)).values(values))
    session.execute(select(func.erase_written(case_id), func.erase_letters(case_id)))
    cases = table_of(Case)
    session.execute(update(cases).where(cases.c.id == case_id).values(erased_at=at))


def rows_of_case(kept: Personal, table: Table, case_id: UUID) -> ColumnElement[bool]:
    """The rows of a table that are about a case's people, as a condition on it."""
    persons = select(Person.id).where(Person.case_id == case_id)
    match kept.reach:
        case Reach.PERSON | Reach.OF_CASE:
            if kept.table == "case_links":
                return or_(table.c.case_id == case_id, table.c.related_case_id == case_id)
            return table.c.case_id == case_id
        case Reach.CASE:
            return table.c.id == case_id
        case Reach.OF_PERSON:
            return table.c.person_id.in_(persons)
        case Reach.OF_BOOKING:
            bookings = select(Booking.id).where(Booking.case_id == case_id)
            return table.c.booking_id.in_(bookings)
        case Reach.OF_LETTER:
            letters = select(Letter.id).where(Letter.case_id == case_id)
            return table.c.letter_id.in_(letters)
        case Reach.ANSWER:
            return _tells_of(table.c.body, case_id)
        case Reach.SUBJECT:
            return table.c.subject.in_(_subjects(case_id))
        case Reach.REASON:
            entries = Base.metadata.tables["audit_entries"]
            of_case = select(entries.c.position).where(entries.c.subject.in_(_subjects(case_id)))
            return table.c.position.in_(of_case)


def _tells_of(body: Column[Any], case_id: UUID) -> ColumnElement[bool]:
    """Answers that name the case, one of its persons or one of its bookings."""
    ids = union(
        select(literal(str(case_id)).label("id")),
        select(func.cast(Person.id, Text)).where(Person.case_id == case_id),
    ).subquery()
    told = func.encode(body, "escape")
    return select(ids.c.id).where(func.strpos(told, ids.c.id) > 0).exists()


def _subjects(case_id: UUID) -> Any:
    """The audit's chains about a case: its own, and those of its bookings."""
    return union(
        select(literal(audit.subject(Kind.CASE, case_id))),
        select(func.concat(f"{Kind.BOOKING}:", Booking.id)).where(Booking.case_id == case_id),
    )


def _chains(session: Session, case_id: UUID) -> list[str]:
    return list(session.scalars(_subjects(case_id)))


def _propose_by(session: Session, rule: CaseRule, at: datetime) -> int:
    until = months_before(local_day(at), rule.months)
    before = datetime.combine(until, time(), OSLO).astimezone(UTC)
    kept_since = datetime.combine(months_before(local_day(at), KEPT_AGAIN), time(), OSLO)
    moved = select(CaseStep.id).where(CaseStep.case_id == Case.id, CaseStep.at >= before).exists()
    answered = (
        select(Erasure.id)
        .where(
            Erasure.case_id == Case.id,
            Erasure.person_id.is_(None),
            or_(
                Erasure.state.in_(_OPEN),
                and_(Erasure.state == ErasureState.KEPT, Erasure.settled_at > kept_since),
            ),
        )
        .exists()
    )
    due = select(
        Case.id,
        literal(rule.rule, Erasure.__table__.c.rule.type),
        literal(ErasureState.PROPOSED, Erasure.__table__.c.state.type),
        Case.version,
        literal(at),
    ).where(
        Case.state.in_(rule.states),
        Case.erased_at.is_(None),
        Case.created_at < before,
        ~moved,
        ~answered,
    )
    proposed = session.execute(
        upsert(table_of(Erasure))
        .from_select(["case_id", "rule", "state", "case_version", "proposed_at"], due)
        .on_conflict_do_nothing()
        .returning(table_of(Erasure).c.id)
    )
    return len(proposed.all())


def _settle(
    session: Session,
    ids: Collection[int],
    state: ErasureState,
    *,
    reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """Answer proposals; each stands in its case's chain."""
    settled = session.scalars(
        update(Erasure)
        .where(Erasure.id.in_(ids), Erasure.state == ErasureState.PROPOSED)
        .values(state=state, settled_at=at, settled_by=actor.name, reason=reason)
        .returning(Erasure.case_id)
        .execution_options(synchronize_session=False)
    ).all()
    audit.record_all(
        session,
        [
            audit.Change(audit.subject(Kind.CASE, case_id), None, {"erasure": state})
            for case_id in sorted(settled)
        ],
        f"erasure.{state}",
        actor=actor,
        at=at,
    )
    return len(settled)


def _close(session: Session, erasure_id: int, state: ErasureState, **values: Any) -> None:
    session.execute(
        update(Erasure)
        .where(Erasure.id == erasure_id)
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )


def _only_who_approves(actor: Actor) -> None:
    if actor.role not in APPROVES:
        raise NotAllowed("erasure is the lead's and the administrator's", role=actor.role)
