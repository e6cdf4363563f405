"""What the database itself shows each role, whatever a query asks for."""

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from tests.accommodation import an_object, an_offer, as_in_the_database
from tests.swedish import NOW, agency, board, coordinator, sweden, writer
from workflow.accommodation.models import (
    AccommodationObject,
    AccommodationOffer,
    Inventory,
    LocationWeights,
)
from workflow.accommodation.states import AccommodationKind
from workflow.kernel.actor import Actor, Role

AUDITOR, ADMINISTRATOR = Actor("Rut", Role.AUDITOR), Actor("Adam", Role.ADMINISTRATOR)


def here_and_there(session: Session) -> dict[str, int]:
    """Two objects in Karlstad, one of them the municipality's own, and one in Örebro."""
    ids = sweden(session)
    an_offer(session, an_object(session, "1780"))
    an_offer(session, an_object(session, "1780"), kind=AccommodationKind.MUNICIPAL_AGREEMENT)
    an_offer(session, an_object(session, "1880"), kind=AccommodationKind.MUNICIPAL_AGREEMENT)
    return ids


def counted(session: Session, model, actor: Actor) -> int:
    with as_in_the_database(session, actor):
        return session.scalar(select(func.count()).select_from(model))


def test_each_role_sees_its_own_objects_and_offers(session: Session):
    ids = here_and_there(session)
    expected = {
        agency(): (3, 3),
        AUDITOR: (3, 3),
        coordinator(): (3, 0),
        board("17"): (2, 0),
        board("18"): (1, 0),
        writer(ids["1780"]): (2, 1),
        writer(ids["1784"]): (0, 0),
        ADMINISTRATOR: (0, 0),
    }

    seen = {
        actor: (
            counted(session, AccommodationObject, actor),
            counted(session, AccommodationOffer, actor),
        )
        for actor in expected
    }

    assert seen == expected


@pytest.mark.parametrize("model", [AccommodationObject, AccommodationOffer, LocationWeights])
@pytest.mark.parametrize(
    "actor", [board("17"), coordinator(), AUDITOR, writer(1)], ids=lambda actor: actor.role
)
def test_nobody_but_migrationsverket_changes_what_is_acquired(session: Session, model, actor):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        as_in_the_database(session, actor),
    ):
        session.execute(update(model).values(actor="somebody"))


def test_a_board_takes_in_its_own_countys_inventory_and_no_others(session: Session):
    def take_in(county: str):
        row = {"source": "x", "day": NOW.date(), "sha256": "0" * 64, "at": NOW, "actor": "x"}
        with as_in_the_database(session, board("17")):
            session.execute(insert(Inventory).values(county=county, **row))

    take_in("17")

    with pytest.raises(ProgrammingError, match="row-level security"):
        take_in("18")
    assert counted(session, Inventory, board("17")) == 1
    assert counted(session, Inventory, board("18")) == 0
