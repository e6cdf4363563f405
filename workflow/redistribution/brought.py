"""What cases and municipalities bring to a plan beside places and homes, as it is kept.

Needs and services, related cases, kinds of households and how many of them a municipality takes,
the weeks in which it receives, and its county. The published order looks at needs alone, where its
rule set checks them; other methods at all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from workflow.capacity.states import Service
from workflow.cases.states import Need, TieReach
from workflow.planning.inputs import WHEELCHAIR

#: What a need is called among services; language support is of a language.
SERVICE_OF: Final[Mapping[str, str]] = {
    Need.SPECIALIST_HEALTH: Service.SPECIALIST_HEALTH,
    Need.SCHOOL: Service.SCHOOL,
    Need.UPPER_SECONDARY: Service.UPPER_SECONDARY,
    Need.ACCESSIBILITY: WHEELCHAIR,
    Need.LANGUAGE_SUPPORT: Service.LANGUAGE,
}
WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class CaseBrings:
    """Of one case."""

    #: Codes of services it needs; `language.tigrinja` is support in that language.
    needs: frozenset[str] = frozenset()
    #: It cannot come before.
    earliest_on: date | None = None
    #: Cases of the plan with the same word go to one municipality, or none of them goes.
    related: str | None = None
    #: Cases of the plan with the same word go to one county, as far as the strength says.
    near: str | None = None
    strength: Fraction = Fraction(1)
    #: How many others of the plan it is tied to, directly or through them.
    together: int = 0
    #: Where those are that it must be with and that have a municipality: its number, or its county.
    beside: tuple[tuple[TieReach, str], ...] = ()
    #: What its household is like, where a municipality limits it; large families are seen.
    kinds: frozenset[str] = frozenset()
    #: Counties of relatives who have a municipality and whom it should be near, with the strength.
    drawn_to: Mapping[str, Fraction] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class MunicipalityBrings:
    """Of one municipality."""

    county: str | None = None
    #: Codes of services, with minutes where they lie elsewhere: `specialist_health:35`.
    services: frozenset[str] = frozenset()
    #: Monday → persons that it can still receive; other weeks have no bound.
    weeks: Mapping[date, int] = field(default_factory=dict, hash=False)
    #: Kind → households of it that it still takes; of others any number.
    kinds: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Brought:
    """By case number, and by municipality number; who brings nothing stands in neither."""

    cases: Mapping[str, CaseBrings] = field(default_factory=dict, hash=False)
    municipalities: Mapping[str, MunicipalityBrings] = field(default_factory=dict, hash=False)

    def of_case(self, case_number: str) -> CaseBrings:
        return self.cases.get(case_number, NOTHING)

    def of_municipality(self, number: str) -> MunicipalityBrings:
        return self.municipalities.get(number, _NO_OFFER)

    def where_allowed(self, case_number: str) -> frozenset[str] | None:
        """Where those are that it must be with; None is everywhere."""
        beside = self.of_case(case_number).beside
        if not beside:
            return None
        allowed = [
            frozenset({where})
            if reach is TieReach.ONE
            else frozenset(n for n, one in self.municipalities.items() if one.county == where)
            for reach, where in beside
        ]
        return frozenset.intersection(*allowed)


NOTHING: Final = CaseBrings()
_NO_OFFER: Final = MunicipalityBrings()


@dataclass(frozen=True, slots=True)
class TieInPlan:
    """A tie between two cases of a plan."""

    one: str
    other: str
    reach: TieReach
    #: Per cent.
    strength: int


def tied_together(ties: Sequence[TieInPlan]) -> dict[str, CaseBrings]:
    """The words that keep cases of a plan together, by case number.

    Who is to be in one municipality with another shares all that the other is to be near.
    """
    one = _groups((tie.one, tie.other) for tie in ties if tie.reach is TieReach.ONE)
    everybody = _groups((tie.one, tie.other) for tie in ties)
    found = {
        case: CaseBrings(together=len(members) - 1) for members in everybody for case in members
    }
    for index, members in enumerate(one, 1):
        for case in members:
            found[case] = replace(found[case], related=f"one-{index}")
    group_of = {case: frozenset(members) for members in one for case in members}
    strengths: dict[str, int] = {}
    near: list[tuple[str, str]] = [pair for members in one for pair in pairwise(members)]
    for tie in ties:
        if tie.reach is not TieReach.NEAR:
            continue
        near.append((tie.one, tie.other))
        for end in (tie.one, tie.other):
            for case in group_of.get(end, frozenset({end})):
                strengths[case] = max(strengths.get(case, 0), tie.strength)
    for index, members in enumerate(_groups(near), 1):
        for case in members:
            if case in strengths:
                strength = Fraction(strengths[case], WHOLE)
                found[case] = replace(found[case], near=f"near-{index}", strength=strength)
    return found


def _groups(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Those that hang together through pairs, each group in order, the groups by their first."""
    group_of: dict[str, set[str]] = {}
    for one, other in pairs:
        merged = group_of.get(one, {one}) | group_of.get(other, {other})
        for member in merged:
            group_of[member] = merged
    return sorted({id(group): sorted(group) for group in group_of.values()}.values())


def case_brings_data(one: CaseBrings) -> dict[str, Any]:
    """What says something, as it is kept with a case's line of a run."""
    data: dict[str, Any] = {}
    if one.needs:
        data["needs"] = sorted(one.needs)
    if one.earliest_on is not None:
        data["earliest_on"] = one.earliest_on.isoformat()
    if one.related is not None:
        data["related"] = one.related
    if one.near is not None:
        data |= {"near": one.near, "strength": str(one.strength)}
    if one.drawn_to:
        data["drawn_to"] = {county: str(strength) for county, strength in one.drawn_to.items()}
    if one.together:
        data["together"] = one.together
    if one.beside:
        data["beside"] = [[str(reach), where] for reach, where in one.beside]
    if one.kinds:
        data["kinds"] = sorted(one.kinds)
    return data


def case_brings_from(data: Mapping[str, Any]) -> CaseBrings:
    earliest = data.get("earliest_on")
    return CaseBrings(
        frozenset(data.get("needs", ())),
        None if earliest is None else date.fromisoformat(earliest),
        data.get("related"),
        data.get("near"),
        Fraction(data.get("strength", 1)),
        data.get("together", 0),
        tuple((TieReach(reach), where) for reach, where in data.get("beside", ())),
        frozenset(data.get("kinds", ())),
        {county: Fraction(part) for county, part in data.get("drawn_to", {}).items()},
    )


def municipality_brings_data(one: MunicipalityBrings) -> dict[str, Any]:
    """What says something, as it is kept with how the municipality stood."""
    data: dict[str, Any] = {}
    if one.county is not None:
        data["county"] = one.county
    if one.services:
        data["services"] = sorted(one.services)
    if one.weeks:
        data["weeks"] = {monday.isoformat(): n for monday, n in sorted(one.weeks.items())}
    if one.kinds:
        data["kinds"] = dict(sorted(one.kinds.items()))
    return data


def municipality_brings_from(data: Mapping[str, Any]) -> MunicipalityBrings:
    return MunicipalityBrings(
        data.get("county"),
        frozenset(data.get("services", ())),
        {date.fromisoformat(monday): n for monday, n in data.get("weeks", {}).items()},
        dict(data.get("kinds", {})),
    )
