"""Who acquires, and who reads what: what is offered is secret until it is decided."""

from typing import Final

from sqlalchemy import ColumnElement, and_, false, true

from workflow.accommodation.errors import NotTheBuyer
from workflow.accommodation.models import AccommodationOffer
from workflow.accommodation.states import AccommodationKind
from workflow.allocation.access import DECIDES
from workflow.kernel.actor import COUNTY, Actor, Role

#: A board takes in its own county's inventory.
TAKES_IN: Final = DECIDES | COUNTY
READS_OFFERS: Final = DECIDES | {Role.AUDITOR}


def only_the_buyer(actor: Actor) -> None:
    """Raises NotTheBuyer unless Migrationsverket acts."""
    if actor.role not in DECIDES:
        raise NotTheBuyer("accommodation is Migrationsverket's to acquire", role=actor.role)


def offers_of(actor: Actor) -> ColumnElement[bool]:
    """All of them, or a municipality's own agreement."""
    if actor.role in READS_OFFERS:
        return true()
    if actor.municipality_id is not None:
        return and_(
            AccommodationOffer.kind == AccommodationKind.MUNICIPAL_AGREEMENT,
            AccommodationOffer.municipality_id == actor.municipality_id,
        )
    return false()


def offers_read_by(actor: Actor) -> bool:
    """Whether there are offers somebody may read, its own or all."""
    return actor.role in READS_OFFERS or actor.municipality_id is not None
