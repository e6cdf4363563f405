"""All that is kept about one person, as a machine reads it (GDPR art. 15 and 20).

Made of the register, row by row and column by column, so nothing that stands there is left out.
Another person's row of the household is not among it.
"""

import base64
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from workflow.cases.folders import open_folder
from workflow.cases.models import Case, Person
from workflow.cases.queries import visible
from workflow.cases.states import Purpose
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.db import Base
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.weeks import Week
from workflow.privacy.erasing import rows_of_case
from workflow.privacy.register import PERSONAL, Reach

#: Who hands it out.
EXPORTS = DIRECTORATE | {Role.SYSTEM}


def of_person(session: Session, person_id: UUID, *, actor: Actor, at: datetime) -> dict[str, Any]:
    """By table, every row about the person with every column; that it was read is on record.

    Raises:
        NotAllowed: IMDi hands it out. NotFound: no such person in a case of the actor's.
        PurposeMissing: never; the purpose is the person's own access.
    """
    if actor.role not in EXPORTS:
        raise NotAllowed("what is kept about a person is handed out by IMDi", role=actor.role)
    case_id = session.scalar(
        select(Person.case_id)
        .join(Case, Case.id == Person.case_id)
        .where(Person.id == person_id, visible(actor))
    )
    if case_id is None:
        raise NotFound("person")
    open_folder(session, case_id, purpose=Purpose.ACCESS_REQUEST, actor=actor, at=at)
    tables: dict[str, Any] = {}
    for kept in PERSONAL:
        table = Base.metadata.tables[kept.table]
        about: ColumnElement[bool] = rows_of_case(kept, table, case_id)
        if kept.reach is Reach.PERSON:
            about = and_(about, table.c.id == person_id)
        elif kept.reach is Reach.OF_PERSON:
            about = and_(about, table.c.person_id == person_id)
        rows = session.execute(select(table).where(about).order_by(*table.primary_key.columns))
        tables[kept.table] = {
            "what": kept.what,
            "rows": [
                {name: _as_json(value) for name, value in row._mapping.items()}  # noqa: SLF001  its public name
                for row in rows
            ],
        }
    return {
        "person_id": str(person_id),
        "case_id": str(case_id),
        "at": at.isoformat(),
        "tables": tables,
    }


def _as_json(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case UUID() | Week() | StrEnum() | Decimal():
            return str(value)
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                return base64.b64encode(value).decode()
        case _:
            return value
