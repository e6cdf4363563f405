"""What the database itself shows each role, whatever a query asks for."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from tests.accommodation import (
    FROM,
    LAST,
    a_framework,
    an_object,
    an_offer,
    as_in_the_database,
    called_off,
    signed,
)
from tests.swedish import NOW, agency, board, coordinator, sweden, writer
from workflow.accommodation.models import (
    AccommodationContract,
    AccommodationObject,
    AccommodationOffer,
    CallOff,
    Inventory,
    LocationWeights,
)
from workflow.accommodation.signed import call_off, call_offs, contract, contracts
from workflow.accommodation.states import AccommodationKind
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotFound

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


def test_each_role_sees_its_own_contracts_and_call_offs_and_the_frameworks_they_are_from(
    session: Session,
):
    ids = sweden(session)
    signed(session, "1780")
    signed(session, "1880")
    a_framework(session, county="17")
    called_off(session, a_framework(session), "1784")
    a_framework(session)
    expected = {
        agency(): (5, 3),
        AUDITOR: (5, 3),
        coordinator(): (5, 3),
        board("17"): (3, 2),
        board("18"): (1, 1),
        writer(ids["1780"]): (1, 1),
        writer(ids["1784"]): (1, 1),
        writer(ids["1760"]): (0, 0),
        ADMINISTRATOR: (0, 0),
    }

    of_queries = {
        actor: (len(contracts(session, actor=actor)), len(call_offs(session, actor=actor)))
        for actor in expected
    }
    of_the_database = {
        actor: (counted(session, AccommodationContract, actor), counted(session, CallOff, actor))
        for actor in expected
    }

    assert of_queries == expected
    assert of_the_database == expected


def test_who_has_no_part_in_it_finds_no_contract(session: Session):
    made = signed(session, "1780")
    (one,) = call_offs(session, contract_id=made, actor=agency())

    for actor in (board("18"), writer(sweden(session)["1784"])):
        with pytest.raises(NotFound):
            contract(session, made, actor=actor)
        with pytest.raises(NotFound):
            call_off(session, one.id, actor=actor)


def test_contracts_are_chosen_by_where_their_places_are(session: Session):
    here, everywhere = signed(session, "1780"), a_framework(session)
    called_off(session, everywhere, "1880")

    def chosen(**by):
        return {one.id for one in contracts(session, actor=agency(), **by)}

    assert chosen(county="17") == {here}
    assert chosen(county="18") == {everywhere}
    assert chosen(municipality_id=sweden(session)["1880"]) == {everywhere}


def test_call_offs_are_chosen_by_time_and_place(session: Session):
    signed(session, "1780", ends_on=FROM)
    signed(session, "1784", starts_on=LAST)

    def chosen(*time, **by):
        found = call_offs(session, *time, actor=agency(), **by)
        return [one.municipality.number for one in found]

    assert chosen() == ["1780", "1784"]
    assert chosen(FROM, FROM) == ["1780"]
    assert chosen(FROM + timedelta(days=1)) == ["1784"]
    assert chosen(municipality_id=sweden(session)["1784"]) == ["1784"]


@pytest.mark.parametrize(
    "model", [CallOff, AccommodationObject, AccommodationOffer, LocationWeights]
)
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
