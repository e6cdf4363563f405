"""What is known of each person's entry, from whom and since when (R04, R15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from workflow.cases.errors import PersonNotHere
from workflow.cases.events import CaseEvent
from workflow.cases.machine import Context
from workflow.cases.models import EntryRecord, Person
from workflow.cases.moves import CaseInHand, for_change, write
from workflow.cases.states import CAN_ENTER, EntryStatus
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.kernel.events import Event

REGISTERS = DIRECTORATE | {Role.TRAVEL_OFFICER, Role.SYSTEM}


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a person's entry, and who says so (R04)."""

    status: EntryStatus
    source: str
    from_on: date | None = None
    permit_expires_on: date | None = None

    def __post_init__(self) -> None:
        if self.status is EntryStatus.POSSIBLE_FROM and self.from_on is None:
            raise Invalid("possible_from needs the date", pointer="/entry/from_on")
        if self.from_on is not None and self.status not in (
            EntryStatus.POSSIBLE_FROM,
            EntryStatus.POSSIBLE,
        ):
            raise Invalid(
                "a date of entry belongs to possible and possible_from", pointer="/entry/from_on"
            )


#: Nothing is known before somebody says so.
NOT_KNOWN = Entry(EntryStatus.UNKNOWN, source="registration")


def record_entry(
    session: Session,
    case_id: UUID,
    entry: Entry,
    *,
    person_ids: Sequence[UUID] | None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Write what is known of the entry of all persons or of some; the case shows the least.

    Raises:
        NotAllowed: entry information is IMDi's and UDI's.
        Invalid: `person_ids` names nobody.
        PersonNotHere: one of `person_ids` is not a person of the case.
    """
    case = for_change(session, case_id, actor=actor)
    if actor.role not in REGISTERS:
        raise NotAllowed("only IMDi and UDI write entry information", role=actor.role)
    if person_ids is not None and not person_ids:
        raise Invalid("nobody is named", pointer="/person_ids", expected="at least one person")
    present = set(_present(session, case_id))
    concerned = present if person_ids is None else set(person_ids)
    if not concerned <= present:
        raise PersonNotHere(person_ids=sorted(str(person) for person in concerned - present))
    session.execute(
        update(Person)
        .where(Person.id.in_(concerned))
        .values(
            entry_status=entry.status,
            entry_from_on=entry.from_on,
            permit_expires_on=entry.permit_expires_on,
        )
        .execution_options(synchronize_session=False)
    )
    write_entry_records(session, sorted(concerned), entry, actor=actor, at=at)
    least = least_entry(session, case_id)
    write(
        session,
        case,
        "entry",
        case.state,
        Context(actor, local_day(at), reason=entry.source),
        at=at,
        changes=least,
        facts={
            "status": entry.status,
            "from_on": entry.from_on.isoformat() if entry.from_on else None,
            "persons": len(concerned),
            "before": case.entry_status,
        },
        event=Event(
            CaseEvent.ENTRY_CHANGED,
            case.id,
            case.municipality_id,
            {"status": least["entry_status"]},
        ),
    )
    return case


def _present(session: Session, case_id: UUID) -> Sequence[UUID]:
    return session.scalars(
        select(Person.id)
        .where(Person.case_id == case_id, Person.left_on.is_(None))
        .with_for_update()
    ).all()


#: From the least certain on.
_CERTAINTY = {status: rank for rank, status in enumerate(EntryStatus)}


def least_entry(session: Session, case_id: UUID) -> dict[str, Any]:
    """What a case shows of its persons (R15): least status, latest date of entry, first expiry."""
    persons = session.execute(
        select(Person.entry_status, Person.entry_from_on, Person.permit_expires_on).where(
            Person.case_id == case_id, Person.left_on.is_(None)
        )
    ).all()
    status = min((person.entry_status for person in persons), key=_CERTAINTY.__getitem__)
    # Who can enter without a date can enter any day, so those with a date decide.
    dates = [person.entry_from_on for person in persons if person.entry_from_on is not None]
    expiries = [
        person.permit_expires_on for person in persons if person.permit_expires_on is not None
    ]
    return {
        "entry_status": status,
        "entry_from_on": max(dates, default=None) if status in CAN_ENTER else None,
        "permit_expires_on": min(expiries, default=None),
    }


def write_entry_records(
    session: Session, person_ids: Sequence[UUID], entry: Entry, *, actor: Actor, at: datetime
) -> None:
    session.execute(
        insert(EntryRecord),
        [
            {
                "person_id": person_id,
                "status": entry.status,
                "from_on": entry.from_on,
                "permit_expires_on": entry.permit_expires_on,
                "source": entry.source,
                "at": at,
                "actor": actor.name,
            }
            for person_id in person_ids
        ],
    )
