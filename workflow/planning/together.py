"""Cases that belong together beyond one unit: near each other, or of two pools.

What must be together gets one target, a region or a municipality, before the plan is made; where
not all of them find room there, the next target is tried, and at last none of them goes. What
should be near is brought near afterwards, as far as its strength says it may cost; and so is who
is drawn to relatives that live somewhere already.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from workflow.planning.barriers import HardRules
from workflow.planning.inputs import MINORS, Case, Inputs, Municipality
from workflow.planning.instance import Real
from workflow.planning.reasons import Line
from workflow.planning.roster import Roster
from workflow.planning.rule_sets import PlanningRules

#: Targets tried for those that must be together.
ROUNDS = 4


@dataclass
class Bond:
    """Cases that go to one target, or none of them goes."""

    cases: list[Case]
    #: The numbers of the municipalities of each target, the best first.
    targets: list[frozenset[str]]
    #: Targets in which they did not all find room.
    tried: int = 0

    @property
    def target(self) -> frozenset[str]:
        """Nowhere, once every target has been tried."""
        if self.tried >= min(ROUNDS, len(self.targets)):
            return frozenset()
        return self.targets[self.tried]


@dataclass
class Bonds:
    bonds: list[Bond] = field(default_factory=list)

    @classmethod
    def of(cls, inputs: Inputs, rules: PlanningRules) -> "Bonds":
        hard = HardRules.of(inputs, rules)
        load: dict[str, int] = {}
        answer = cls()
        for cases, by_region in _bound(inputs.cases):
            answer.bonds.append(Bond(cases, _targets(cases, inputs, hard, load, by_region)))
        return answer

    def narrowed(self, inputs: Inputs) -> Inputs:
        """The same cases, each only allowed in the target of its bond."""
        within: dict[str, frozenset[str]] = {}
        for bond in self.bonds:
            for case in bond.cases:
                before = within.get(case.case_number)
                within[case.case_number] = bond.target if before is None else before & bond.target
        if not within:
            return inputs
        return replace(
            inputs, cases=tuple(_only(case, within.get(case.case_number)) for case in inputs.cases)
        )

    def broken(self, lines: Sequence[Line]) -> bool:
        """Let those that did not all find room try their next target; whether there are any."""
        unplaced = {line.case_number for line in lines if line.municipality_number is None}
        again = False
        for bond in self.bonds:
            if bond.target and any(case.case_number in unplaced for case in bond.cases):
                bond.tried += 1
                again = True
        return again

    def apart(self) -> dict[str, int]:
        """Case → how many it must be with, for those of whom none goes."""
        return {
            case.case_number: len(bond.cases)
            for bond in self.bonds
            if not bond.target
            for case in bond.cases
        }


def _only(case: Case, target: frozenset[str] | None) -> Case:
    if target is None:
        return case
    return replace(case, allowed=target if case.allowed is None else case.allowed & target)


def _bound(cases: Sequence[Case]) -> list[tuple[list[Case], bool]]:
    """Groups that must be together; True where a region is near enough."""
    related: dict[str, list[Case]] = {}
    near: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda one: one.case_number):
        if case.related:
            related.setdefault(case.related, []).append(case)
        if case.near and case.strength >= 1:
            near.setdefault(case.near, []).append(case)
    found = [(group, False) for group in related.values() if len({c.pool for c in group}) > 1]
    return found + [(group, True) for group in near.values() if len(group) > 1]


def _targets(
    cases: Sequence[Case],
    inputs: Inputs,
    hard: HardRules,
    load: dict[str, int],
    by_region: bool,  # noqa: FBT001 - one of two kinds of bond
) -> list[frozenset[str]]:
    """Where each of them has somewhere to go: the former one first, then the least used."""
    among: dict[str, list[Municipality]] = {}
    for one in inputs.municipalities:
        name = (one.region if by_region else None) or one.municipality_number
        among.setdefault(name, []).append(one)
    named = {case.former_municipality_number for case in cases if case.track == "A"}
    ranked = []
    for name, members in among.items():
        if not all(_has_room(case, members, hard) for case in cases):
            continue
        used = sum(m.used + m.minors_used for m in members) + load.get(name, 0)
        places = sum((m.places or 0) + (m.minors_places or 0) for m in members)
        numbers = frozenset(m.municipality_number for m in members)
        ranked.append((not (named & numbers), used / places, name, numbers))
    ranked.sort(key=lambda one: one[:3])
    if ranked:
        name = ranked[0][2]
        load[name] = load.get(name, 0) + sum(case.persons for case in cases)
    return [numbers for _, _, _, numbers in ranked]


def _has_room(case: Case, members: Sequence[Municipality], hard: HardRules) -> bool:
    return any(
        (one.minors_free if case.pool == MINORS else one.free) >= case.persons
        and not hard.barriers(case, one)
        for one in members
    )


def bring_near(roster: Roster, rules: PlanningRules, worth: Real | None = None) -> set[int]:
    """Move those that should be near to the region where most of theirs are; which units moved.

    And then, of the others, those who are drawn to a region. Each may go where the used share is
    higher by its strength of the near window, and with scores, lose so much per person.
    """
    groups: dict[str, list[int]] = {}
    #: Those that may be moved for it; the others of a word have their one target already.
    soft: dict[str, set[int]] = {}
    for unit, members in enumerate(roster.prepared.units):
        cases = [roster.prepared.cases[i] for i in members]
        for word in sorted({c.near for c in cases if c.near}):
            groups.setdefault(word, []).append(unit)
        for word in {c.near for c in cases if c.near and c.strength < 1}:
            soft.setdefault(word, set()).add(unit)
    moved: set[int] = set()
    for word, units in groups.items():
        if word not in soft:
            continue
        placed = [unit for unit in units if roster.at[unit] >= 0]
        persons: dict[str, int] = {}
        for unit in placed:
            region = _region(roster, int(roster.at[unit]))
            persons[region] = persons.get(region, 0) + int(roster.problem.persons[unit])
        if len(persons) < 2:
            continue
        region = min(persons, key=lambda name: (-persons[name], name))
        for unit in placed:
            away = _region(roster, int(roster.at[unit])) != region and not roster.held[unit]
            strength = max(case.strength for case in roster.prepared.cases_of(unit))
            most = strength * rules.near_window
            if away and unit in soft[word] and _to_region(roster, unit, region, most, worth):
                moved.add(unit)
    return moved | _draw(roster, rules, worth, set().union(*soft.values()))


def _draw(roster: Roster, rules: PlanningRules, worth: Real | None, near: set[int]) -> set[int]:
    """Bring units to a region they are drawn to, the strongest first; those `near` others stay."""
    moved: set[int] = set()
    for unit in range(len(roster.prepared.units)):
        drawn: dict[str, Fraction] = {}
        for case in roster.prepared.cases_of(unit):
            for region, strength in case.drawn_to.items():
                drawn[region] = max(strength, drawn.get(region, strength))
        if not drawn or unit in near or roster.at[unit] < 0 or roster.held[unit]:
            continue
        if _region(roster, int(roster.at[unit])) in drawn:
            continue
        for region in sorted(drawn, key=lambda name: (-drawn[name], name)):
            if _to_region(roster, unit, region, drawn[region] * rules.near_window, worth):
                moved.add(unit)
                break
    return moved


def _region(roster: Roster, account: int) -> str:
    one = roster.prepared.accounts[account].municipality
    return one.region or one.municipality_number


def _to_region(
    roster: Roster, unit: int, region: str, at_most: Fraction, worth: Real | None
) -> bool:
    """Move it to the region's emptiest that takes it, where that costs no more of a used share."""
    here, persons = int(roster.at[unit]), int(roster.problem.persons[unit])
    most = float(at_most)
    now = float(roster.key(np.array([here]), -persons)[0])
    for account in roster.open_to(unit).tolist():
        if _region(roster, account) != region:
            continue
        if float(roster.key(np.array([account]), persons)[0]) > now + most:
            return False
        if worth is not None and worth[unit, account] < worth[unit, here] - most * persons:
            continue
        if roster.takes(account, unit):
            roster.move(unit, account)
            return True
    return False
