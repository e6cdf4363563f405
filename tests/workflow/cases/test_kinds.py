"""What kind a household is, seen from its persons."""

from hypothesis import given
from hypothesis import strategies as st

from workflow.capacity.states import HouseholdKind
from workflow.cases.kinds import ADULT, kinds_of
from workflow.cases.states import Group

YEAR = 2020
ALONE, PARENT, LARGE = (
    HouseholdKind.SINGLE_ADULT,
    HouseholdKind.SINGLE_PARENT,
    HouseholdKind.LARGE_FAMILY,
)


def _kinds(*ages, group=Group.RESETTLEMENT, large=6):
    return kinds_of(group, [YEAR - age for age in ages], year=YEAR, large_family_from=large)


def test_ages_and_numbers_say_what_a_household_is():
    assert _kinds(40) == {ALONE}
    assert _kinds(40, 17) == {PARENT}
    assert _kinds(40, 18) == set()
    assert _kinds(17) == set()
    assert _kinds(40, 12, 10, 8, 6, 4) == {PARENT, LARGE}
    assert _kinds(40, 38, 8, 6, 4, 2) == {LARGE}
    assert _kinds(18, group=Group.UNACCOMPANIED_MINOR) == set()


@given(
    st.lists(st.integers(0, 100), max_size=12),
    st.sampled_from(Group),
    st.integers(2, 12),
    st.data(),
)
def test_the_order_of_persons_is_nothing_and_a_child_more_only_makes_a_single_adult_a_parent(
    ages, group, large, data
):
    before = _kinds(*ages, group=group, large=large)
    shuffled = data.draw(st.permutations(ages))

    with_a_child = _kinds(*ages, data.draw(st.integers(0, ADULT - 1)), group=group, large=large)

    assert _kinds(*shuffled, group=group, large=large) == before
    assert not {ALONE, PARENT} <= before
    assert before - {ALONE} <= with_a_child
    assert (ALONE in before) <= (PARENT in with_a_child)
