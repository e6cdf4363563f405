"""The circle map: areas as the places, near where they lie, none over another."""

from itertools import combinations
from math import hypot

from hypothesis import given
from hypothesis import strategies as st

from app.maps.circles import SMALLEST, Spot, circle_map
from workflow.kernel.country import Country
from workflow.municipalities.register import shipped_register

NORWAY = Country.NORWAY
SPOTS = st.lists(
    st.builds(
        Spot,
        st.floats(5, 30, allow_nan=False),
        st.floats(58, 71, allow_nan=False),
        st.integers(0, 400),
    ),
    min_size=1,
    max_size=25,
)


def of_the_register(size=lambda n: 5 + n % 60) -> tuple[Spot, ...]:
    return tuple(
        Spot(float(one.longitude), float(one.latitude), size(n))
        for n, one in enumerate(shipped_register())
    )


def test_no_municipality_hides_another():
    circles = circle_map(of_the_register(), NORWAY).circles

    hidden = [
        (one, other)
        for one, other in combinations(circles, 2)
        if hypot(one.x - other.x, one.y - other.y) < max(one.radius, other.radius)
    ]
    assert (len(circles), hidden) == (356, [])


def test_the_north_is_above_and_the_east_to_the_right():
    vadso, oslo, bergen = Spot(29.75, 70.07, 10), Spot(10.75, 59.91, 10), Spot(5.32, 60.39, 10)

    up, low, left = circle_map((vadso, oslo, bergen), NORWAY).circles

    assert up.y < low.y
    assert left.x < low.x < up.x


@given(SPOTS)
def test_areas_are_as_the_places_and_the_whole_is_in_the_drawing(spots):
    drawn = circle_map(tuple(spots), NORWAY)

    for one, circle in zip(spots, drawn.circles, strict=True):
        assert circle.radius >= SMALLEST - 0.05
        assert circle.x - circle.radius >= -0.2
        assert circle.x + circle.radius <= drawn.width + 0.2
        assert circle.y - circle.radius >= -0.2
        assert circle.y + circle.radius <= drawn.height + 0.2
        for other, beside in zip(spots, drawn.circles, strict=True):
            if one.size > other.size:
                assert circle.radius >= beside.radius


def test_without_municipalities_there_is_an_empty_map():
    assert circle_map((), NORWAY).circles == ()
