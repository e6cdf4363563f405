"""How well an object lies: soft, by stated weights, what is not known left out."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.accommodation.errors import WeightsUnusable
from workflow.accommodation.location import (
    MOST_METRES,
    MOST_MINUTES,
    USUAL,
    Distance,
    Feature,
    check,
    score,
    weight_of,
)
from workflow.accommodation.states import Nearby

metres = st.none() | st.integers(0, MOST_METRES)
minutes = st.none() | st.integers(0, MOST_MINUTES)
distances = st.dictionaries(
    st.sampled_from(Nearby), st.builds(Distance, metres=metres, minutes=minutes)
)


@st.composite
def weights(draw: st.DrawFn) -> Mapping[Nearby, Feature]:
    """Any four that may be stated."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
    features = {}
    for kind, part in zip(Nearby, parts, strict=True):
        far_metres, far_minutes = (
            draw(st.integers(1, MOST_METRES)),
            draw(st.integers(1, MOST_MINUTES)),
        )
        features[kind] = Feature(
            Decimal(part) / 100,
            draw(st.integers(0, far_metres - 1)),
            far_metres,
            draw(st.integers(0, far_minutes - 1)),
            far_minutes,
        )
    check(features)
    return features


@given(weights(), distances)
def test_a_score_is_between_nothing_and_one_over_what_is_known(features, here):
    found = score(here, features)

    assert 0 <= found.known <= 1
    assert (found.value is None) == (found.known == 0) == (found.points is None)
    if found.value is not None:
        assert 0 <= found.value <= 1
        assert found.points in range(101)


@given(weights(), distances, st.sampled_from(Nearby), st.data())
def test_what_comes_nearer_never_makes_it_worse(features, here, kind, data):
    was = here.get(kind, Distance())
    nearer = Distance(
        None if was.metres is None else data.draw(st.integers(0, was.metres)),
        None if was.minutes is None else data.draw(st.integers(0, was.minutes)),
    )

    before, after = score(here, features), score({**here, kind: nearer}, features)

    assert after.known == before.known
    assert after.value is None or after.value >= before.value


@given(weights(), distances, st.sampled_from(Nearby))
def test_what_is_not_known_is_left_out_and_the_rest_counts_as_before(features, here, kind):
    """Its weight goes to the others in their own proportion."""
    whole = score(here, features)
    without = score({k: one for k, one in here.items() if k is not kind}, features)
    part = whole.parts[kind]

    if part.value is None:
        assert without == whole
    else:
        rest = Fraction(0) if without.value is None else without.value * without.known
        assert whole.known == without.known + Fraction(part.weight)
        if whole.value is not None:
            assert whole.value * whole.known == rest + Fraction(part.weight) * part.value


@given(weights())
def test_near_all_there_is_is_one_and_far_from_it_none(features):
    near = {kind: Distance(metres=one.near_metres) for kind, one in features.items()}
    far = {kind: Distance(minutes=one.far_minutes) for kind, one in features.items()}

    assert score(near, features).value == 1
    assert score(far, features).value == 0
    assert score(near, features).known == 1


def test_half_way_is_half_and_a_time_is_preferred_to_a_distance():
    half = Distance(metres=1_700)
    assert score({Nearby.TRANSIT: half}, USUAL).value == Fraction(1, 2)
    timed = Distance(metres=1_700, minutes=5)
    assert score({Nearby.TRANSIT: timed}, USUAL).value == 1
    assert score({Nearby.TRANSIT: timed}, USUAL).known == Fraction(35, 100)


def test_points_are_of_a_hundred_with_halves_upwards():
    """A stop of 0.35 at hand, a school of 0.25 out of reach: 35 of the 60 that are known."""
    here = {Nearby.TRANSIT: Distance(metres=0), Nearby.SCHOOL: Distance(metres=30_000)}

    found = score(here, USUAL)

    assert found.value == Fraction(7, 12)
    assert found.points == 58
    assert score({}, USUAL).points is None


def test_the_usual_weights_may_be_stated():
    check(USUAL)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({Nearby.TRANSIT: None}, "/features"),
        ({Nearby.TRANSIT: Feature(Decimal("0.36"), 400, 3000, 5, 45)}, "/features"),
        ({Nearby.TRANSIT: Feature(Decimal("1.35"), 400, 3000, 5, 45)}, "/features/transit/weight"),
        ({Nearby.SCHOOL: Feature(Decimal("-0.25"), 1, 2, 1, 2)}, "/features/school/weight"),
        ({Nearby.SCHOOL: Feature(Decimal("0.25"), 2, 2, 1, 2)}, "/features/school/far_metres"),
        ({Nearby.SCHOOL: Feature(Decimal("0.25"), 1, 2, 3, 2)}, "/features/school/far_minutes"),
        (
            {Nearby.SCHOOL: Feature(Decimal("0.25"), 1, MOST_METRES + 1, 1, 2)},
            "/features/school/far_metres",
        ),
    ],
)
def test_weights_that_cannot_be_are_refused_where_they_stand(change, pointer):
    features = {kind: one for kind, one in {**USUAL, **change}.items() if one is not None}

    with pytest.raises(WeightsUnusable) as refused:
        check(features)

    assert refused.value.pointer == pointer


@given(weights())
def test_weights_are_read_back_as_they_were_kept(features):
    assert {kind: Feature.of(one.as_data()) for kind, one in features.items()} == features


@pytest.mark.parametrize(
    ("written", "weight"),
    [("0,35", "0.35"), (" 0.2 ", "0.2"), ("en", None), ("NaN", None), ("inf", None), ("", None)],
)
def test_a_weight_is_written_with_comma_or_point(written, weight):
    assert weight_of(written) == (None if weight is None else Decimal(weight))
