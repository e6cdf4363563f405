"""As whom a transaction meets the database: the role it takes on, and whose rows are its own.

The application's login has no rights of its own. Each transaction begins by taking on the role of a
kind of actor, and tells by the settings `bosetting.*` who it is: the policies of the tables compare
with these. Both last until the transaction ends, so they pass through PgBouncer, and what nobody
stands behind reads nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Final

from psycopg import sql

from workflow.kernel.actor import DIRECTORATE, MUNICIPALITY, Actor, Role


class DatabaseRole(StrEnum):
    """The roles of migrations/roles.sql that a transaction may begin in."""

    #: The state's: IMDi in Norway, Migrationsverket in Sweden.
    DIRECTORATE = "bosetting_directorate"
    MUNICIPALITY = "bosetting_municipality"
    TRAVEL = "bosetting_travel"
    CENTRE = "bosetting_centre"
    #: A county board of Sweden, and the one that coordinates them.
    COUNTY = "bosetting_county"
    COORDINATOR = "bosetting_coordinator"
    AUDITOR = "bosetting_auditor"
    ADMINISTRATOR = "bosetting_administrator"
    SYSTEM = "bosetting_system"
    #: Who is not signed in: what is public.
    VISITOR = "bosetting_visitor"
    #: Who finds out who asks: users, sessions and tokens, and no case.
    DOORKEEPER = "bosetting_doorkeeper"


OF_ROLE: Final[dict[Role, DatabaseRole]] = {
    **dict.fromkeys(DIRECTORATE, DatabaseRole.DIRECTORATE),
    **dict.fromkeys(MUNICIPALITY, DatabaseRole.MUNICIPALITY),
    Role.TRAVEL_OFFICER: DatabaseRole.TRAVEL,
    Role.RECEPTION_CENTRE: DatabaseRole.CENTRE,
    Role.MIGRATION_OFFICER: DatabaseRole.DIRECTORATE,
    Role.COUNTY_BOARD: DatabaseRole.COUNTY,
    Role.COUNTY_COORDINATOR: DatabaseRole.COORDINATOR,
    Role.AUDITOR: DatabaseRole.AUDITOR,
    Role.ADMINISTRATOR: DatabaseRole.ADMINISTRATOR,
    Role.SYSTEM: DatabaseRole.SYSTEM,
}


@dataclass(frozen=True)
class Acting:
    """A role of the database and the settings that go with it; without a role, nobody."""

    role: DatabaseRole | None
    #: Names without `bosetting.`; what is not known is left out, and compares with nothing.
    settings: tuple[tuple[str, str], ...] = ()

    @cached_property
    def context(self) -> str:
        """One statement that lasts until the transaction ends; empty for nobody."""
        if self.role is None:
            return ""
        told = [("role", str(self.role))]
        told += [(f"bosetting.{name}", value) for name, value in self.settings]
        calls = sql.SQL(",").join(
            sql.SQL("set_config({},{},true)").format(sql.Literal(name), sql.Literal(value))
            for name, value in told
        )
        return sql.SQL("SELECT {}").format(calls).as_string(None)


#: Acting that is known when the transaction's first statement is.
Found = Callable[[], Acting]

NOBODY: Final = Acting(None)
VISITOR: Final = Acting(DatabaseRole.VISITOR, (("role", "visitor"),))
DOORKEEPER: Final = Acting(DatabaseRole.DOORKEEPER, (("role", "doorkeeper"),))
SYSTEM: Final = Acting(DatabaseRole.SYSTEM, (("role", "system"), ("actor", "system")))


@lru_cache(4096)
def acting_of(actor: Actor, holder: str | None = None) -> Acting:
    """As whom an actor's transactions run.

    Args:
        holder: whose idempotency keys are the actor's own.
    """
    told: dict[str, str | int | None] = {
        "role": str(actor.role),
        "municipality": actor.municipality_id,
        "centre": actor.reception_centre,
        "county": actor.county,
        "user": actor.user_id,
        "actor": actor.name,
        "holder": holder,
    }
    return Acting(
        OF_ROLE[actor.role],
        tuple((name, str(value)) for name, value in told.items() if value is not None),
    )
