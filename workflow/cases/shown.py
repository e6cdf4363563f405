"""The household as a municipality is shown it before it answers: no name, no number."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

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
_NAMES = tuple(column.key for column in _SHOWN_OF_PERSON)


def shown_to_municipality(session: Session, case: CaseInHand) -> dict[str, Any]:
    """What a distribution shows, frozen with it: who they are, what they need, when they come."""
    return shown_of_many(session, [case])[case.id]


def shown_of_many(session: Session, cases: Sequence[CaseInHand]) -> dict[UUID, dict[str, Any]]:
    """The same for many cases, by id."""
    persons: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for case_id, *person in session.execute(
        select(Person.case_id, *_SHOWN_OF_PERSON)
        .where(Person.case_id.in_([case.id for case in cases]), Person.left_on.is_(None))
        .order_by(Person.case_id, Person.position)
    ):
        persons[case_id].append(dict(zip(_NAMES, person, strict=True)))
    return {case.id: _shown(case, persons[case.id]) for case in cases}


def _shown(case: CaseInHand, persons: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "group": case.group,
        "departure_country": case.departure_country,
        "needs": list(case.needs),
        "entry_status": case.entry_status,
        "earliest_arrival_on": case.entry_from_on.isoformat() if case.entry_from_on else None,
        "permit_expires_on": case.permit_expires_on.isoformat() if case.permit_expires_on else None,
        "persons": persons,
    }
