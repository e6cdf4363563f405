"""What kind a household is, seen from its persons; nobody says it beside them. Pure.

Settlement tells families with children, single adults and unaccompanied minors apart (IMDi, see
`domain-norway.md` 1.5); the planner knows single parents and large families besides. Ages and
numbers decide: what somebody is to the others is a word of whoever wrote it. An adult child is an
adult, so that a parent with one is not alone with the younger ones.
"""

from collections.abc import Collection
from typing import Final

from workflow.capacity.states import HouseholdKind
from workflow.cases.states import Group

#: Years; who turns so old in the year is an adult in all of it: of birth the year alone is known.
ADULT: Final = 18


def kinds_of(
    group: Group, birth_years: Collection[int], *, year: int, large_family_from: int
) -> frozenset[HouseholdKind]:
    """The kinds of a household in a year.

    Args:
        birth_years: of all who are in it now.
        large_family_from: persons, by the rule set.
    """
    found = set()
    adults = sum(year - born >= ADULT for born in birth_years)
    if adults == 1 and group is not Group.UNACCOMPANIED_MINOR:
        alone = len(birth_years) == 1
        found.add(HouseholdKind.SINGLE_ADULT if alone else HouseholdKind.SINGLE_PARENT)
    if len(birth_years) >= large_family_from:
        found.add(HouseholdKind.LARGE_FAMILY)
    return frozenset(found)
