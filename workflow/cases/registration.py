"""Registering a household, and who joins or leaves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause
from workflow.capacity.states import EntryKind
from workflow.cases import duf
from workflow.cases.entry import NOT_KNOWN, REGISTERS, Entry, least_entry, write_entry_records
from workflow.cases.errors import LastPerson, PersonAlready, PersonNotHere, WrongState
from workflow.cases.events import CaseEvent
from workflow.cases.machine import Context
from workflow.cases.models import Case, CaseLink, CaseStep, Person, case_numbers
from workflow.cases.moves import CaseInHand, for_change, write
from workflow.cases.protected import REGISTERED_IT, write_access
from workflow.cases.queries import visible
from workflow.cases.settling import settle_if_all_are
from workflow.cases.states import (
    CaseState,
    Group,
    JoinReason,
    Need,
    Protection,
    Sex,
)
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.db import table_of
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish

#: Nobody joins any more.
ENDED = (CaseState.SETTLED, CaseState.LAPSED)
EARLIEST_BIRTH_YEAR = 1900


@dataclass(frozen=True, slots=True)
class NewPerson:
    birth_year: int
    sex: Sex
    nationality: str
    name: str | None = None
    duf_number: str | None = None
    relation: str | None = None
    languages: Sequence[str] = ()
    occupation: str | None = None
    education: str | None = None


@dataclass(frozen=True, slots=True)
class NewCase:
    group: Group
    persons: Sequence[NewPerson]
    departure_country: str | None = None
    entry: Entry | None = None
    needs: Sequence[Need] = ()
    related_case_ids: Sequence[UUID] = ()
    reception_centre: str | None = None
    address_protection: Protection = Protection.NONE


def register(session: Session, new: NewCase, *, actor: Actor, at: datetime) -> tuple[UUID, str]:
    """A household becomes a case; returns its id and case number.

    Raises:
        NotAllowed: registering is IMDi's and UDI's.
        Invalid: no persons, a DUF number with wrong check digits, a related case not there.
    """
    if actor.role not in REGISTERS:
        raise NotAllowed("only IMDi and UDI register cases", role=actor.role)
    if not new.persons:
        raise Invalid("a case has at least one person", pointer="/persons")
    today = local_day(at)
    entry = new.entry or NOT_KNOWN
    case_id = uuid4()
    case_number = f"{today.year}-{session.scalar(case_numbers):06d}"
    session.execute(
        insert(Case),
        {
            "id": case_id,
            "case_number": case_number,
            "group": new.group,
            "departure_country": new.departure_country,
            "reception_centre": new.reception_centre,
            "needs": sorted(set(new.needs)),
            "address_protection": new.address_protection,
            "persons_count": len(new.persons),
            "entry_status": entry.status,
            "entry_from_on": entry.from_on,
            "permit_expires_on": entry.permit_expires_on,
            "created_at": at,
        },
    )
    rows = [
        _person_row(case_id, position, person, today, pointer=f"/persons/{position}/duf_number")
        | {
            "entry_status": entry.status,
            "entry_from_on": entry.from_on,
            "permit_expires_on": entry.permit_expires_on,
        }
        for position, person in enumerate(new.persons)
    ]
    session.execute(insert(Person), rows)
    if new.entry is not None:
        write_entry_records(session, [row["id"] for row in rows], entry, actor=actor, at=at)
    _link(session, case_id, new.related_case_ids, actor=actor)
    session.execute(
        # Not returned: who registers for others may not read what it has written.
        insert(table_of(CaseStep)).inline(),
        {
            "case_id": case_id,
            "version": 1,
            "at": at,
            "actor": actor.name,
            "actor_role": actor.role,
            "trigger": "register",
            "source": CaseState.REGISTERED,
            "dest": CaseState.REGISTERED,
            "facts": {"persons": len(rows)},
        },
    )
    publish(session, Event(CaseEvent.REGISTERED, case_id), at=at)
    if new.address_protection is not Protection.NONE and actor.user_id is not None:
        # Who registers it knows it; everybody else is named by a lead.
        write_access(
            session, case_id, actor.user_id, reason=REGISTERED_IT, given_by=actor.name, at=at
        )
    registered = {
        "case_number": case_number,
        "group": new.group,
        "persons_count": len(rows),
        "person_ids": [str(row["id"]) for row in rows],
        "state": CaseState.REGISTERED,
        "version": 1,
    }
    audit.record(
        session,
        audit.Change(audit.subject(audit.Kind.CASE, case_id), after=registered),
        "register",
        actor=actor,
        at=at,
    )
    return case_id, case_number


def join(
    session: Session,
    case_id: UUID,
    person: NewPerson,
    *,
    reason: JoinReason,
    actor: Actor,
    at: datetime,
) -> UUID:
    """A person joins the case, and what is held follows; returns the person's id.

    Raises:
        NoneFree: a member who comes later needs a free place where the case holds places.
        WrongState: a settled or lapsed case takes nobody in.
    """
    case = for_change(session, case_id, actor=actor)
    if actor.role not in REGISTERS:
        raise NotAllowed("only IMDi and UDI change who is in a case", role=actor.role)
    if case.state in ENDED:
        raise WrongState(trigger="join", state=case.state)
    cause = Cause(actor, at, case_id=case.id, reason=reason)
    if case.account_id is not None:
        if reason is JoinReason.BIRTH:
            capacity.record(session, case.account_id, EntryKind.JOIN, held=1, cause=cause)
        else:
            capacity.hold_more(session, case.account_id, persons=1, cause=cause)
    today = local_day(at)
    position = session.scalar(
        select(Person.position)
        .where(Person.case_id == case.id)
        .order_by(Person.position.desc())
        .limit(1)
    )
    row = _person_row(case.id, (position or 0) + 1, person, today, pointer="/duf_number")
    session.execute(insert(Person), row | {"joined_reason": reason})
    write(
        session,
        case,
        "join",
        case.state,
        Context(actor, today, reason=reason),
        at=at,
        changes={"persons_count": case.persons_count + 1} | least_entry(session, case.id),
        facts={"person_id": str(row["id"])},
        event=Event(CaseEvent.PERSON_JOINED, case.id, case.municipality_id),
    )
    return UUID(str(row["id"]))


def leave(
    session: Session, person_id: UUID, *, reason: str | None, actor: Actor, at: datetime
) -> CaseInHand:
    """A person leaves the case (death, withdrawn consent, own case), and what is held follows.

    Raises:
        NotFound: no such person in a case this actor may see.
        PersonAlready: the person is settled. WrongState: the case has lapsed.
        LastPerson: nobody would be left; then the case lapses instead.
    """
    found = session.execute(
        select(Person.case_id)
        .join(Case, Case.id == Person.case_id)
        .where(Person.id == person_id, visible(actor))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("person")
    case = for_change(session, found, actor=actor)
    if actor.role not in REGISTERS:
        raise NotAllowed("only IMDi and UDI change who is in a case", role=actor.role)
    if not reason:
        raise ReasonMissing
    if case.state is CaseState.LAPSED:
        raise WrongState(trigger="leave", state=case.state)
    person = session.execute(
        select(Person.left_on, Person.settled_on).where(Person.id == person_id).with_for_update()
    ).one()
    if person.left_on is not None:
        raise PersonNotHere(person_ids=[str(person_id)])
    if person.settled_on is not None:
        raise PersonAlready(person_id=str(person_id))
    if case.persons_count == 1:
        raise LastPerson
    if case.account_id is not None:
        cause = Cause(actor, at, case_id=case.id, reason=reason)
        capacity.record(session, case.account_id, EntryKind.LEAVE, held=-1, cause=cause)
    today = local_day(at)
    session.execute(
        update(Person)
        .where(Person.id == person_id)
        .values(left_on=today, left_reason=reason)
        .execution_options(synchronize_session=False)
    )
    ctx = Context(actor, today, reason=reason)
    changes: dict[str, Any] = {"persons_count": case.persons_count - 1} | least_entry(
        session, case.id
    )
    write(
        session,
        case,
        "leave",
        case.state,
        ctx,
        at=at,
        changes=changes,
        facts={"person_id": str(person_id)},
        event=Event(CaseEvent.PERSON_LEFT, case.id, case.municipality_id),
    )
    settle_if_all_are(session, case, at=at)
    return case


def _person_row(
    case_id: UUID, position: int, person: NewPerson, today: date, *, pointer: str
) -> dict[str, Any]:
    if person.duf_number is not None and not duf.is_valid(person.duf_number):
        raise Invalid(
            "not a DUF number: twelve digits with two check digits",
            pointer=pointer,
            expected="YYYYNNNNNNCC",
        )
    if not EARLIEST_BIRTH_YEAR <= person.birth_year <= today.year:
        raise Invalid(
            "not a year of birth",
            pointer=pointer.replace("duf_number", "birth_year"),
            expected=f"{EARLIEST_BIRTH_YEAR} to {today.year}",
        )
    return {
        "id": uuid4(),
        "case_id": case_id,
        "position": position,
        "name": person.name,
        "duf_number": person.duf_number,
        "birth_year": person.birth_year,
        "sex": person.sex,
        "nationality": person.nationality,
        "relation": person.relation,
        "languages": list(person.languages),
        "occupation": person.occupation,
        "education": person.education,
        "joined_on": today,
    }


def _link(session: Session, case_id: UUID, related: Sequence[UUID], *, actor: Actor) -> None:
    if not related:
        return
    wanted = set(related)
    found = set(session.scalars(select(Case.id).where(Case.id.in_(wanted), visible(actor))))
    if missing := wanted - found:
        raise Invalid(
            "no such case",
            pointer="/related_case_ids",
            case_ids=sorted(str(case) for case in missing),
        )
    session.execute(
        insert(CaseLink),
        [
            {"case_id": min(case_id, other), "related_case_id": max(case_id, other)}
            for other in found
        ],
    )
