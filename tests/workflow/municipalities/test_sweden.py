"""Sweden's register: 21 counties, 290 municipalities."""

from collections import Counter

import pytest
from sqlalchemy.orm import Session

from tests.factories import NOW
from workflow.kernel.errors import NotFound
from workflow.municipalities.sweden import (
    COUNTIES,
    ensure_register,
    in_order,
    place,
    places,
    shipped,
)


def test_there_are_290_municipalities_in_21_counties():
    inside = Counter(one.county for one in shipped())

    assert (len(shipped()), len(COUNTIES)) == (290, 21)
    assert inside.keys() == COUNTIES.keys()
    assert (inside["14"], inside["12"], inside["01"], inside["09"]) == (49, 33, 26, 1)
    assert len({one.number for one in shipped()}) == len({one.name for one in shipped()}) == 290


def test_it_is_stored_where_there_is_none(session: Session):
    assert ensure_register(session, at=NOW) == 290
    assert ensure_register(session, at=NOW) == 0

    assert len(places(session)) == 290
    assert place(session, "1780").name == "Karlstad"
    assert place(session, "1780").county_name == "Värmlands län"
    with pytest.raises(NotFound):
        place(session, "0301")


def test_names_sort_as_swedes_expect():
    names = ["Östersund", "Zorn", "Åre", "Ängelholm", "Arvika"]

    assert sorted(names, key=in_order) == ["Arvika", "Zorn", "Åre", "Ängelholm", "Östersund"]
