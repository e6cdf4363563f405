"""Flights one after the other: what fits, what misses, and that nothing of it is lost."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.travel.routes import RouteBroken, Segment, as_read, as_written, refuse_broken

HERE = timezone(timedelta(hours=2))
BEIRUT = timezone(timedelta(hours=3))
#: Beirut to Frankfurt, to Gardermoen, to Værnes.
ROUTE = (
    Segment(
        "LH 1307",
        "BEY",
        datetime(2020, 6, 9, 4, 5, tzinfo=BEIRUT),
        "FRA",
        datetime(2020, 6, 9, 7, 20, tzinfo=HERE),
    ),
    Segment(
        "LH 860",
        "FRA",
        datetime(2020, 6, 9, 8, 30, tzinfo=HERE),
        "OSL",
        datetime(2020, 6, 9, 10, 25, tzinfo=HERE),
        "Norsk Folkehjelp",
    ),
    Segment(
        "SK 346",
        "OSL",
        datetime(2020, 6, 9, 12, 10, tzinfo=HERE),
        "TRD",
        datetime(2020, 6, 9, 13, 5, tzinfo=HERE),
    ),
)
ARRIVES = ROUTE[-1].arrives_at


def changed(number: int, **changes) -> tuple[Segment, ...]:
    return tuple(replace(one, **changes) if n == number else one for n, one in enumerate(ROUTE))


def test_a_route_to_the_arrival_is_right_and_none_is_too():
    refuse_broken(ROUTE, "TRD", ARRIVES)
    refuse_broken((), "TRD", ARRIVES)


@pytest.mark.parametrize(
    ("route", "segment", "expected"),
    [
        (changed(0, arrives_at=ROUTE[0].departs_at), 1, "an arrival after the departure"),
        (changed(1, departs_from="OSL"), 2, "an arrival at another place"),
        (changed(2, departs_from="BGO"), 3, "a departure from OSL"),
        (changed(1, departs_at=ROUTE[0].arrives_at), 2, "a departure after the flight before"),
        (changed(2, arrives_in="BOO"), 3, "the airport and the time of the booking's arrival"),
        (ROUTE[:2], 2, "the airport and the time of the booking's arrival"),
    ],
)
def test_flights_that_miss_are_told_with_their_number(route, segment, expected):
    with pytest.raises(RouteBroken) as told:
        refuse_broken(route, "TRD", ARRIVES)

    assert told.value.facts["segment"] == segment
    assert expected in told.value.facts["expected"]
    assert told.value.pointer == f"/route/{segment - 1}"


@given(st.lists(st.sampled_from(ROUTE), max_size=6))
def test_what_is_written_is_read_again_with_the_clock_of_each_place(route):
    assert as_read(as_written(route)) == tuple(route)
