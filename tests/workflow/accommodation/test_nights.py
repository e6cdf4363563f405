"""Place-nights, pure: the parts of any time add up to the whole."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from workflow.accommodation.nights import Nights, Slept, days, nights

JULY = date(2022, 7, 1), date(2022, 7, 31)


def test_a_whole_month_is_what_was_recorded_of_it():
    found = nights(10, [Slept(*JULY, 200)], *JULY)

    assert found == Nights(310, 310, 200)
    assert (found.empty, found.share) == (110, Fraction(20, 31))


def test_what_is_not_recorded_is_not_known_rather_than_empty():
    found = nights(10, [Slept(date(2022, 7, 1), date(2022, 7, 10), 90)], *JULY)

    assert found == Nights(310, 100, 90)
    assert nights(10, [], *JULY).share is None


def test_a_time_that_ends_before_it_begins_has_no_nights():
    assert nights(10, [Slept(*JULY, 200)], JULY[1], JULY[0]) == Nights()


@given(
    beds=st.integers(1, 500),
    length=st.integers(1, 400),
    part=st.fractions(0, 1),
    cuts=st.lists(st.integers(-30, 430), max_size=6),
)
def test_the_parts_of_a_time_add_up_and_none_is_fuller_than_full(beds, length, part, cuts):
    first = date(2022, 1, 1)
    recorded = [Slept(first, first + timedelta(length - 1), int(part * beds * length))]
    ends = sorted({-30, 430, *cuts})
    periods = [(first + timedelta(a), first + timedelta(b - 1)) for a, b in pairwise(ends)]

    parts = [nights(beds, recorded, *one) for one in periods]

    assert sum(parts, Nights()) == nights(beds, recorded, periods[0][0], periods[-1][1])
    assert all(0 <= one.used <= one.known <= one.there for one in parts)
    assert sum(days(*one) for one in periods) == 460
