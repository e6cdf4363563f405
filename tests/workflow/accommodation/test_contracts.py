"""Contracts: on an offer or as agreed; what stands in their way, and what takes a word of why."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from tests.accommodation import (
    FROM,
    LAST,
    an_object,
    an_offer,
    conditions,
    drawn,
    new_places,
    signed,
)
from tests.swedish import (
    NOW,
    TODAY,
    VARMLAND,
    YEAR,
    agency,
    board,
    coordinator,
    counted,
    decided,
    sweden,
    writer,
)
from workflow.accommodation import contracts, offers
from workflow.accommodation.contracts import Acceptance, NewContract
from workflow.accommodation.errors import (
    MoreThanTheObject,
    NotTheBuyer,
    ObjectFull,
    OfferIsOver,
    PastTheTarget,
    PlacesInsideNotice,
    UnderFull,
)
from workflow.accommodation.signed import call_offs, contract
from workflow.accommodation.standing import standing
from workflow.accommodation.states import AccommodationKind, Meals, OfferState, Term
from workflow.allocation import excess, terms
from workflow.allocation.fulfilment import fulfilment
from workflow.kernel.errors import Invalid, NotFound, Stale


def accept(session: Session, offer_id, *, version=None, actor=None, **how):
    said = Acceptance(**{"starts_on": FROM} | how)
    return contracts.accept(
        session, offer_id, said, version=version, actor=actor or agency(), at=NOW
    )


def procured(session: Session, number="1780", on=FROM):
    return standing(session, on.year, on=on, actor=agency()).of(sweden(session)[number])


def test_an_accepted_offer_is_a_contract_of_its_terms_and_its_places_count(session: Session):
    made = an_offer(session, an_object(session), beds=30, reference="6.2-2022-1")

    signed_on = contract(session, accept(session, made), actor=agency())

    assert (signed_on.kind, signed_on.supplier) == (AccommodationKind.PROCURED, "Hotell AB")
    assert (signed_on.price_ore, signed_on.meals) == (34_700, Meals.INCLUDED)
    assert (signed_on.beds, signed_on.reference) == (30, "6.2-2022-1")
    assert (signed_on.starts_on, signed_on.ends_on) == (FROM, LAST)
    assert offers.offer(session, made, actor=agency(), at=NOW).state is OfferState.ACCEPTED
    (line,) = call_offs(session, contract_id=signed_on.id, actor=agency())
    assert (line.beds, line.object_name, line.told_on) == (30, "Vandrarhemmet", TODAY)
    assert procured(session).procured == 30
    assert procured(session, on=LAST + timedelta(days=1)).procured == 0


def test_an_offer_is_accepted_in_part_and_only_while_it_is_there(session: Session):
    until = date(2022, 9, 30)
    made = an_offer(session, an_object(session), available_until=until, term=Term.ONE_YEAR)

    for wrong in (
        {"beds": 31},
        {"beds": 0},
        {"starts_on": FROM - timedelta(days=1)},
        {"ends_on": until + timedelta(days=1)},
        {"starts_on": until + timedelta(days=1)},
    ):
        with pytest.raises(Invalid):
            accept(session, made, **wrong)
    part = contract(session, accept(session, made, beds=12), actor=agency())

    assert (part.beds, part.ends_on) == (12, until)


def test_an_offer_is_accepted_once_and_as_it_was_read(session: Session):
    made = an_offer(session, an_object(session))
    with pytest.raises(Stale):
        accept(session, made, version=2)
    with pytest.raises(NotFound):
        accept(session, uuid4())

    accept(session, made, version=1)

    with pytest.raises(OfferIsOver):
        accept(session, made, beds=1)


def test_an_agreement_with_a_municipality_needs_no_object(session: Session):
    decided(session)
    made = signed(session, beds=57)

    stand = procured(session)
    assert (stand.target, stand.procured, stand.remaining) == (227, 57, 170)
    assert stand.share == pytest.approx(57 / 227)
    assert contract(session, made, actor=agency()).municipality.number == "1780"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"beds": 0}, "/beds"),
        ({"ends_on": FROM - timedelta(days=1)}, "/ends_on"),
        ({"ends_on": FROM.replace(year=2060)}, "/ends_on"),
        ({"municipality_id": 2_000_000_000}, "/municipality_number"),
        ({"object_id": uuid4()}, "/object_id"),
        ({"under_id": uuid4()}, "/under_id"),
        ({"told_on": TODAY + timedelta(days=1)}, "/told_on"),
    ],
)
def test_places_that_cannot_be_are_refused_where_they_are_wrong(session: Session, wrong, pointer):
    with pytest.raises(Invalid) as refused:
        signed(session, **wrong)

    assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"supplier": ""}, "/supplier"),
        ({"price_ore": -1}, "/price_ore"),
        ({"meals": Meals.WHEN_NEEDED}, "/meal_ore"),
    ],
)
def test_conditions_that_cannot_be_are_refused(session: Session, wrong, pointer):
    new = NewContract(conditions(**wrong), new_places(session))

    with pytest.raises(Invalid) as refused:
        contracts.sign(session, new, actor=agency(), at=NOW)

    assert refused.value.pointer == pointer


def test_only_migrationsverket_signs(session: Session):
    made = an_offer(session, an_object(session))
    new = NewContract(conditions(), new_places(session))

    for actor in (board(), coordinator(), writer(sweden(session)["1780"])):
        with pytest.raises(NotTheBuyer):
            accept(session, made, actor=actor)
        with pytest.raises(NotTheBuyer):
            contracts.sign(session, new, actor=actor, at=NOW)


def test_an_objects_beds_are_contracted_once_at_a_time(session: Session):
    here = an_object(session, beds=40)
    signed(session, beds=30, object_id=here)

    with pytest.raises(MoreThanTheObject):
        signed(session, beds=41, object_id=here)
    with pytest.raises(ObjectFull) as refused:
        signed(session, beds=11, object_id=here, starts_on=LAST)
    signed(session, beds=10, object_id=here)
    signed(session, beds=40, object_id=here, starts_on=LAST + timedelta(days=1), ends_on=NEXT)

    assert refused.value.facts == {"beds": 40, "taken": 30}
    assert procured(session).procured == 40
    with pytest.raises(Invalid):
        signed(session, "1784", object_id=here)


NEXT = date(2023, 6, 30)


def test_places_among_others_are_counted_with_them_and_by_themselves_when_those_end(
    session: Session,
):
    agreement = drawn(session, signed(session, beds=50))
    here = an_object(session, beds=40)

    signed(session, beds=30, object_id=here, under_id=agreement, ends_on=NEXT)

    assert procured(session, on=LAST).procured == 50
    assert procured(session, on=NEXT).procured == 30


def test_places_are_among_no_more_than_there_are_in_the_same_municipality_and_object(
    session: Session,
):
    agreement = drawn(session, signed(session, beds=50))
    among = drawn(session, signed(session, beds=30, under_id=agreement))
    here, there = an_object(session), an_object(session)
    of_here = drawn(session, signed(session, beds=10, object_id=here))

    with pytest.raises(UnderFull) as refused:
        signed(session, beds=21, under_id=agreement)
    for wrong in (
        {"number": "1784", "under_id": agreement},
        {"under_id": among},
        {"under_id": of_here, "object_id": there},
    ):
        with pytest.raises(Invalid):
            signed(session, beds=1, **wrong)
    signed(session, beds=20, under_id=agreement)
    # When those it is among have ended there are none to be among.
    signed(session, beds=90, under_id=agreement, starts_on=LAST + timedelta(1), ends_on=NEXT)

    assert refused.value.facts == {"beds": 50, "taken": 30}


def test_new_places_inside_the_notice_period_take_a_reason(session: Session):
    decided(session)
    early = TODAY + timedelta(days=27)
    with pytest.raises(PlacesInsideNotice) as refused:
        signed(session, starts_on=early)

    made = drawn(session, signed(session, starts_on=early, notice_reason="Tältet brann"))
    in_time = drawn(session, signed(session, starts_on=early + timedelta(1), notice_reason="x"))
    told = drawn(session, signed(session, starts_on=TODAY, told_on=TODAY - timedelta(days=28)))

    assert refused.value.facts == {
        "municipality": "Karlstad",
        "earliest": early + timedelta(days=1),
    }
    reasons = {one.id: one.notice_reason for one in call_offs(session, actor=agency())}
    assert reasons == {made: "Tältet brann", in_time: None, told: None}


def test_a_municipalitys_own_notice_holds_and_places_among_others_are_not_new(session: Session):
    terms.set_notice(session, sweden(session)["1780"], 31, actor=agency(), at=NOW)
    with pytest.raises(PlacesInsideNotice):
        signed(session)

    agreement = drawn(session, signed(session, starts_on=TODAY + timedelta(days=31)))

    starts = {"starts_on": TODAY + timedelta(days=31), "told_on": TODAY}
    terms.set_notice(session, sweden(session)["1780"], 90, actor=agency(), at=NOW)
    signed(session, beds=5, under_id=agreement, **starts)


def test_a_contract_past_the_number_takes_a_reason_that_is_kept_with_it(session: Session):
    decided(session)
    signed(session, "1764", beds=15)
    with pytest.raises(PastTheTarget) as refused:
        signed(session, "1764", beds=5)

    made = signed(session, "1764", beds=5, excess_reason="Hela huset hyrs ut")

    assert refused.value.facts == {
        "municipality": "Grums",
        "year": YEAR,
        "target": VARMLAND["1764"],
        "procured": 20,
    }
    said = excess.said_of(session, excess.of_agreement(made), actor=agency())
    assert {year: (one.persons, one.reason) for year, one in said.items()} == {
        YEAR: (3, "Hela huset hyrs ut")
    }
    stand = procured(session, "1764")
    assert (stand.past, stand.remaining) == (3, 0)


def test_the_reason_of_a_contract_does_not_explain_the_people_counted(session: Session):
    decided(session)
    signed(session, "1782", beds=5, excess_reason="Filipstad vill")
    counted(session, {"1782": 2})

    rows = fulfilment(session, YEAR, actor=agency()).municipalities

    assert next(one.excess for one in rows if one.municipality.number == "1782") is None


def test_each_year_of_a_long_contract_has_its_number_and_a_year_without_one_is_not_gone_past(
    session: Session,
):
    decided(session, {"1780": 20, "1784": 20})
    decided(session, {"1780": 10}, year=YEAR + 1)
    long = {"beds": 15, "ends_on": date(2025, 6, 30)}

    signed(session, "1784", **long)
    made = signed(session, excess_reason="Treårigt", **long)

    said = excess.said_of(session, excess.of_agreement(made), actor=agency())
    assert {year: one.persons for year, one in said.items()} == {YEAR + 1: 5}


def test_what_is_refused_leaves_nothing(session: Session):
    decided(session)
    made = an_offer(session, an_object(session, "1782"))

    with pytest.raises(PastTheTarget), session.begin_nested():
        accept(session, made)

    assert offers.offer(session, made, actor=agency(), at=NOW).state is OfferState.OPEN
    assert call_offs(session, actor=agency()) == []
