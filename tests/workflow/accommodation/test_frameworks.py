"""A framework holds places ready; what is called off from it counts."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from tests.accommodation import (
    FROM,
    LAST,
    LONG,
    a_framework,
    an_object,
    called_off,
    conditions,
    new_places,
    signed,
)
from tests.swedish import NOW, TODAY, agency, board, decided, sweden, writer
from workflow.accommodation import ending, frameworks
from workflow.accommodation.errors import (
    ContractIsOver,
    FrameworkExhausted,
    NoFramework,
    NotTheBuyer,
    ObjectFull,
    PastTheTarget,
    PlacesInsideNotice,
)
from workflow.accommodation.signed import call_off, contract
from workflow.accommodation.standing import standing
from workflow.kernel.errors import Invalid, NotFound


def procured(session: Session, on=FROM):
    return standing(session, on.year, on=on, actor=agency()).country.procured


def test_nothing_of_a_framework_counts_until_it_is_called_off(session: Session):
    made = a_framework(session, beds=80)
    assert procured(session) == 0

    drawn = called_off(session, made, "1780", 30)

    assert procured(session) == 30
    seen = call_off(session, drawn, actor=agency())
    assert (seen.price_ore, seen.framework, seen.supplier) == (30_000, True, "Stugbyn AB")


def test_a_call_off_may_be_cheaper_than_the_framework_and_never_dearer(session: Session):
    made, places = a_framework(session), new_places(session)

    with pytest.raises(Invalid):
        frameworks.call_off(session, made, places, price_ore=30_001, actor=agency(), at=NOW)
    drawn = frameworks.call_off(session, made, places, price_ore=25_000, actor=agency(), at=NOW)

    assert call_off(session, drawn, actor=agency()).price_ore == 25_000


def test_no_more_is_called_off_than_a_framework_holds_at_a_time(session: Session):
    made = a_framework(session, beds=50)
    called_off(session, made, "1780", 30)

    with pytest.raises(FrameworkExhausted) as refused:
        called_off(session, made, "1784", 21)
    called_off(session, made, "1784", 20)
    called_off(session, made, "1784", 50, starts_on=LAST + timedelta(days=1), **LONG)

    told = {"beds": 50, "starts_on": FROM, "ends_on": LONG["ends_on"], "taken": 30}
    assert refused.value.facts == told


@pytest.mark.parametrize(
    "time",
    [
        {"starts_on": FROM - timedelta(days=1)},
        {"ends_on": LONG["ends_on"] + timedelta(days=1)},
    ],
)
def test_a_call_off_is_inside_the_frameworks_time(session: Session, time):
    made = a_framework(session)

    with pytest.raises(FrameworkExhausted):
        called_off(session, made, **time)


def test_a_framework_of_a_county_or_a_municipality_is_called_off_there(session: Session):
    ids = sweden(session)
    county = a_framework(session, county="17")
    own = a_framework(session, municipality_id=ids["1784"])

    with pytest.raises(Invalid):
        called_off(session, county, "1880")
    with pytest.raises(Invalid):
        called_off(session, own, "1780")
    called_off(session, county, "1780", 5)
    called_off(session, own, "1784", 5)
    called_off(session, a_framework(session), "1880", 5)

    assert contract(session, own, actor=agency()).county == "17"
    assert procured(session) == 15


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"county": "99"}, "/county"),
        ({"county": "18", "municipality_id": "1780"}, "/municipality_number"),
        ({"municipality_id": 2_000_000_000}, "/municipality_number"),
        ({"beds": 0}, "/beds"),
        ({"ends_on": FROM - timedelta(days=1)}, "/ends_on"),
        ({"conditions": conditions(supplier="")}, "/supplier"),
    ],
)
def test_a_framework_that_cannot_be_is_refused_where_it_is_wrong(session, wrong, pointer):
    if wrong.get("municipality_id") == "1780":
        wrong = wrong | {"municipality_id": sweden(session)["1780"]}

    with pytest.raises(Invalid) as refused:
        a_framework(session, **wrong)

    assert refused.value.pointer == pointer


def test_only_from_a_framework_that_is_there_and_by_migrationsverket(session: Session):
    plain, made = signed(session), a_framework(session)
    places = new_places(session)

    with pytest.raises(NoFramework):
        called_off(session, plain)
    with pytest.raises(NotFound):
        called_off(session, uuid4())
    for actor in (board(), writer(sweden(session)["1780"])):
        with pytest.raises(NotTheBuyer):
            frameworks.call_off(session, made, places, actor=actor, at=NOW)


def test_a_call_off_meets_the_same_object_notice_and_number_as_any_contract(session: Session):
    decided(session)
    made, here = a_framework(session, starts_on=TODAY), an_object(session, beds=40)
    signed(session, beds=30, object_id=here)

    with pytest.raises(ObjectFull):
        called_off(session, made, beds=11, object_id=here)
    with pytest.raises(PlacesInsideNotice):
        called_off(session, made, beds=1, starts_on=TODAY)
    with pytest.raises(PastTheTarget):
        called_off(session, made, "1782", 1)


def test_from_what_has_ended_nothing_is_called_off(session: Session):
    made = a_framework(session)
    ending.end(session, made, FROM, reason="Hävt", actor=agency(), at=NOW)

    with pytest.raises(ContractIsOver):
        called_off(session, made, starts_on=FROM + timedelta(days=1))
    with pytest.raises(FrameworkExhausted):
        called_off(session, made)
