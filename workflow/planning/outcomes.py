"""How likely an outcome is for a person in a municipality: a port, and one transparent model.

Off unless somebody asks for scores. Any model that can say a chance between 0 and 1 may stand
behind the port; the one here is a logistic regression for each group of municipalities, whose
numbers can be read in its file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import exp, prod
from typing import Any, Protocol

from workflow.planning.inputs import ScoreTable
from workflow.planning.rule_sets import HouseholdScore

#: A feature is a number, or a word of a few.
Features = Mapping[str, float | str]

#: The group whose coefficients stand in for a group that has none of its own.
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Person:
    person: str
    case_number: str
    features: Features


class OutcomeModel(Protocol):
    """What makes scores: a chance for a person in a group of municipalities."""

    def chance(self, person: Person, group: str) -> float: ...


@dataclass(frozen=True, slots=True)
class Term:
    """One column of the regression: a number made comparable, or whether a word is that word."""

    feature: str
    #: None for a number.
    word: str | None = None
    mean: float = 0.0
    spread: float = 1.0

    def value(self, features: Features) -> float:
        given = features.get(self.feature, "")
        if self.word is not None:
            return float(str(given) == self.word)
        # Who left it empty is taken to be like the mean.
        return 0.0 if given == "" else (float(given) - self.mean) / self.spread


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """Chance = 1 / (1 + e^−(intercept + Σ coefficient × term)), by group of municipalities."""

    terms: tuple[Term, ...]
    #: Group → intercept, then a coefficient for each term.
    coefficients: Mapping[str, tuple[float, ...]]
    #: Features that were taken out before it was fitted.
    without: tuple[str, ...] = ()
    #: The inverse of how strongly coefficients are held near nought.
    strength: float = 1.0
    #: Rows it was fitted on, by group.
    rows: Mapping[str, int] | None = None

    def chance(self, person: Person, group: str) -> float:
        intercept, *slopes = self.coefficients.get(group, self.coefficients[EVERYWHERE])
        sums = intercept + sum(
            slope * term.value(person.features)
            for slope, term in zip(slopes, self.terms, strict=True)
        )
        return 1 / (1 + exp(-sums)) if sums > -700 else 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


class BadModel(ValueError):
    """Not what `to_json` writes."""


def model_from_json(text: str) -> LogisticModel:
    """Raises BadModel."""
    try:
        written: dict[str, Any] = json.loads(text)
        terms = tuple(Term(**one) for one in written["terms"])
        coefficients = {
            group: tuple(float(number) for number in numbers)
            for group, numbers in written["coefficients"].items()
        }
        if EVERYWHERE not in coefficients or any(
            len(numbers) != len(terms) + 1 for numbers in coefficients.values()
        ):
            raise BadModel("coefficients that do not match the terms")
        return LogisticModel(
            terms,
            coefficients,
            tuple(written["without"]),
            float(written["strength"]),
            written["rows"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadModel(f"not a model of outcomes: {error}") from error


def of_household(chances: Sequence[float], kind: HouseholdScore) -> float:
    """What the chances of its persons are together; who gains depends on the choice."""
    match kind:
        case HouseholdScore.MEAN:
            return sum(chances) / len(chances)
        case HouseholdScore.AT_LEAST_ONE:
            return 1 - prod(1 - chance for chance in chances)
        case HouseholdScore.SUM:
            return sum(chances)


def household_scores(
    model: OutcomeModel,
    persons: Iterable[Person],
    group_of: Mapping[str, str],
    kind: HouseholdScore,
) -> ScoreTable:
    """A score for each case and municipality.

    Args:
        group_of: municipality number → its group.
    """
    return {
        (case_number, number): worth[group]
        for case_number, worth in scores_by_group(model, persons, group_of.values(), kind).items()
        for number, group in group_of.items()
    }


def scores_by_group(
    model: OutcomeModel, persons: Iterable[Person], groups: Iterable[str], kind: HouseholdScore
) -> dict[str, dict[str, float]]:
    """Case → group of municipalities → what its persons score together there."""
    households: dict[str, list[Person]] = {}
    for person in persons:
        households.setdefault(person.case_number, []).append(person)
    each = sorted(set(groups))
    return {
        case_number: {
            group: of_household([model.chance(one, group) for one in members], kind)
            for group in each
        }
        for case_number, members in households.items()
    }
