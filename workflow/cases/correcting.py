"""Correcting who a person is (GDPR art. 16): history says what was corrected, never what it was."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflow.cases import duf
from workflow.cases.entry import REGISTERS
from workflow.cases.errors import PersonErased
from workflow.cases.events import CaseEvent
from workflow.cases.machine import Context
from workflow.cases.models import Case, Person
from workflow.cases.moves import CaseInHand, for_change, write
from workflow.cases.queries import visible
from workflow.cases.registration import EARLIEST_BIRTH_YEAR
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.kernel.events import Event


@dataclass(frozen=True, slots=True)
class Correction:
    """What it is to be; None: as it stands."""

    name: str | None = None
    duf_number: str | None = None
    birth_year: int | None = None


def correct_person(
    session: Session,
    person_id: UUID,
    correction: Correction,
    *,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Put right who a person is; those who were shown it before are told that it is (art. 19).

    What stands already changes nothing. The value before is kept nowhere: it was wrong.

    Raises:
        NotFound: no such person in a case this actor may see.
        NotAllowed: IMDi and UDI say who a person is. ReasonMissing. Invalid. PersonErased.
    """
    found = session.execute(
        select(Person.case_id).join(Case).where(Person.id == person_id, visible(actor))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("person")
    case = for_change(session, found, actor=actor)
    if actor.role not in REGISTERS:
        raise NotAllowed("only IMDi and UDI say who a person is", role=actor.role)
    if not reason:
        raise ReasonMissing
    today = local_day(at)
    _plausible(correction, today)
    changed = _changed(session, person_id, correction)
    if not changed:
        return case
    session.execute(
        update(Person)
        .where(Person.id == person_id)
        .values(changed)
        .execution_options(synchronize_session=False)
    )
    write(
        session,
        case,
        "correct_person",
        case.state,
        Context(actor, today, reason=reason),
        at=at,
        facts={"person_id": str(person_id), "corrected": sorted(changed)},
        event=Event(CaseEvent.PERSON_CORRECTED, case.id, case.municipality_id),
    )
    return case


def _changed(session: Session, person_id: UUID, correction: Correction) -> dict[str, Any]:
    """The columns that are to be another."""
    row = session.execute(
        select(Person.name, Person.duf_number, Person.birth_year, Person.erased_at, Case.erased_at)
        .join(Case)
        .where(Person.id == person_id)
        .with_for_update(of=Person)
    ).one()
    if row[3] is not None or row[4] is not None:
        raise PersonErased(person_id=str(person_id))
    wanted = {field.name: getattr(correction, field.name) for field in fields(correction)}
    return {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(row, name)
    }


def _plausible(correction: Correction, today: date) -> None:
    if all(getattr(correction, field.name) is None for field in fields(correction)):
        raise Invalid("nothing to correct", pointer="/name")
    if correction.duf_number is not None and not duf.is_valid(correction.duf_number):
        raise Invalid(
            "not a DUF number: twelve digits with two check digits",
            pointer="/duf_number",
            expected="YYYYNNNNNNCC",
        )
    year = correction.birth_year
    if year is not None and not EARLIEST_BIRTH_YEAR <= year <= today.year:
        raise Invalid(
            "not a year of birth",
            pointer="/birth_year",
            expected=f"{EARLIEST_BIRTH_YEAR} to {today.year}",
        )
