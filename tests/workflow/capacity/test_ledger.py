"""What a municipality's year looks like: whole persons and exact shares (R02, R05, R13)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.capacity.ledger import Figures, share_used_since

some = st.integers(0, 300)
years = st.builds(
    Figures,
    decided_places=st.none() | some,
    extra_places=st.integers(0, 20),
    held=some,
    settled=some,
    original_request=st.none() | some,
    adjusted_request=st.none() | some,
)


def test_free_is_the_ceiling_less_what_is_held_and_settled() -> None:
    year = Figures(decided_places=20, extra_places=3, held=5, settled=7)

    assert (year.ceiling, year.used, year.free, year.overrun) == (23, 12, 11, 0)


def test_stjordal_settled_more_than_its_council_decided_and_nothing_is_free() -> None:
    year = Figures(decided_places=28, settled=32)

    assert (year.free, year.overrun, year.unused_share) == (0, 4, 0)


def test_not_registered_is_not_a_no_but_neither_has_a_share() -> None:
    silent, refuses = Figures(decided_places=None), Figures(decided_places=0)

    assert silent != refuses
    assert (silent.ceiling, refuses.ceiling) == (0, 0)
    assert (silent.unused_share, refuses.unused_share) == (None, None)
    assert Figures(decided_places=0, extra_places=4).unused_share is None
    assert Figures(decided_places=0, extra_places=4).free == 4


def test_the_share_is_exact_and_of_the_decided_places_alone() -> None:
    assert Figures(decided_places=3, held=2).unused_share == Fraction(1, 3)
    assert Figures(decided_places=10, extra_places=5, held=3).unused_share == 1
    assert Figures(decided_places=10, extra_places=5, held=9).unused_share == Fraction(6, 10)


@pytest.mark.parametrize(
    ("original", "adjusted", "beyond"),
    [(None, None, 0), (10, None, 2), (10, 8, 4), (10, 0, 12), (20, None, 0), (None, 5, 7)],
)
def test_the_request_in_force_is_a_line_to_warn_at_and_stops_nothing(
    original: int | None, adjusted: int | None, beyond: int
) -> None:
    year = Figures(40, held=2, settled=10, original_request=original, adjusted_request=adjusted)

    assert year.beyond_adjusted_request == beyond
    assert year.free == 28


@given(years)
def test_free_and_overrun_are_never_both_there_and_add_up(year: Figures) -> None:
    assert year.free >= 0
    assert year.overrun >= 0
    assert 0 in (year.free, year.overrun)
    assert year.ceiling - year.used == year.free - year.overrun


@given(years)
def test_a_share_lies_between_nothing_and_all(year: Figures) -> None:
    share = year.unused_share

    assert (share is None) == (not year.decided_places)
    assert share is None or 0 <= share <= 1


@pytest.mark.parametrize(
    ("then", "now", "share"),
    [
        (10, 10, Fraction(0)),
        (10, 7, Fraction(3, 10)),
        (10, 0, Fraction(1)),
        (10, 15, Fraction(0)),  # places came free since
        (0, 0, None),
        (0, 5, None),
    ],
)
def test_the_use_since_a_withdrawal_is_of_what_was_free_then(
    then: int, now: int, share: Fraction | None
) -> None:
    assert share_used_since(then, now) == share


@given(some, some)
def test_the_use_since_lies_between_nothing_and_all(then: int, now: int) -> None:
    share = share_used_since(then, now)

    assert (share is None) == (then == 0)
    assert share is None or 0 <= share <= 1
