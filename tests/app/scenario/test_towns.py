"""Which municipality a case is put to."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scenario.figures import MunicipalityFigures
from app.scenario.plan import PlacesPlan
from app.scenario.towns import Towns
from workflow.capacity.states import Pool
from workflow.kernel.calendar import OSLO

DECIDED = datetime(2019, 12, 2, 12, 0, tzinfo=OSLO)
LATER = DECIDED + timedelta(days=1)


def places(number: str, decided: int | None, minors: int | None = None) -> PlacesPlan:
    figures = MunicipalityFigures(number, "Viken", 10, 10, decided, minors, minors)
    return PlacesPlan(figures, DECIDED, DECIDED, None if decided is None else DECIDED)


def towns(*all_places: PlacesPlan) -> Towns:
    return Towns(all_places, Random(1))


def test_only_a_municipality_with_room_is_asked():
    some = towns(places("3001", 4), places("3002", 5), places("3003", 0), places("3004", None))

    assert some.ask(LATER, 5, Pool.ORDINARY, ()) == "3002"
    with pytest.raises(ValueError, match="5 places"):
        some.ask(LATER, 5, Pool.ORDINARY, ())


def test_a_municipality_that_said_no_is_left_out():
    some = towns(places("3001", 9), places("3002", 9))

    assert some.ask(LATER, 1, Pool.ORDINARY, ["3001"]) == "3002"


def test_nobody_is_asked_before_the_day_after_its_decision():
    some = towns(places("3001", 9))

    with pytest.raises(ValueError, match="no municipality"):
        some.ask(DECIDED + timedelta(hours=1), 1, Pool.ORDINARY, ())


def test_minors_take_places_of_their_own():
    some = towns(places("3001", 2, minors=1))

    assert some.ask(LATER, 1, Pool.MINORS, ()) == "3001"
    assert some.with_room(2) == ["3001"]
    with pytest.raises(ValueError, match="1 places"):
        some.ask(LATER, 1, Pool.MINORS, ())


@given(st.lists(st.integers(1, 6), max_size=40), st.integers(0, 9))
def test_what_is_handed_out_never_passes_what_was_decided(sizes, seed):
    decided = {f"30{n:02}": 5 + n for n in range(1, 8)}
    some = Towns([places(number, count) for number, count in decided.items()], Random(seed))
    for size in sizes:
        try:
            decided[some.ask(LATER, size, Pool.ORDINARY, ())] -= size
        except ValueError:
            assert max(decided.values()) < size

    assert min(decided.values()) >= 0
    assert some.with_room(1) == sorted(number for number, left in decided.items() if left)
