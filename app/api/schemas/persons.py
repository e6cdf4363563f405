"""A person's own access: who opened the folder, and all that is kept."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.schemas.fields import Answer
from workflow.cases.states import Purpose
from workflow.kernel.actor import Role


class OpeningOut(Answer):
    """Somebody saw who the people of the case are; once an hour for each reader and purpose."""

    at: datetime
    actor: str
    actor_role: Role
    municipality: Annotated[str | None, Field(description="Whose office the reader acts for.")]
    reception_centre: str | None
    purpose: Purpose
    stated: Annotated[bool, Field(description="False: it follows from the reader's role.")]


class TableOut(Answer):
    """The rows of one table that are about the person, with every column."""

    what: str
    rows: list[dict[str, Any]]


class EverythingOut(Answer):
    """All that is kept about one person, by table."""

    person_id: UUID
    case_id: UUID
    at: datetime
    tables: dict[str, TableOut]
