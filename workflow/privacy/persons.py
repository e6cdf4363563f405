"""Erasing one person of a case: who has left the household, or asks for it (GDPR art. 17).

The case goes on with the others: its line, its places, its history without this person's texts and
the audit stay, and so do sealed letters and what the archive has been handed (arkivlova).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.cases.errors import PersonErased
from workflow.cases.models import Case, CaseStep, Person
from workflow.cases.queries import visible
from workflow.cases.states import CaseState
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, SYSTEM, Actor
from workflow.kernel.audit import Kind
from workflow.kernel.calendar import local_day
from workflow.kernel.db import Base, table_of
from workflow.kernel.errors import NotAllowed, NotFound, ReasonMissing
from workflow.privacy.errors import ErasureWaits, StillNeeded
from workflow.privacy.models import Erasure
from workflow.privacy.register import PERSONAL
from workflow.privacy.remains import left
from workflow.privacy.retention import CASE_RULES, GONE_FOR, KEPT_AGAIN, months_before
from workflow.privacy.states import ErasureState, RetentionRule

#: Who takes a person's demand down.
TAKES_DEMANDS = DIRECTORATE
_OPEN = (ErasureState.PROPOSED, ErasureState.APPROVED)
_COLUMNS = next(kept.columns for kept in PERSONAL if kept.table == "persons")


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a person can be erased now; where not, until when it is needed, if that is known."""

    possible: bool
    waits: bool
    erased: bool
    state: CaseState
    needed_until: date | None


def standing(session: Session, person_id: UUID, *, actor: Actor) -> Standing:
    """What a demand would meet.

    Raises:
        NotFound: no such person in a case of the actor's.
    """
    row = _person(session, person_id, actor)
    waits = session.scalar(
        select(Erasure.id)
        .where(
            Erasure.case_id == row.case_id,
            or_(Erasure.person_id.is_(None), Erasure.person_id == person_id),
            Erasure.state.in_(_OPEN),
        )
        .limit(1)
    )
    return Standing(
        possible=_gone(row),
        waits=waits is not None,
        erased=row.erased_at is not None or row.case_erased_at is not None,
        state=row.state,
        needed_until=None if _gone(row) else _until(session, row),
    )


def demand(
    session: Session, person_id: UUID, *, reason: str | None, actor: Actor, at: datetime
) -> int:
    """A person asks to be erased; it is put forward for approval. Returns the proposal.

    Args:
        reason: how the demand came and what it says; kept in the audit, erased with the person.

    Raises:
        NotFound; NotAllowed; ReasonMissing; PersonErased; ErasureWaits.
        StillNeeded: while the case goes on, and until its retention is over.
    """
    if actor.role not in TAKES_DEMANDS:
        raise NotAllowed("IMDi takes demands of erasure", role=actor.role)
    row = _person(session, person_id, actor)
    if not reason:
        raise ReasonMissing
    stands = standing(session, person_id, actor=actor)
    if stands.erased:
        raise PersonErased(person_id=str(person_id))
    if not stands.possible:
        raise StillNeeded(state=stands.state, until=stands.needed_until)
    made: int | None = None
    if not stands.waits:
        made = session.scalar(
            upsert(Erasure)
            .values(
                case_id=row.case_id,
                person_id=person_id,
                rule=RetentionRule.DEMAND,
                state=ErasureState.PROPOSED,
                case_version=row.version,
                proposed_at=at,
                proposed_by=actor.name,
            )
            .on_conflict_do_nothing()
            .returning(Erasure.id)
        )
    if made is None:
        raise ErasureWaits
    told = audit.Change(
        audit.subject(Kind.CASE, row.case_id), after={"facts": {"person_id": str(person_id)}}
    )
    audit.record(session, told, "erasure.demand", actor=actor, at=at, reason=reason)
    return made


def propose_who_left(session: Session, *, at: datetime) -> int:
    """Propose everybody who left a household long enough ago; again proposes nobody twice."""
    today = local_day(at)
    answered = (
        select(Erasure.id)
        .where(
            Erasure.case_id == Person.case_id,
            or_(Erasure.person_id.is_(None), Erasure.person_id == Person.id),
            or_(
                Erasure.state.in_(_OPEN),
                and_(
                    Erasure.state == ErasureState.KEPT,
                    func.date(Erasure.settled_at) > months_before(today, KEPT_AGAIN),
                ),
            ),
        )
        .exists()
    )
    table = table_of(Erasure)
    due = (
        select(
            Person.case_id,
            Person.id,
            literal(RetentionRule.LEFT, table.c.rule.type),
            literal(ErasureState.PROPOSED, table.c.state.type),
            Case.version,
            literal(at),
        )
        .join(Case, Case.id == Person.case_id)
        .where(
            Person.left_on <= months_before(today, GONE_FOR),
            Person.erased_at.is_(None),
            Case.erased_at.is_(None),
            ~answered,
        )
    )
    columns = ["case_id", "person_id", "rule", "state", "case_version", "proposed_at"]
    proposed = session.execute(
        upsert(table).from_select(columns, due).on_conflict_do_nothing().returning(table.c.id)
    )
    return len(proposed.all())


def erase_person(session: Session, case_id: UUID, person_id: UUID, *, at: datetime) -> None:
    """Take an approved person out of all that is kept of the case; twice is as once."""
    persons = table_of(Person)
    values = {name: left(persons.c[name], how) for name, how in _COLUMNS.items()}
    session.execute(
        update(persons).where(persons.c.id == person_id).values(values | {"erased_at": at})
    )
    answers = Base.metadata.tables["idempotency_keys"]
    told = func.strpos(func.encode(answers.c.body, "escape"), str(person_id)) > 0
    session.execute(delete(answers).where(told))
    session.execute(select(func.erase_person_written(person_id)))
    accounts_for = [audit.Change(audit.subject(Kind.CASE, case_id))]
    audit.record_all(session, accounts_for, audit.ERASED, actor=SYSTEM, at=at)


def _person(session: Session, person_id: UUID, actor: Actor) -> Any:
    row = session.execute(
        select(
            Person.case_id,
            Person.left_on,
            Person.erased_at,
            Case.erased_at.label("case_erased_at"),
            Case.state,
            Case.version,
        )
        .join(Case, Case.id == Person.case_id)
        .where(Person.id == person_id, visible(actor))
    ).one_or_none()
    if row is None:
        raise NotFound("person")
    return row


def _gone(row: Any) -> bool:
    return bool(row.left_on is not None or row.state is CaseState.LAPSED)


def _until(session: Session, row: Any) -> date | None:
    """The day the case's own rule lets go, where nothing more happens; None while it goes on."""
    if row.state is not CaseState.SETTLED:
        return None
    last = session.scalar(select(func.max(CaseStep.at)).where(CaseStep.case_id == row.case_id))
    months = next(rule.months for rule in CASE_RULES if row.state in rule.states)
    return None if last is None else months_before(local_day(last), -months)
