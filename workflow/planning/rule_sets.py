"""The rules of a plan as data: what is looked at, in which order, and how it is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from workflow.ranking.criteria import RuleSet


class Method(StrEnum):
    RULE = "rule"
    BALANCED = "balanced"
    SCORE = "score"

    @property
    def apportionment(self) -> str:
        """The method of apportionment whose key it evens out with, by name."""
        return "adams" if self is Method.RULE else "webster"


class HouseholdScore(StrEnum):
    """How the scores of its adults become a household's."""

    MEAN = "mean"
    AT_LEAST_ONE = "at_least_one"
    SUM = "sum"


class Step(StrEnum):
    """In the order they are kept: no later one costs an earlier one anything."""

    NEEDS = "needs"
    FORMER = "former"
    PERSONS = "persons"
    BALANCE = "balance"
    HOMES = "homes"
    SCORE = "score"
    TIES = "ties"


#: Steps that a rule set may leave out; law, persons and ties always hold.
OPTIONAL = (Step.FORMER, Step.HOMES)

#: `needs_checked`: every need there is.
EVERY_NEED = "*"


#: The least and the most that a whole number may be, where it is said.
_BETWEEN: Final = {
    "next_shown": (0, 1000),
    "large_family_from": (2, 1000),
    #: Weeks.
    "weeks_ahead": (0, 104),
    #: Minutes.
    "health_within": (0, 600),
    "persons_a_room": (1, 20),
}


class BadRules(ValueError):
    """A rule set that cannot be used; `field` names the word that is wrong."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field, self.expected = field, expected


@dataclass(frozen=True, slots=True)
class PlanningRules:
    """One version of the rules a plan follows.

    Raises:
        BadRules: a value that no plan can follow.
    """

    version: int
    method: Method = Method.RULE
    #: Those of OPTIONAL that are on.
    steps: frozenset[Step] = frozenset(OPTIONAL)
    #: How far a used share may be from the mean, for the method score; 1/50 = two points.
    band: Fraction | None = None
    #: Of the published order: how far below the best share a fitting home goes first.
    vacancy_window: Fraction = Fraction(1, 10)
    #: How much fuller a municipality may be so that near cases come together, times strength.
    near_window: Fraction = Fraction(1, 10)
    #: Municipalities shown after the chosen one.
    next_shown: int = 5
    #: Codes of needs that are hard rules; EVERY_NEED is all of them.
    needs_checked: frozenset[str] = frozenset({EVERY_NEED})
    #: Persons of a household that counts as a large family.
    large_family_from: int = 6
    airports_closed: frozenset[str] = frozenset()
    #: Groups that a measure stops everywhere.
    groups_paused: frozenset[str] = frozenset()
    #: Weeks ahead that a plan uses; 0 plans no weeks.
    weeks_ahead: int = 26
    #: Minutes to specialist health that are near enough for who needs it; None is any.
    health_within: int | None = None
    #: Persons to a room of a home that says how many it has; None: rooms are not looked at.
    persons_a_room: int | None = None
    #: None: no score from persons is made; imported ones stand as they are.
    household_score: HouseholdScore | None = None
    #: Of what is invented: sampled futures, a replayed year.
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("vacancy_window", "near_window"):
            if not 0 <= getattr(self, name) <= 1:
                raise BadRules(name, "0 to 1")
        if self.band is not None and not 0 <= self.band <= 1:
            raise BadRules("band", "0 to 1")
        if self.band is not None and self.method is not Method.SCORE:
            raise BadRules("band", "nothing, unless the method is score")
        if not self.steps <= set(OPTIONAL):
            raise BadRules("steps", "of " + ", ".join(OPTIONAL))
        for name, (least, most) in _BETWEEN.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise BadRules(name, f"{least} to {most}")

    @property
    def apportionment(self) -> str:
        return self.method.apportionment

    @property
    def published_order(self) -> RuleSet:
        """The same for one case at a time."""
        return RuleSet(self.version, self.vacancy_window, self.next_shown)

    def checks(self, need: str) -> bool:
        """Whether a need is a hard rule, whatever its minutes; `language` is `language.ti` too."""
        code = need.partition(":")[0]
        known = {EVERY_NEED, code, code.partition(".")[0]}
        return not known.isdisjoint(self.needs_checked)

    def to_mapping(self) -> dict[str, Any]:
        """As JSON and TOML hold it; the same rules give the same mapping."""
        answer: dict[str, Any] = {"apportionment": self.apportionment}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, frozenset):
                value = sorted(value)
            elif isinstance(value, Fraction):
                value = _written(value)
            if value is not None:
                answer[each.name] = value
        return answer


_FRACTIONS = {"band", "vacancy_window", "near_window"}
_WHOLE = {
    *("version", "next_shown", "large_family_from", "weeks_ahead", "health_within"),
    *("persons_a_room", "seed"),
}
_SETS = {"needs_checked", "airports_closed", "groups_paused"}


def from_mapping(written: Mapping[str, Any]) -> PlanningRules:
    """What JSON or TOML holds; shares are decimals ("0.02") or fractions ("1/3").

    Raises:
        BadRules: an unknown word, or a value that no plan can follow.
    """
    known = {each.name for each in fields(PlanningRules)} | {"apportionment"}
    for name in written:
        if name not in known:
            raise BadRules(name, "one of " + ", ".join(sorted(known)))
    if "version" not in written:
        raise BadRules("version", "a whole number")
    rules = PlanningRules(
        **{name: _read(name, value) for name, value in written.items() if name != "apportionment"}
    )
    if written.get("apportionment", rules.apportionment) != rules.apportionment:
        raise BadRules("apportionment", f"{rules.apportionment}, which {rules.method} is")
    return rules


def _read(name: str, value: Any) -> Any:
    if value is None and name in {"band", "household_score", "health_within", "persons_a_room"}:
        return None
    if name in _FRACTIONS:
        return _fraction(name, value)
    if name in _WHOLE:
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadRules(name, "a whole number")
        return value
    if name in _SETS or name == "steps":
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise BadRules(name, "a list of words")
        if name == "steps":
            return frozenset(_one_of(Step, name, one) for one in value)
        return frozenset(value)
    if name == "method":
        return _one_of(Method, name, value)
    return _one_of(HouseholdScore, name, value)


def _one_of(kind: type[StrEnum], name: str, value: Any) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        raise BadRules(name, "one of " + ", ".join(kind)) from None


def _fraction(name: str, value: Any) -> Fraction:
    if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool):
        try:
            return Fraction(str(value))
        except (ValueError, ZeroDivisionError):
            pass
    raise BadRules(name, 'a share like "0.02"')


def _written(value: Fraction) -> str:
    """A decimal where it is one and not too long, else a fraction: read again it is the same."""
    decimal = str(Decimal(value.numerator) / Decimal(value.denominator))
    return decimal if Fraction(decimal) == value else str(value)
