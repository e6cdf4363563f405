"""Target, procured, remaining and share, of whom the actor reads, before and after places."""

from datetime import timedelta
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from tests.accommodation import FROM, LAST, drawn, new_places, signed
from tests.swedish import (
    NOW,
    VARMLAND,
    YEAR,
    agency,
    board,
    coordinator,
    decided,
    sweden,
    writer,
)
from workflow.accommodation import places
from workflow.accommodation.standing import Procured, before_and_after, standing
from workflow.allocation.counts import COUNTRY
from workflow.kernel.actor import Actor, Role
from workflow.municipalities.sweden import Place


@pytest.fixture
def ids(session: Session) -> dict[str, int]:
    """Karlstad has 57 of its 227, Arvika 10 of its 133, Örebro 5 without a number."""
    decided(session)
    signed(session, "1780", 57)
    signed(session, "1784", 10)
    signed(session, "1880", 5)
    return sweden(session)


def test_municipality_county_and_country_have_target_procured_remaining_and_share(session, ids):
    found = standing(session, YEAR, on=FROM, actor=agency())

    karlstad, varmland = found.of(ids["1780"]), found.of_county("17")
    assert (karlstad.target, karlstad.procured, karlstad.remaining) == (227, 57, 170)
    assert karlstad.share == Fraction(57, 227)
    assert found.of(ids["1782"]) == Procured(0, 0)
    assert found.of(ids["1782"]).share is None
    assert (varmland.target, varmland.procured) == (sum(VARMLAND.values()), 67)
    assert found.of_county("18") == Procured(None, 5)
    assert (found.country.target, found.country.procured) == (780, 72)


def test_only_the_day_counts(session: Session, ids):
    for on, procured in (
        (FROM - timedelta(days=1), 0),
        (FROM, 72),
        (LAST, 72),
        (LAST + timedelta(days=1), 0),
    ):
        assert standing(session, YEAR, on=on, actor=agency()).country.procured == procured


@pytest.mark.parametrize("actor", [coordinator(), Actor("Rut", Role.AUDITOR)])
def test_who_reads_all_reads_every_sum(session: Session, ids, actor):
    assert standing(session, YEAR, on=FROM, actor=actor).country.procured == 72


def test_a_board_reads_its_county_and_a_municipality_itself_and_no_sum_beyond(session, ids):
    of_board = standing(session, YEAR, on=FROM, actor=board("17"))
    of_karlstad = standing(session, YEAR, on=FROM, actor=writer(ids["1780"]))

    assert of_board.of_county("17").procured == 67
    assert of_board.of_county("18").procured is of_board.country.procured is None
    assert of_board.of(ids["1880"]).procured is None
    assert of_karlstad.of(ids["1780"]).procured == 57
    assert of_karlstad.of(ids["1784"]).procured is None
    assert of_karlstad.of_county("17") == Procured(780, None)


def told(found, ids, *numbers):
    where = [Place(ids[number], number, number) for number in numbers]
    return {one.code: (one.before.procured, one.after.procured) for one in found.rows(where)}


def test_a_contract_is_seen_before_and_after_it(session: Session, ids):
    made = drawn(session, signed(session, "1780", 20))

    found = before_and_after(session, YEAR, on=FROM, without={made}, actor=agency())

    assert told(found, ids, "1780") == {"1780": (57, 77), "17": (67, 87), COUNTRY: (72, 92)}
    assert found.before.of(ids["1780"]).target == found.after.of(ids["1780"]).target == 227


def test_places_that_are_only_thought_of_are_seen_before_and_after_them(session: Session, ids):
    seen = places.outlook(session, new_places(session, "1784", 33), at=NOW)

    found = before_and_after(session, YEAR, on=FROM, adding=[seen.line], actor=agency())

    assert told(found, ids, "1784", "1880") == {
        "1784": (10, 43),
        "1880": (5, 5),
        "17": (67, 100),
        "18": (5, 5),
        COUNTRY: (72, 105),
    }
    assert found.after.of(ids["1784"]).remaining == 90
    assert standing(session, YEAR, on=FROM, actor=agency()).country.procured == 72


def test_a_number_that_is_gone_past_has_nothing_left(session: Session, ids):
    signed(session, "1782", 3, excess_reason="x")

    stand = standing(session, YEAR, on=FROM, actor=agency()).of(ids["1782"])

    assert (stand.remaining, stand.past, stand.share) == (0, 3, None)
