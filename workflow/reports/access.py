"""Who makes, signs, coordinates and reads reports."""

from typing import Any, Final

from sqlalchemy import ColumnElement, false, or_, true

from workflow.allocation.access import DECIDES, READS_ALL
from workflow.kernel.actor import COUNTY, Actor, Role
from workflow.reports.errors import NotTheirReport

#: A municipality has no part in them.
READERS: Final = READS_ALL | COUNTY
COORDINATES: Final = frozenset({Role.COUNTY_COORDINATOR})


def only_the_agency(actor: Actor) -> None:
    """Raises NotTheirReport."""
    if actor.role not in DECIDES:
        raise NotTheirReport("the report is Migrationsverket's", role=actor.role)


def visible(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.role in READERS else false()


def own_parts(model: Any, actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL:
        return true()
    return or_(false(), model.county == actor.county) if actor.county else false()
