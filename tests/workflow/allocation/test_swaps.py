"""Voluntary swaps inside a county: both say yes, the board confirms, the sum stays."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests import swedish
from tests.swedish import NOW, VARMLAND, YEAR, agency, board, decided, sweden, writer
from workflow.allocation import swaps, targets, versions
from workflow.allocation.errors import (
    NotInOneCounty,
    NotTheOther,
    NotThisRole,
    SwapIsOver,
    SwapTooLarge,
)
from workflow.allocation.states import SwapState, VersionKind
from workflow.kernel.errors import NotFound, ReasonMissing, Stale


@pytest.fixture
def ids(session: Session) -> dict[str, int]:
    decided(session)
    return sweden(session)


def proposed(session: Session, ids, giver="1780", taker="1784", persons=20, by=None):
    return swaps.propose(
        session,
        year=YEAR,
        giver_id=ids[giver],
        taker_id=ids[taker],
        persons=persons,
        reason="Vi har lediga lägenheter",
        actor=writer(ids[by or taker]),
        at=NOW,
    )


def test_both_say_yes_and_the_board_confirms_and_the_county_keeps_its_sum(session: Session, ids):
    swap = proposed(session, ids)
    swaps.agree(session, swap, actor=writer(ids["1780"]), at=NOW)
    made = swaps.confirm(session, swap, actor=board(), at=NOW)

    stand = targets.standing(session, YEAR)
    assert (stand[ids["1780"]], stand[ids["1784"]]) == (207, 153)
    assert sum(stand.values()) == sum(VARMLAND.values())
    told = versions.version(session, made, actor=agency())
    assert (told.kind, told.changes, told.persons) == (VersionKind.SWAP, 2, 0)
    assert swaps.swap(session, swap, actor=board()).state is SwapState.CONFIRMED


@pytest.mark.parametrize("by", ["1780", "1784"])
def test_the_one_that_proposed_does_not_agree_for_the_other(session: Session, ids, by):
    swap = proposed(session, ids, by=by)

    with pytest.raises(NotTheOther):
        swaps.agree(session, swap, actor=writer(ids[by]), at=NOW)


def test_the_board_does_not_confirm_before_both_have_said_yes(session: Session, ids):
    swap = proposed(session, ids)

    with pytest.raises(SwapIsOver):
        swaps.confirm(session, swap, actor=board(), at=NOW)


def test_another_board_another_municipality_and_a_reader_have_no_part_in_it(session: Session, ids):
    swap = proposed(session, ids)

    with pytest.raises(NotFound):
        swaps.agree(session, swap, actor=writer(ids["1715"]), at=NOW)
    with pytest.raises(NotFound):
        swaps.confirm(session, swap, actor=board("18"), at=NOW)
    with pytest.raises(NotThisRole):
        swaps.confirm(session, swap, actor=swedish.coordinator(), at=NOW)
    with pytest.raises(NotThisRole):
        swaps.confirm(session, swap, actor=writer(ids["1780"]), at=NOW)
    assert swaps.swaps(session, actor=writer(ids["1715"])) == []
    assert swaps.swaps(session, actor=board("18")) == []
    assert len(swaps.swaps(session, actor=swedish.coordinator())) == 1


def test_a_swap_stays_inside_a_county_and_gives_no_more_than_there_is(session: Session, ids):
    with pytest.raises(NotInOneCounty):
        proposed(session, ids, taker="1880")
    with pytest.raises(NotInOneCounty):
        proposed(session, ids, giver="1784")
    with pytest.raises(SwapTooLarge):
        proposed(session, ids, giver="1760", persons=9)
    with pytest.raises(NotThisRole):
        proposed(session, ids, by="1715")


def test_what_has_become_too_large_is_not_confirmed(session: Session, ids):
    swap = proposed(session, ids)
    swaps.agree(session, swap, actor=writer(ids["1780"]), at=NOW)
    decided(session, {"1780": 10}, kind=VersionKind.REVISION, reason="Lägre")

    with pytest.raises(SwapTooLarge):
        swaps.confirm(session, swap, actor=board(), at=NOW)


def test_who_says_no_says_why_and_who_proposed_may_take_it_back(session: Session, ids):
    no, back = proposed(session, ids), proposed(session, ids)
    with pytest.raises(ReasonMissing):
        swaps.decline(session, no, answer=None, actor=writer(ids["1780"]), at=NOW)
    swaps.decline(session, no, answer="Ryms inte", actor=writer(ids["1780"]), at=NOW)
    swaps.decline(session, back, answer=None, actor=writer(ids["1784"]), at=NOW)

    assert swaps.swap(session, no, actor=agency()).state is SwapState.DECLINED
    assert swaps.swap(session, back, actor=agency()).state is SwapState.TAKEN_BACK
    with pytest.raises(SwapIsOver):
        swaps.agree(session, no, actor=writer(ids["1780"]), at=NOW)
    with pytest.raises(SwapIsOver):
        swaps.decline(session, back, answer="x", actor=board(), at=NOW)


def test_an_answer_to_what_has_changed_since_is_stale(session: Session, ids):
    swap = proposed(session, ids)
    swaps.agree(session, swap, version=1, actor=writer(ids["1780"]), at=NOW)

    with pytest.raises(Stale):
        swaps.confirm(session, swap, version=1, actor=board(), at=NOW)


moves = st.lists(
    st.tuples(
        st.sampled_from(sorted(VARMLAND)), st.sampled_from(sorted(VARMLAND)), st.integers(1, 300)
    ),
    max_size=6,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6, deadline=None
)
@given(moves)
def test_whatever_is_swapped_the_county_keeps_its_sum_and_nobody_is_below_zero(
    rolled_back: Callable[[], Session], pairs
):
    with rolled_back() as session:
        decided(session)
        ids = sweden(session)
        for giver, taker, persons in pairs:
            try:
                swap = proposed(session, ids, giver, taker, persons)
            except (NotInOneCounty, SwapTooLarge):
                continue
            swaps.agree(session, swap, actor=writer(ids[giver]), at=NOW)
            swaps.confirm(session, swap, actor=board(), at=NOW)
        stand = targets.standing(session, YEAR)

    assert sum(stand.values()) == 780
    assert min(stand.values()) >= 0
