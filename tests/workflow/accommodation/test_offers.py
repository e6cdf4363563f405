"""Offers: who reads them, what they may say, how they end."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from tests.accommodation import FROM, an_object, an_offer, new_offer
from tests.swedish import NOW, agency, board, coordinator, sweden, writer
from workflow.accommodation import offers
from workflow.accommodation.errors import MoreThanTheObject, NotTheBuyer, OfferIsOver
from workflow.accommodation.states import AccommodationKind, Meals, OfferState
from workflow.accommodation.terms import MOST_ORE
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale


def one(session: Session, offer_id, actor=None):
    return offers.offer(session, offer_id, actor=actor or agency(), at=NOW)


def end(session: Session, offer_id, state=OfferState.REJECTED, reason="Dyrt", actor=None, **how):
    offers.end(session, offer_id, state, reason=reason, actor=actor or agency(), at=NOW, **how)


def test_an_offer_is_read_with_its_object(session: Session):
    made = one(session, an_offer(session, an_object(session)))

    assert (made.beds, made.price_ore, made.state) == (30, 34_700, OfferState.OPEN)
    assert (made.municipality.number, made.object.points) == ("1780", 58)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"supplier": ""}, "/supplier"),
        ({"beds": 0}, "/beds"),
        ({"min_beds": 0}, "/min_beds"),
        ({"min_beds": 31}, "/min_beds"),
        ({"price_ore": -1}, "/price_ore"),
        ({"price_ore": MOST_ORE + 1}, "/price_ore"),
        ({"meals": Meals.WHEN_NEEDED}, "/meal_ore"),
        ({"meal_ore": 15_000}, "/meal_ore"),
        ({"meals": Meals.WHEN_NEEDED, "meal_ore": -1}, "/meal_ore"),
        ({"available_until": FROM - timedelta(days=1)}, "/available_until"),
    ],
)
def test_an_offer_that_cannot_be_is_refused_where_it_is_wrong(session: Session, wrong, pointer):
    here = an_object(session)

    with pytest.raises(Invalid) as refused:
        an_offer(session, here, **wrong)

    assert refused.value.pointer == pointer


def test_an_offer_is_of_an_object_there_is_and_of_no_more_beds_than_it_has(session: Session):
    with pytest.raises(Invalid):
        an_offer(session, uuid4())
    with pytest.raises(MoreThanTheObject):
        an_offer(session, an_object(session, beds=29))


def test_an_offer_is_rejected_or_withdrawn_once_and_why(session: Session):
    made = an_offer(session, an_object(session))
    with pytest.raises(ReasonMissing):
        end(session, made, reason=None)
    with pytest.raises(Invalid):
        end(session, made, OfferState.ACCEPTED)
    with pytest.raises(Stale):
        end(session, made, version=2)
    with pytest.raises(NotFound):
        end(session, uuid4())

    end(session, made, version=1)

    seen = one(session, made)
    assert (seen.state, seen.end_reason, seen.ended_at) == (OfferState.REJECTED, "Dyrt", NOW)
    with pytest.raises(OfferIsOver):
        end(session, made, OfferState.WITHDRAWN)
    assert offers.offers(session, actor=agency(), at=NOW) == []
    assert len(offers.offers(session, states=(), actor=agency(), at=NOW)) == 1


def test_offers_are_secret_but_to_the_buyer_the_auditor_and_a_municipality_that_offers(
    session: Session,
):
    ids = sweden(session)
    bid = an_offer(session, an_object(session))
    own = an_offer(session, an_object(session), kind=AccommodationKind.MUNICIPAL_AGREEMENT)

    def seen(actor):
        return {row.id for row in offers.offers(session, actor=actor, at=NOW)}

    assert seen(agency()) == seen(Actor("Rut", Role.AUDITOR)) == {bid, own}
    assert seen(writer(ids["1780"])) == {own}
    for actor in (writer(ids["1784"]), board("17"), coordinator()):
        assert seen(actor) == set()
        with pytest.raises(NotFound):
            one(session, own, actor)


def test_only_migrationsverket_writes_offers_down_and_ends_them(session: Session):
    here = an_object(session)
    made = an_offer(session, here)

    for actor in (board(), coordinator(), writer(sweden(session)["1780"])):
        with pytest.raises(NotTheBuyer):
            offers.make(session, new_offer(here), actor=actor, at=NOW)
        with pytest.raises(NotTheBuyer):
            end(session, made, actor=actor)


def test_offers_are_chosen_by_county_and_municipality(session: Session):
    here = an_offer(session, an_object(session, "1780"))
    there = an_offer(session, an_object(session, "1880"))

    def chosen(**by):
        return {row.id for row in offers.offers(session, actor=agency(), at=NOW, **by)}

    assert chosen() == {here, there}
    assert chosen(county="18") == {there}
    assert chosen(municipality_id=sweden(session)["1780"]) == {here}
