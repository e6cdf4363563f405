"""The household as a municipality is shown it before it answers: no name, no number."""

from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from workflow.cases.models import Case, Person
from workflow.kernel.db import table_of

_CASES, _PERSONS = table_of(Case), table_of(Person)

#: The columns of a case that `shown_to_municipality` needs, besides its id.
SHOWN_OF_CASE = (
    _CASES.c.case_group,
    _CASES.c.departure_country,
    _CASES.c.needs,
    _CASES.c.entry_status,
    _CASES.c.entry_from_on,
    _CASES.c.permit_expires_on,
)
_SHOWN_OF_PERSON = (
    _PERSONS.c.birth_year,
    _PERSONS.c.sex,
    _PERSONS.c.nationality,
    _PERSONS.c.relation,
    _PERSONS.c.languages,
    _PERSONS.c.occupation,
    _PERSONS.c.education,
)


def shown_to_municipality(case: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[Any]:
    """What a distribution shows, frozen with it: who they are, what they need, when they come.

    Computed by the database, for one case or thousands; `case` has `id` and SHOWN_OF_CASE.
    """
    person = (
        select(*_SHOWN_OF_PERSON)
        .where(_PERSONS.c.case_id == case.id, _PERSONS.c.left_on.is_(None))
        .order_by(_PERSONS.c.position)
        .correlate_except(_PERSONS)
        .subquery("person")
    )
    persons = select(func.jsonb_agg(func.to_jsonb(person.table_valued()))).scalar_subquery()
    return _object(
        {
            "group": case.case_group,
            "departure_country": case.departure_country,
            "needs": case.needs,
            "entry_status": case.entry_status,
            "earliest_arrival_on": case.entry_from_on,
            "permit_expires_on": case.permit_expires_on,
            "persons": func.coalesce(persons, literal_column("'[]'::jsonb")),
        }
    )


def _object(values: dict[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    parts = (part for key, value in values.items() for part in (literal_column(f"'{key}'"), value))
    return func.jsonb_build_object(*parts, type_=JSONB)
