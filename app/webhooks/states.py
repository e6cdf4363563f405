"""Words of webhooks."""

from enum import StrEnum
from typing import Final

from workflow.kernel.actor import Role


class Scope(StrEnum):
    """Whose events a webhook is told: its owner's."""

    MUNICIPALITY = "municipality"
    IMDI = "imdi"
    UDI = "udi"
    RECEPTION_CENTRE = "reception_centre"
    #: Sweden's: Migrationsverket, a county's board, and the one that coordinates them.
    AGENCY = "agency"
    COUNTY = "county"
    COORDINATOR = "coordinator"


class DeliveryState(StrEnum):
    PENDING = "pending"
    #: Not taken; it is tried again.
    FAILED = "failed"
    DELIVERED = "delivered"
    #: Given up; it waits for a person.
    DEAD = "dead"


class Off(StrEnum):
    """Why a webhook is off."""

    PERSON = "person"
    #: The receiver answered 410.
    GONE = "gone"


class Fault(StrEnum):
    """Why an attempt came to nothing."""

    #: The receiver answered, but not with 2xx.
    STATUS = "status"
    AWAY = "away"
    SLOW = "slow"
    LONG = "long"
    #: The address is not one we go to: it is not public, or no name anybody knows.
    ADDRESS = "address"
    #: The secret was sealed with a key we no longer have: it has to be made anew.
    SECRET = "secret"  # noqa: S105  what is wrong, none itself
    #: The case has a protected address by now: nobody is told of it.
    WITHHELD = "withheld"
    #: The webhook was turned off.
    OFF = "off"


#: Not settled yet.
OPEN: Final = (DeliveryState.PENDING, DeliveryState.FAILED)
#: Who has webhooks, and whose events they are told.
SCOPE_OF: Final = {
    Role.MUNICIPALITY_ADMINISTRATOR: Scope.MUNICIPALITY,
    Role.LEAD: Scope.IMDI,
    Role.TRAVEL_OFFICER: Scope.UDI,
    Role.RECEPTION_CENTRE: Scope.RECEPTION_CENTRE,
    Role.MIGRATION_OFFICER: Scope.AGENCY,
    Role.COUNTY_BOARD: Scope.COUNTY,
    Role.COUNTY_COORDINATOR: Scope.COORDINATOR,
}
