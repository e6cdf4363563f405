"""The household as a municipality is shown it before it answers: no name, no number (step 5 of the process)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.models import Person
from workflow.cases.moves import CaseInHand

_SHOWN_OF_PERSON = (
    Person.birth_year,
    Person.sex,
    Person.nationality,
    Person.relation,
    Person.languages,
    Person.occupation,
    Person.education,
)


def shown_to_municipality(session: Session, case: CaseInHand) -> dict[str, Any]:
    """What a distribution shows, frozen with it: sex, birth year, nationality, family, work, needs, entry."""
    persons = session.execute(
        select(*_SHOWN_OF_PERSON)
        .where(Person.case_id == case.id, Person.left_on.is_(None))
        .order_by(Person.position)
    ).mappings()
    return {
        "group": case.group,
        "departure_country": case.departure_country,
        "needs": list(case.needs),
        "entry_status": case.entry_status,
        "earliest_arrival_on": case.entry_from_on.isoformat() if case.entry_from_on else None,
        "permit_expires_on": case.permit_expires_on.isoformat() if case.permit_expires_on else None,
        "persons": [dict(person) for person in persons],
    }
