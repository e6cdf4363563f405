"""Who decides, and whose numbers an actor reads in full; the others' are read as published."""

from typing import Any, Final

from sqlalchemy import ColumnElement, false, or_, true

from workflow.allocation.errors import NotThisRole
from workflow.kernel.actor import Actor, Role

DECIDES: Final = frozenset({Role.MIGRATION_OFFICER, Role.SYSTEM})
#: The coordinating county board reads every county's (Ju2022/01220).
READS_ALL: Final = DECIDES | {Role.COUNTY_COORDINATOR, Role.AUDITOR}


def only_the_agency(actor: Actor) -> None:
    """Raises NotThisRole unless Migrationsverket acts."""
    if actor.role not in DECIDES:
        raise NotThisRole("keys and targets are Migrationsverket's to decide", role=actor.role)


def in_full(model: Any, actor: Actor) -> ColumnElement[bool]:
    """The rows of municipalities that the actor reads as they are."""
    if actor.role in READS_ALL:
        return true()
    if actor.county is not None:
        return or_(false(), model.county == actor.county)
    if actor.municipality_id is not None:
        return or_(false(), model.municipality_id == actor.municipality_id)
    return false()
