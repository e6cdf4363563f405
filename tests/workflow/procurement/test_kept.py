"""The market of the database, plans that are kept, and what numbers are compensated with."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import ProgrammingError

from tests.accommodation import FROM, an_object, an_offer, as_in_the_database, signed
from tests.swedish import NOW, TODAY, YEAR, agency, board, decided, writer
from workflow.accommodation import contracts
from workflow.accommodation.contracts import Acceptance
from workflow.accommodation.errors import NotTheBuyer
from workflow.accommodation.states import OfferState
from workflow.allocation.states import VersionKind
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale
from workflow.procurement import kept, numbers, offered
from workflow.procurement.compensation import compensate, parse, shipped
from workflow.procurement.errors import TooFewBeds
from workflow.procurement.kept import NewPlan
from workflow.procurement.models import ProcurementPlan
from workflow.procurement.steering import Prices

NEW = NewPlan("Juli", YEAR, FROM, 30, Prices())


@pytest.fixture
def two_offers(session):
    """A cheap one in Karlstad, whose number is nearly filled, and a dear one in Arvika."""
    decided(session)
    signed(session, "1780", 220)
    full, empty = (an_object(session, number) for number in ("1780", "1784"))
    return {
        "cheap": an_offer(session, full, price_ore=19_900),
        "dear": an_offer(session, empty, price_ore=34_700),
        "full": full,
    }


def market(session, on=FROM, actor=None):
    return offered.market(session, YEAR, on=on, actor=actor or agency(), at=NOW)


def test_the_market_is_what_is_offered_numbers_and_the_places_of_a_day(session, two_offers):
    found = market(session)

    here = found.by_code["1780"]
    assert (here.target, here.procured, here.county) == (227, 220, "17")
    assert {one.price_ore for one in found.open} == {19_900, 34_700}
    assert [one.points for one in found.bids] == [58, 58]
    assert market(session, on=TODAY).by_code["1780"].procured == 0


def test_beds_of_an_object_that_are_contracted_in_the_offers_time_are_not_free(session, two_offers):
    signed(session, "1780", 15, object_id=two_offers["full"], excess_reason="Läger")

    assert [one.free_beds for one in market(session).bids if one.code == "1780"] == [25]
    assert [one.code for one in market(session).open] == ["1784"]


def test_what_is_offered_is_secret(session, two_offers):
    made = kept.keep(session, NEW, actor=agency(), at=NOW)

    for asker in (board(), writer(1)):
        with pytest.raises(NotTheBuyer):
            market(session, actor=asker)
        with pytest.raises(NotFound):
            kept.plan(session, made, actor=asker, at=NOW)
        assert kept.kept(session, actor=asker) == []
        with as_in_the_database(session, asker):
            assert session.scalars(select(ProcurementPlan.id)).all() == []


def test_a_plan_is_kept_with_what_it_was_made_of(session, two_offers):
    made = kept.keep(session, NEW, actor=agency(), at=NOW)

    seen = kept.plan(session, made, actor=Actor("Revisor", Role.AUDITOR), at=NOW)
    (heading,) = kept.kept(session, actor=agency())
    assert heading == seen.heading
    assert (heading.title, heading.wanted, heading.actor) == ("Juli", 30, "Maja Migration")
    assert seen.market == market(session)
    assert seen.whole
    assert [one.bid.id for one in seen.bought] == [str(two_offers["cheap"])]
    assert seen.step.plan == seen.plans.chosen


def test_another_plan_than_the_best_is_kept_with_a_reason(session, two_offers):
    with pytest.raises(ReasonMissing):
        kept.keep(session, replace(NEW, chosen=1), actor=agency(), at=NOW)

    other = replace(NEW, chosen=1, reason="Skola i Arvika")
    seen = kept.plan(
        session, kept.keep(session, other, actor=agency(), at=NOW), actor=agency(), at=NOW
    )

    assert [one.bid.id for one in seen.bought] == [str(two_offers["dear"])]
    assert seen.reason == "Skola i Arvika"


def test_a_plan_buys_nothing_and_follows_what_is_accepted(session, two_offers):
    made = kept.keep(session, NEW, actor=agency(), at=NOW)
    how = Acceptance(FROM, excess_reason="Behovet är stort")

    before = kept.plan(session, made, actor=agency(), at=NOW).bought
    contracts.accept(session, two_offers["cheap"], how, actor=agency(), at=NOW)
    after = kept.plan(session, made, actor=agency(), at=NOW)

    assert [one.offer.state for one in (*before, *after.bought)] == [
        OfferState.OPEN,
        OfferState.ACCEPTED,
    ]
    assert after.whole
    assert after.market.by_code["1780"].procured == 220


def test_what_has_changed_since_it_was_looked_at_is_not_kept(session, two_offers):
    seen = kept.plan(
        session, kept.keep(session, NEW, actor=agency(), at=NOW), actor=agency(), at=NOW
    )
    as_seen = replace(NEW, sha256=seen.heading.sha256)
    kept.keep(session, as_seen, actor=agency(), at=NOW)
    an_offer(session, two_offers["full"], price_ore=10_000)

    with pytest.raises(Stale):
        kept.keep(session, as_seen, actor=agency(), at=NOW)


def test_a_plan_whose_inputs_are_not_those_of_its_digest_says_so(session, two_offers, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(kept, "digest", lambda told: "0" * 64)
        made = kept.keep(session, NEW, actor=agency(), at=NOW)

    assert not kept.plan(session, made, actor=agency(), at=NOW).whole


def test_the_database_changes_no_plan(session, two_offers):
    kept.keep(session, NEW, actor=agency(), at=NOW)

    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(update(ProcurementPlan).values(wanted=29))


def test_a_plan_that_cannot_be_is_not_kept(session, two_offers):
    wrong = (
        ({"title": ""}, Invalid),
        ({"chosen": 9}, Invalid),
        ({"wanted": 0}, Invalid),
        ({"wanted": 61}, TooFewBeds),
    )

    for other, refusal in wrong:
        with pytest.raises(refusal):
            kept.keep(session, replace(NEW, **other), actor=agency(), at=NOW)


def test_only_migrationsverket_keeps_plans(session):
    with pytest.raises(NotTheBuyer):
        kept.keep(session, NEW, actor=Actor("Revisor", Role.AUDITOR), at=NOW)


def test_there_is_no_such_plan(session):
    with pytest.raises(NotFound):
        kept.plan(session, UUID(int=1), actor=agency(), at=NOW)


def test_a_number_is_compensated_when_it_is_decided_and_when_it_is_raised(session):
    decided(session, {"1264": 46})
    for told, number in (("2022-08-01", 40), ("2022-10-01", 50)):
        day = date.fromisoformat(told)
        decided(
            session,
            {"1264": number},
            kind=VersionKind.REVISION,
            told_on=TODAY,
            effective_on=day,
            reason="Ny prognos",
            may_raise=True,
        )
    rates = parse(shipped())

    found = compensate(numbers.claims(session, YEAR, rates, actor=agency()), rates)

    assert [(one.since.isoformat(), one.quantity, one.ore) for one in found.amounts] == [
        ("2022-07-01", 46, 46_000_000),
        ("2022-08-01", 0, 0),
        ("2022-10-01", 4, 4_000_000),
    ]
