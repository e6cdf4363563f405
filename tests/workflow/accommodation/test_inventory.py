"""The county boards' inventory: each line kept, and used or rejected and why."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.accommodation import INVENTORY, a_line, an_inventory, an_object, as_in_the_database
from tests.swedish import NOW, agency, board, coordinator, sweden, writer
from workflow.accommodation import inventory, objects
from workflow.accommodation.errors import (
    InventoryKnown,
    InventoryUnusable,
    NotTheBuyer,
    RowDecided,
    RowHasNoPlace,
)
from workflow.accommodation.inventory import NewInventory
from workflow.accommodation.inventory_lines import COLUMNS, OPTIONAL, proposed, read
from workflow.accommodation.states import Nearby, OwnerKind, RowState
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing
from workflow.municipalities.sweden import Place

HERE = Place(1, "1780", "Karlstad")


def take_in(session: Session, actor, county: str = "17", file: str = INVENTORY, **other) -> int:
    new = NewInventory(**{"county": county, "source": "Lst", "day": date(2022, 3, 25)} | other)
    return inventory.take_in(session, new, file.encode(), actor=actor, at=NOW)


def test_every_line_is_kept_public_owners_first_with_what_it_says(session: Session):
    made = an_inventory(session)

    rows = inventory.rows(session, made, actor=agency())

    assert [(one.line, one.says.name) for one in rows] == [
        *((3, "Gamla skolan"), (6, "I ett annat län"), (4, "Regementet")),
        *((2, "Pensionatet"), (5, "Campingen")),
    ]
    problems = {one.line: one.says.problems for one in rows}
    assert problems == {2: (), 3: (), 4: (), 5: ("standard", "beds"), 6: ("municipality",)}
    assert {one.state for one in rows} == {RowState.WAITING}
    seen = inventory.inventory(session, made, actor=agency())
    assert (seen.county_name, dict(seen.lines)) == ("Värmlands län", {RowState.WAITING: 5})


def test_a_used_line_is_an_object_that_says_where_it_is_known_from(session: Session):
    made = an_inventory(session)
    line = next(one for one in inventory.rows(session, made, actor=agency()) if one.line == 2)

    object_id = inventory.use(session, line.id, actor=agency(), at=NOW)

    house = objects.one(session, object_id, actor=agency(), at=NOW)
    assert (house.name, house.beds, house.owner) == ("Pensionatet", 24, OwnerKind.PRIVATE)
    assert house.provenance == "Länsstyrelsen, 2022-03-25: 2"
    assert house.distances[Nearby.TRANSIT].metres == 900
    used = inventory.row(session, line.id, actor=agency())
    assert (used.state, used.object_id) == (RowState.USED, object_id)
    assert (used.decided_by, used.decided_at) == (agency().name, NOW)
    for again in (
        lambda: inventory.use(session, line.id, actor=agency(), at=NOW),
        lambda: inventory.reject(session, line.id, reason="Nej", actor=agency(), at=NOW),
    ):
        with pytest.raises(RowDecided):
            again()


def test_a_line_can_be_an_object_that_is_there_in_its_municipality(session: Session):
    there, elsewhere = an_object(session), an_object(session, "1784")
    line = a_line(session)

    with pytest.raises(Invalid):
        inventory.use(session, line, object_id=elsewhere, actor=agency(), at=NOW)
    assert inventory.use(session, line, object_id=there, actor=agency(), at=NOW) == there


def test_a_line_that_says_too_little_is_rejected_and_why_is_kept(session: Session):
    made = an_inventory(session)
    tents = next(one for one in inventory.rows(session, made, actor=agency()) if one.line == 5)

    with pytest.raises(RowHasNoPlace) as refusal:
        inventory.use(session, tents.id, actor=agency(), at=NOW)
    assert refusal.value.facts["problems"] == "standard, beds"
    with pytest.raises(ReasonMissing):
        inventory.reject(session, tents.id, reason="", actor=agency(), at=NOW)
    inventory.reject(session, tents.id, reason="Inga tält", actor=agency(), at=NOW)

    (told,) = inventory.rows(session, made, state=RowState.REJECTED, actor=agency())
    assert (told.id, told.reason) == (tents.id, "Inga tält")


def test_a_board_takes_in_its_own_and_decides_nothing(session: Session):
    sweden(session)

    with as_in_the_database(session, board()):
        made = take_in(session, board())
        (line, *_) = inventory.rows(session, made, actor=board())
    for who in (board(), coordinator(), writer(sweden(session)["1780"])):
        with pytest.raises(NotTheBuyer):
            take_in(session, who, "18")
        with pytest.raises(NotTheBuyer):
            inventory.use(session, line.id, actor=who, at=NOW)
    with pytest.raises(NotFound):
        inventory.inventory(session, made, actor=board("18"))
    assert inventory.inventories(session, actor=writer(sweden(session)["1780"])) == []
    assert [one.id for one in inventory.inventories(session, actor=coordinator())] == [made]


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"file": "municipality,name"}, InventoryUnusable),
        ({"file": "municipality,name,owner,standard,beds\n1780,Huset"}, InventoryUnusable),
        ({"day": NOW.date() + timedelta(2)}, Invalid),
        ({"source": ""}, Invalid),
        ({"county": "02"}, Invalid),
        ({}, InventoryKnown),
    ],
)
def test_what_cannot_be_taken_in_is_not(session: Session, other, error):
    made = take_in(session, agency(), file=INVENTORY) if error is InventoryKnown else None
    sweden(session)

    with pytest.raises(error):
        take_in(session, agency(), **other)

    known = [made] if made else []
    assert [one.id for one in inventory.inventories(session, actor=agency())] == known


def test_semicolons_part_as_well_as_commas():
    rows, rejected = read(INVENTORY.replace(",", ";").encode())

    assert (len(rows), rejected) == (5, [])


@given(
    st.fixed_dictionaries(
        {
            column: st.text(max_size=12) | st.sampled_from(["1780", "house", "40"])
            for column in COLUMNS
        },
        optional={column: st.text(max_size=7) | st.just("7") for column in OPTIONAL},
    )
)
def test_what_a_line_says_is_read_or_named_as_a_problem(fields):
    says = proposed(fields, {"1780": HERE}, "17")

    told = {"municipality": says.municipality, "owner": says.owner, "standard": says.standard}
    for column, value in {**told, "beds": says.beds, "name": says.name or None}.items():
        assert (column in says.problems) == (value is None)
    assert set(says.problems) <= fields.keys()
