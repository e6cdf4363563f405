"""Why here, why not there, what would have to change, what it costs: asked of a recorded plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from workflow.planning.barriers import CHANGES, NO_WEEK, NOT_REGISTERED, TOO_FEW, too_few
from workflow.planning.bounds import rms_deviation_pp
from workflow.planning.explained import Barrier, Cost, Record, WhyHere, WhyNot
from workflow.planning.inputs import MINORS, ORDINARY, Case, Inputs
from workflow.planning.instance import prepare, turn
from workflow.planning.planner import PLANNER_VERSION, Outcome, plan_by
from workflow.planning.progress import Progress, silent
from workflow.planning.reasons import Line
from workflow.planning.roster import Roster
from workflow.planning.rule_sets import PlanningRules


class OtherVersion(ValueError):
    """It was planned by another version of the planner, whose answers this one does not give."""


class NoSuchCase(LookupError):
    """The plan has no such case, or no such municipality."""


def record(rules: PlanningRules, inputs: Inputs, outcome: Outcome) -> Record:
    return Record(PLANNER_VERSION, rules, inputs, outcome.lines)


@dataclass(frozen=True, slots=True)
class Replayed:
    outcome: Outcome
    #: Recorded and made again, where they differ.
    differing: tuple[tuple[Line, Line], ...]

    @property
    def same(self) -> bool:
        return not self.differing


def replay(recorded: Record, progress: Progress = silent) -> Replayed:
    """The plan made again from what was recorded.

    Raises:
        OtherVersion: the planner has changed since.
    """
    if recorded.planner_version != PLANNER_VERSION:
        raise OtherVersion(f"planned by version {recorded.planner_version}, not {PLANNER_VERSION}")
    outcome = plan_by(recorded.rules, recorded.inputs, progress)
    again = {line.case_number: line for line in outcome.lines}
    return Replayed(
        outcome,
        tuple(
            (line, again[line.case_number])
            for line in recorded.lines
            if again[line.case_number] != line
        ),
    )


class Asked:
    """A recorded plan, taken up so that many questions can be asked of it.

    Raises:
        NoSuchCase: from each question, where the plan has no such case or municipality.
    """

    def __init__(self, recorded: Record) -> None:
        self.record = recorded
        inputs = recorded.inputs
        if recorded.rules.method == "rule":  # which knows neither related cases nor weeks
            cases = tuple(replace(case, related=None) for case in inputs.cases)
            inputs = replace(inputs, cases=cases, on=None)
        self.prepared = prepare(inputs, recorded.rules)
        self.lines = {line.case_number: line for line in recorded.lines}
        index_of = {(a.number, a.pool): i for i, a in enumerate(self.prepared.accounts)}
        at = np.full(len(self.prepared.units), -1, np.int64)
        self._unit_of: dict[str, int] = {}
        for unit in range(len(at)):
            for case in self.prepared.cases_of(unit):
                self._unit_of[case.case_number] = unit
                number = self.lines[case.case_number].municipality_number
                at[unit] = index_of.get((number or "", case.pool), -1)
        self.roster = Roster(self.prepared, at, np.full_like(at, -1))

    def why_here(self, case_number: str) -> WhyHere:
        """Its line, and the cheapest others with room; what a move there alone would cost."""
        unit = self._unit(case_number)
        others = [
            (self.prepared.accounts[account].number, self._of_move(unit, account))
            for account in self.roster.open_to(unit).tolist()
            if account != self.roster.at[unit] and self.roster.takes(account, unit)
        ]
        others.sort(key=lambda one: (self._worth(one[1]), one[0]))
        return WhyHere(self.lines[case_number], tuple(others[: self.record.rules.next_shown]))

    def why_not(
        self, case_number: str, municipality_number: str, progress: Progress = silent
    ) -> WhyNot:
        """The rules against it with what would lift each; without any, what it would cost."""
        unit = self._unit(case_number)
        cases = self.prepared.cases_of(unit)
        account = next(
            (
                index
                for index, one in enumerate(self.prepared.accounts)
                if one.number == municipality_number and one.pool == cases[0].pool
            ),
            None,
        )
        if account is None:
            raise NoSuchCase(municipality_number)
        one = self.prepared.accounts[account].municipality
        found = [b for case in cases for b in self.prepared.hard.barriers(case, one)]
        persons, free = (
            int(self.prepared.problem.persons[unit]),
            int(self.roster.problem.free[account]),
        )
        # Who has registered nothing, or receives too few in any week, has that to change first.
        if persons > free and not {NOT_REGISTERED, NO_WEEK} & {one.code for one in found}:
            found.append(too_few(cases[0], persons, free))
        if found:
            return WhyNot(case_number, municipality_number, tuple(dict.fromkeys(found)), None)
        if self.roster.at[unit] == account:
            return WhyNot(case_number, municipality_number, (), Cost(0, 0.0, self._no_score()))
        if self.roster.free()[account] >= persons and self.roster.takes(account, unit):
            cost = self._of_move(unit, account)
            return WhyNot(case_number, municipality_number, (), cost)
        return self._with_room_made(case_number, cases, municipality_number, progress)

    def _unit(self, case_number: str) -> int:
        if case_number not in self._unit_of:
            raise NoSuchCase(case_number)
        return self._unit_of[case_number]

    def _no_score(self) -> float | None:
        return None if self.record.inputs.scores is None else 0.0

    def _worth(self, cost: Cost) -> tuple[float, float]:
        """What the method aims at goes first."""
        if self.record.rules.method == "score" and cost.score is not None:
            return cost.score, cost.deviation_pp
        return cost.deviation_pp, 0.0

    def _of_move(self, unit: int, account: int) -> Cost:
        problem, here = self.prepared.problem, int(self.roster.at[unit])
        persons = int(problem.persons[unit])
        after = self.roster.used.copy()
        after[account] += persons
        if here >= 0:
            after[here] -= persons
        before = rms_deviation_pp(problem.places, self.roster.used)
        score = None
        if (scores := self.record.inputs.scores) is not None:
            numbers = [case.case_number for case in self.prepared.cases_of(unit)]
            there = self.prepared.accounts[account].number
            now = self.prepared.accounts[here].number if here >= 0 else ""
            score = sum(scores.get((n, now), 0.0) - scores.get((n, there), 0.0) for n in numbers)
        placed = 0 if here >= 0 else -persons
        return Cost(placed, rms_deviation_pp(problem.places, after) - before, score)

    def _with_room_made(
        self, case_number: str, cases: list[Case], number: str, progress: Progress
    ) -> WhyNot:
        """It goes first, everybody else stays if they can: the smallest change that follows."""
        pinned = {case.case_number for case in cases}
        inputs = self.record.inputs
        first = [
            replace(case, allowed=frozenset({number}), near=None, strength=Fraction(1))
            for case in inputs.cases
            if case.case_number in pinned
        ]
        rest = [case for case in inputs.cases if case.case_number not in pinned]
        if not inputs.in_file_order:
            rest.sort(key=turn)
        before = {n: m for n, line in self.lines.items() if (m := line.municipality_number)}
        outcome = plan_by(
            self.record.rules,
            replace(
                inputs,
                cases=(*first, *rest),
                before=before | dict.fromkeys(pinned, number),
                in_file_order=True,
            ),
            progress,
        )
        left_out = [
            Barrier(line.code, line.facts, CHANGES.get(line.code, CHANGES[TOO_FEW]))
            for line in outcome.lines
            if line.case_number in pinned and line.municipality_number != number
        ]
        if left_out:
            return WhyNot(case_number, number, tuple(left_out[:1]), None)
        after = {line.case_number: line.municipality_number for line in outcome.lines}
        used, placed = _used(outcome, self.record.inputs, self)
        problem, now = self.prepared.problem, self.roster.used
        score = None
        if (scores := inputs.scores) is not None:
            score = _score(before, scores) - _score(after, scores)
        return WhyNot(
            case_number,
            number,
            (),
            Cost(
                int((now - problem.used).sum()) - placed,
                rms_deviation_pp(problem.places, used) - rms_deviation_pp(problem.places, now),
                score,
            ),
            {n: place for n, place in after.items() if n not in pinned and place != before.get(n)},
        )


def _used(outcome: Outcome, inputs: Inputs, asked: Asked) -> tuple[np.ndarray, int]:
    index_of = {(a.number, a.pool): i for i, a in enumerate(asked.prepared.accounts)}
    case_of = {case.case_number: case for case in inputs.cases}
    used, placed = asked.prepared.problem.used.copy(), 0
    for line in outcome.lines:
        if line.municipality_number is not None:
            case = case_of[line.case_number]
            pool = MINORS if case.pool == MINORS else ORDINARY
            used[index_of[line.municipality_number, pool]] += case.persons
            placed += case.persons
    return used, placed


def _score(at: Mapping[str, str | None], scores: Mapping[tuple[str, str], float]) -> float:
    return sum(scores.get((n, place), 0.0) for n, place in sorted(at.items()) if place)


def why_here(recorded: Record, case_number: str) -> WhyHere:
    """One question; for many, ask an `Asked`. Raises NoSuchCase."""
    return Asked(recorded).why_here(case_number)


def why_not(recorded: Record, case_number: str, municipality_number: str) -> WhyNot:
    """One question; for many, ask an `Asked`. Raises NoSuchCase."""
    return Asked(recorded).why_not(case_number, municipality_number)
