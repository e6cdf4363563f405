"""Measures of how even a spread is."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from workflow.keys.evenness import evenness

spreads = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=12)


def test_a_spread_worked_by_hand():
    # Fills 1/2, 1, 0; ten of twenty placed: each should have half of its part.
    even = evenness([5, 5, 0], [10, 5, 5])

    assert (even.lowest_fill, even.highest_fill, even.fill_range) == (0, 1, 1)
    assert even.deviations == Fraction(5, 2) + Fraction(5, 2)
    assert even.deviations_share == Fraction(1, 2)
    # Lorenz: (1/4, 0), (3/4, 1/2), (1, 1): the area under it is 1/4*0 + 1/2*1/4 + 1/4*3/4 = 5/16.
    assert even.gini == 1 - 2 * Fraction(5, 16)


@given(spreads, st.integers(1, 5))
def test_who_is_filled_alike_is_even_by_every_measure(rows, times):
    targets = [target for _, target in rows]
    even = evenness([times * target for target in targets], targets)

    if any(targets):
        assert (even.fill_range, even.deviations, even.gini) == (0, 0, 0)


@given(spreads)
def test_measures_stay_where_they_belong_and_the_order_changes_nothing(rows):
    even = evenness(*zip(*rows, strict=True))
    again = evenness(*zip(*rows[::-1], strict=True))

    assert even == again
    if any(target for _, target in rows):
        assert even.lowest_fill is not None
        assert 0 <= even.lowest_fill <= even.highest_fill
        assert even.gini is None or 0 <= even.gini < 1
        assert even.deviations_share is None or 0 <= even.deviations_share <= 2
    else:
        assert even.lowest_fill is None
        assert even.gini is None


@given(spreads.filter(lambda rows: sum(t > 0 for _, t in rows) > 1), st.data())
def test_moving_one_from_the_fuller_to_the_emptier_never_makes_it_less_even(rows, data):
    placed, targets = ([*column] for column in zip(*rows, strict=True))
    with_part = [i for i, target in enumerate(targets) if target]
    full = max(with_part, key=lambda i: Fraction(placed[i], targets[i]))
    empty = min(with_part, key=lambda i: Fraction(placed[i], targets[i]))
    moved = [*placed]
    moved[full] -= 1
    moved[empty] += 1
    if (
        full == empty
        or not placed[full]
        or Fraction(moved[full], targets[full]) < Fraction(moved[empty], targets[empty])
    ):
        return

    assert evenness(moved, targets).gini <= evenness(placed, targets).gini
