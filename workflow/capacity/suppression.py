"""Hiding small numbers in published statistics, and what would give them away. Pure.

Numbers of four persons or fewer are hidden, as IMDi does. The sums of counties and country are
published as well, so others are hidden too, until no hidden number follows from what is left, not
even for one who knows this very rule:

1. A county's or the country's sum of four or fewer is hidden. Where a county's is, the smallest of
   the other counties' go with it, and every municipality of those counties.
2. In a county whose sum is shown, the smallest of the numbers left are hidden, all that are equal
   at once, until at least two are and their sum leaves a choice: it is not none for each, nor four.

That every hidden number could then be another is tried on all small countries in the tests.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

#: Hidden, and what is not more.
LARGEST_HIDDEN = 4

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Published:
    """What may be shown of one figure, in persons; None is hidden."""

    municipalities: dict[str, int | None]
    counties: dict[str, int | None]
    country: int | None


def suppress(persons: Mapping[str, int], county_of: Mapping[str, str]) -> Published:
    """One figure of all municipalities, as it may be published.

    Args:
        persons: by municipality number; one without a number is left out.
        county_of: at least those municipalities' counties.
    """
    by_county: dict[str, dict[str, int]] = defaultdict(dict)
    for number, count in persons.items():
        by_county[county_of[number]][number] = count
    sums = {county: sum(numbers.values()) for county, numbers in by_county.items()}
    hidden_counties = _hidden(sums)
    hidden: set[str] = set()
    for county, numbers in by_county.items():
        hidden |= numbers.keys() if county in hidden_counties else _hidden(numbers)
    country = sum(sums.values())
    return Published(
        municipalities=_shown(persons, hidden),
        counties=_shown(sums, hidden_counties),
        country=country if country > LARGEST_HIDDEN else None,
    )


def _hidden(numbers: Mapping[Key, int]) -> set[Key]:
    """Which of numbers with a known sum are hidden, so that none of them follows from it."""
    hidden = {key for key, number in numbers.items() if number <= LARGEST_HIDDEN}
    if not hidden:
        return hidden
    for smallest in sorted({number for number in numbers.values() if number > LARGEST_HIDDEN}):
        if _leaves_a_choice([numbers[key] for key in hidden]):
            break
        hidden |= {key for key, number in numbers.items() if number == smallest}
    return hidden


def _leaves_a_choice(hidden: list[int]) -> bool:
    return len(hidden) > 1 and 0 < sum(hidden) != LARGEST_HIDDEN * len(hidden)


def _shown(numbers: Mapping[str, int], hidden: set[str]) -> dict[str, int | None]:
    return {key: None if key in hidden else number for key, number in numbers.items()}
