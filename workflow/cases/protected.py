"""Cases with a protected address (kode 7 and 6): who is named for them, and what that changes.

Such a case is seen by persons named for it, in their own role, and by nobody and no machine else.
It stands in no list, count, search, notice, run or export, and its places in no municipality's
numbers. Source: domain 1.5 and 5, confidential and strictly confidential addresses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import EntryKind, Pool
from workflow.cases.access_models import ProtectedAccess
from workflow.cases.errors import GrantStands, NotProtected, OwnGrant
from workflow.cases.machine import Context
from workflow.cases.models import Case, Person
from workflow.cases.moves import CaseInHand, for_change, write
from workflow.cases.queries import OPEN_ADDRESS, named_for
from workflow.cases.states import Protection
from workflow.kernel import audit
from workflow.kernel.actor import SYSTEM, Actor, Role
from workflow.kernel.audit import Kind
from workflow.kernel.calendar import local_day
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing

#: Why who registers a protected case may open it.
REGISTERED_IT = "registered the case"


@dataclass(frozen=True, slots=True)
class Access:
    """A person named for a case, until it ends."""

    id: int
    case_id: UUID
    user_id: int
    given_at: datetime
    given_by: str
    reason: str
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


@dataclass(frozen=True, slots=True)
class ProtectedCase:
    """As much as a lead is told of a case it may not open: its number, its grade, who is named."""

    id: UUID
    case_number: str
    protection: Protection
    access: tuple[Access, ...]


def protected_cases(session: Session, *, actor: Actor) -> list[ProtectedCase]:
    """For the lead all of them, to name persons; for everybody else those one is named for.

    A token is no person and finds none.
    """
    if actor.named_user is None:
        return []
    wanted = select(Case.id, Case.case_number, Case.address_protection).where(~OPEN_ADDRESS)
    if actor.role is not Role.LEAD:
        wanted = wanted.where(named_for(actor.named_user))
    found = session.execute(wanted.order_by(Case.case_number)).all()
    access = _access(session, [row.id for row in found]) if actor.role is Role.LEAD else {}
    return [ProtectedCase(*row, tuple(access.get(row.id, ()))) for row in found]


def counted_nationally(session: Session, *, actor: Actor) -> tuple[int, int]:
    """Protected cases and their persons in the whole country; told to the lead only."""
    if actor.role is not Role.LEAD:
        raise NotAllowed("protected cases are counted for the lead only", role=actor.role)
    cases, persons = session.execute(
        select(func.count(), func.coalesce(func.sum(Case.persons_count), 0)).where(~OPEN_ADDRESS)
    ).one()
    return cases, int(persons)


def protection_of(session: Session, case_number: str, *, actor: Actor) -> ProtectedCase:
    """One case's protection and who is named for it, for a lead who has its number.

    Raises:
        NotAllowed. NotFound: no such number.
    """
    _only_lead(actor)
    row = session.execute(
        select(Case.id, Case.case_number, Case.address_protection).where(
            Case.case_number == case_number
        )
    ).one_or_none()
    if row is None:
        raise NotFound("case")
    return ProtectedCase(*row, tuple(_access(session, [row.id])[row.id]))


def by_number(session: Session, case_number: str, *, actor: Actor) -> UUID:
    """The case of a number, for the lead who sets its protection.

    Raises:
        NotAllowed. Invalid: no such number.
    """
    _only_lead(actor)
    found = session.scalar(select(Case.id).where(Case.case_number == case_number))
    if found is None:
        raise Invalid("no such case number", pointer="/case_number")
    return found


def protect(
    session: Session,
    case_id: UUID,
    protection: Protection,
    *,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Set or lift the protection of a case; its places leave the municipality's numbers, or return.

    The lead need not be named for the case, and sees nothing of it by this.

    Raises:
        NotAllowed: protection is the lead's. ReasonMissing. NotFound.
    """
    _only_lead(actor)
    if not reason:
        raise ReasonMissing
    case = for_change(session, case_id, actor=SYSTEM)
    before = case.address_protection
    changes: dict[str, Any] = {"address_protection": protection}
    case.address_protection = protection
    if case.account_id is not None:
        cause = Cause(actor, at, case_id=case.id)
        changes["account_id"] = _move_places(session, case, cause)
    case.address_protection = before  # until it is written
    write(
        session,
        case,
        "protect",
        case.state,
        Context(actor, local_day(at), reason=reason),
        at=at,
        changes=changes,
        facts={"from": before, "to": protection},
    )
    return case


def name_person(
    session: Session,
    case_id: UUID,
    user_id: int,
    *,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> int:
    """A person may open the case from now on; returns the grant.

    Raises:
        NotAllowed; ReasonMissing; NotFound.
        OwnGrant: nobody names itself. NotProtected. GrantStands.
    """
    _only_lead(actor)
    if not reason:
        raise ReasonMissing
    if f"user:{user_id}" in actor.persons:
        raise OwnGrant
    if for_change(session, case_id, actor=SYSTEM).is_open:
        raise NotProtected
    grant = write_access(session, case_id, user_id, reason=reason, given_by=actor.name, at=at)
    if grant is None:
        raise GrantStands
    _tell(session, case_id, "protected.name", user_id, reason=reason, actor=actor, at=at)
    return grant


def end_access(
    session: Session, grant_id: int, *, reason: str | None, actor: Actor, at: datetime
) -> None:
    """A person may no longer open the case; ended twice, the first stands.

    Raises:
        NotAllowed; ReasonMissing; NotFound: no such grant.
    """
    _only_lead(actor)
    if not reason:
        raise ReasonMissing
    grant = session.get(ProtectedAccess, grant_id)
    if grant is None:
        raise NotFound("grant")
    for_change(session, grant.case_id, actor=SYSTEM)
    ended = rows_changed(
        session,
        update(ProtectedAccess)
        .where(ProtectedAccess.id == grant_id, ProtectedAccess.ended_at.is_(None))
        .values(ended_at=at, ended_by=actor.name, end_reason=reason)
        .execution_options(synchronize_session=False),
    )
    if ended:
        user_id = grant.user_id
        _tell(session, grant.case_id, "protected.end", user_id, reason=reason, actor=actor, at=at)


def _tell(
    session: Session,
    case_id: UUID,
    action: str,
    user_id: int,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """In the case's audit chain: who is named, or is no longer."""
    named = audit.Change(audit.subject(Kind.CASE, case_id), None, {"user_id": user_id})
    audit.record(session, named, action, actor=actor, at=at, reason=reason)


def write_access(
    session: Session, case_id: UUID, user_id: int, *, reason: str, given_by: str, at: datetime
) -> int | None:
    """The grant; None where the person has one."""
    return session.scalar(
        upsert(ProtectedAccess)
        .values(case_id=case_id, user_id=user_id, given_at=at, given_by=given_by, reason=reason)
        .on_conflict_do_nothing()
        .returning(ProtectedAccess.id)
    )


def _move_places(session: Session, case: CaseInHand, cause: Cause) -> int:
    """What is held and settled is counted in the other pool, facts both: no ceiling refuses them.

    Returns the account that now holds the case's places.
    """
    counted: dict[int, int] = {
        account_id: persons
        for account_id, persons in session.execute(
            select(Person.settled_account_id, func.count())
            .where(Person.case_id == case.id, Person.settled_account_id.is_not(None))
            .group_by(Person.settled_account_id)
        )
        if account_id is not None
    }
    assert case.account_id is not None  # noqa: S101  held, or settled
    sources = sorted({case.account_id, *counted})
    target = {one: _same_year(session, one, case.pool) for one in sources}
    capacity.lock(session, *sources, *target.values())
    sources = [one for one in sources if target[one] != one]
    for one in sources:
        held = case.held_persons if one == case.account_id else 0
        settled = counted.get(one, 0)
        if not (held or settled):
            continue
        capacity.record(session, one, EntryKind.MOVE_OUT, held=-held, settled=-settled, cause=cause)
        capacity.record(
            session, target[one], EntryKind.MOVE_IN, held=held, settled=settled, cause=cause
        )
    for one in counted.keys() & sources:
        session.execute(
            update(Person)
            .where(Person.case_id == case.id, Person.settled_account_id == one)
            .values(settled_account_id=target[one])
            .execution_options(synchronize_session=False)
        )
    return target[case.account_id]


def _same_year(session: Session, account_id: int, pool: Pool) -> int:
    one = session.execute(
        select(PlaceAccount.municipality_id, PlaceAccount.year).where(PlaceAccount.id == account_id)
    ).one()
    return capacity.open_account(
        session, municipality_id=one.municipality_id, year=one.year, pool=pool
    )


def _access(session: Session, case_ids: Sequence[UUID]) -> dict[UUID, list[Access]]:
    found: dict[UUID, list[Access]] = {case_id: [] for case_id in case_ids}
    for row in session.execute(
        select(
            ProtectedAccess.id,
            ProtectedAccess.case_id,
            ProtectedAccess.user_id,
            ProtectedAccess.given_at,
            ProtectedAccess.given_by,
            ProtectedAccess.reason,
            ProtectedAccess.ended_at,
            ProtectedAccess.ended_by,
            ProtectedAccess.end_reason,
        )
        .where(ProtectedAccess.case_id.in_(case_ids))
        .order_by(ProtectedAccess.id)
    ):
        found[row.case_id].append(Access(*row))
    return found


def _only_lead(actor: Actor) -> None:
    if actor.role is not Role.LEAD:
        raise NotAllowed("protected addresses are the lead's", role=actor.role)
