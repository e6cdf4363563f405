"""A year replayed under a rule set: arrivals, answers, withdrawals and cancelled flights by week.

Whether a municipality says yes to a case or a flight is cancelled is drawn from the seed, the case
and the municipality alone, so every rule set meets the same chances.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from hashlib import blake2b

from workflow.planning.inputs import MINORS, ORDINARY, Case, Home, Inputs, Municipality
from workflow.planning.planner import place
from workflow.planning.reasons import Line
from workflow.planning.rule_sets import Method, PlanningRules


@dataclass(frozen=True, slots=True)
class Chances:
    """Parts of one, and weeks."""

    #: A municipality says yes, where it has no chance of its own.
    accepted: float = 0.93
    answer_weeks: int = 1
    #: From yes to arrival, where no week is planned.
    travel_weeks: int = 6
    #: A case that was accepted is withdrawn before it comes.
    withdrawn: float = 0.05
    #: Of the withdrawn, those whose entry was known: track A.
    entry_known: float = 0.6
    back_weeks: int = 4
    cancelled: float = 0.06
    delay_weeks: int = 2


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is replayed: the cases with the week each comes in, and the municipalities."""

    inputs: Inputs
    #: Case number → week, the first is 0.
    arrives: Mapping[str, int]
    #: The first Monday.
    begins: date
    weeks: int = 52
    chances: Chances = field(default_factory=Chances)
    #: Municipality → chance that it says yes.
    accepts: Mapping[str, float] = field(default_factory=dict)
    #: Cases of another year, to learn prices from; their scores are among the inputs'.
    history: tuple[Case, ...] = ()
    #: How many of them are drawn each week.
    drawn: int = 200


class State(StrEnum):
    COMING = "coming"
    WAITING = "waiting"
    ASKED = "asked"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    LAPSED = "lapsed"


@dataclass(slots=True)
class _Life:
    case: Case
    state: State
    #: The week in which something happens to it next.
    due: int
    since: int = 0
    number: str | None = None
    home: Home | None = None
    monday: date | None = None
    #: How many times it was put to a municipality, and withdrawn.
    times: int = 0
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class WeekSeen:
    """At the end of a week; deviation in percentage points, of ordinary places."""

    waiting_persons: int
    settled_persons: int
    deviation_pp: float
    score: float


@dataclass(slots=True)
class Counts:
    placements: int = 0
    declined: int = 0
    withdrawn: int = 0
    back_at_former: int = 0
    cancelled: int = 0
    lapsed: int = 0
    waited_weeks: int = 0


@dataclass(frozen=True, slots=True)
class Year:
    rules: PlanningRules
    seen: tuple[WeekSeen, ...]
    counts: Counts
    #: Persons settled, or held for who is on the way, at the end.
    placed_persons: int
    waiting_persons: int


def replayed(rules: PlanningRules, scenario: Scenario) -> Iterator[tuple[int, Year]]:
    """The year as it is after each week; the last is the whole.

    An iterator, so that whoever replays it can tell how far it has come, or stop.
    """
    return _Replay(rules, scenario).run()


def chance(seed: int, *what: object) -> float:
    """At least 0, less than 1; the same for the same words on every machine."""
    words = "\0".join(map(str, (seed, *what))).encode()
    return int.from_bytes(blake2b(words, digest_size=7).digest()) / (1 << 56)


class _Replay:
    def __init__(self, rules: PlanningRules, scenario: Scenario) -> None:
        self.rules, self.scenario = rules, scenario
        self.lives = [
            _Life(case, State.COMING, scenario.arrives[case.case_number])
            for case in scenario.inputs.cases
        ]
        self.counts = Counts()
        self.seen: list[WeekSeen] = []
        self.scores: dict[str, dict[str, float]] = {}
        for (case, number), score in (scenario.inputs.scores or {}).items():
            self.scores.setdefault(case, {})[number] = score

    def run(self) -> Iterator[tuple[int, Year]]:
        for week in range(self.scenario.weeks):
            for life in self.lives:
                self._live(life, week)
            self._plan(week)
            self._look()
            yield week, self._year()

    def _chance(self, life: _Life, *what: object) -> float:
        return chance(self.rules.seed, life.case.case_number, *what)

    def _live(self, life: _Life, week: int) -> None:
        if life.due > week:
            return
        chances = self.scenario.chances
        match life.state:
            case State.COMING:
                life.state, life.since = State.WAITING, week
            case State.WAITING:
                expires = life.case.expires_on
                if expires is not None and expires < self._monday(week):
                    life.state = State.LAPSED
                    self.counts.lapsed += 1
            case State.ASKED:
                self._answer(life, week)
            case State.ACCEPTED:
                if not life.withdrawn and self._chance(life, "withdrawn") < chances.withdrawn:
                    self._withdraw(life, week)
                elif self._chance(life, "flight", life.due) < chances.cancelled:
                    life.due = week + chances.delay_weeks
                    self.counts.cancelled += 1
                else:
                    life.state = State.SETTLED
            case State.SETTLED | State.LAPSED:
                pass

    def _answer(self, life: _Life, week: int) -> None:
        chances, number = self.scenario.chances, life.number or ""
        yes = self.scenario.accepts.get(number, chances.accepted)
        if self._chance(life, "answer", number) < yes:
            life.state, life.due = State.ACCEPTED, week + chances.travel_weeks
            if life.monday is not None:
                life.due = (life.monday - self.scenario.begins).days // 7
            return
        self.counts.declined += 1
        life.case = replace(life.case, declined=life.case.declined | {number})
        self._free(life, week, after=0)

    def _withdraw(self, life: _Life, week: int) -> None:
        self.counts.withdrawn += 1
        life.withdrawn += 1
        known = self._chance(life, "entry") < self.scenario.chances.entry_known
        life.case = replace(
            life.case, former_municipality_number=life.number, track="A" if known else "B"
        )
        self._free(life, week, after=self.scenario.chances.back_weeks)

    def _free(self, life: _Life, week: int, *, after: int) -> None:
        life.number, life.home, life.monday = None, None, None
        life.state = State.COMING if after else State.WAITING
        life.due = week + after
        life.since = week

    def _monday(self, week: int) -> date:
        return self.scenario.begins + timedelta(weeks=week)

    def _plan(self, week: int) -> None:
        waiting = [life for life in self.lives if life.state is State.WAITING]
        if not waiting:
            return
        inputs = self._inputs(waiting, week)
        by_number = {life.case.case_number: life for life in waiting}
        homes = {home.home_id: home for home in inputs.homes}
        for line in place(self.rules, inputs):
            if line.municipality_number is not None:
                home = homes.get(line.home_id or "")
                self._put(by_number[line.case_number], line, home, week)

    def _put(self, life: _Life, line: Line, home: Home | None, week: int) -> None:
        life.number, life.monday, life.home = line.municipality_number, line.week, home
        life.state, life.due = State.ASKED, week + self.scenario.chances.answer_weeks
        life.times += 1
        self.counts.placements += 1
        self.counts.waited_weeks += week - life.since
        self.counts.back_at_former += (
            life.case.track == "A" and life.number == life.case.former_municipality_number
        )

    def _inputs(self, waiting: Sequence[_Life], week: int) -> Inputs:
        given = self.scenario.inputs
        held = [life for life in self.lives if life.number is not None]
        taken = {life.home.home_id for life in held if life.home}
        cases = tuple(self._not_before_the_answer(life.case, week) for life in waiting)
        left = self._left(week)
        expected = self._drawn(week, left)
        scores = None
        if given.scores is not None:
            scores = {
                (case.case_number, number): score
                for case in (*cases, *expected)
                for number, score in self.scores.get(case.case_number, {}).items()
            }
        return replace(
            given,
            cases=cases,
            municipalities=self._municipalities(held),
            homes=tuple(home for home in given.homes if home.home_id not in taken),
            scores=scores,
            on=self._monday(week) if given.on is not None else None,
            expected=expected,
            stand_for=left,
        )

    def _not_before_the_answer(self, case: Case, week: int) -> Case:
        if self.scenario.inputs.on is None:
            return case
        soonest = self._monday(week + self.scenario.chances.answer_weeks + 1)
        return replace(case, earliest_on=max(soonest, case.earliest_on or soonest))

    def _left(self, week: int) -> int:
        """Cases that may yet come, had the year as many as the history."""
        return len(self.scenario.history) * (self.scenario.weeks - 1 - week) // self.scenario.weeks

    def _drawn(self, week: int, left: int) -> tuple[Case, ...]:
        history = self.scenario.history
        if self.rules.method is not Method.SCORE or not left:
            return ()
        count = min(self.scenario.drawn, left)
        picked = {
            int(chance(self.rules.seed, "drawn", week, nth) * len(history)) for nth in range(count)
        }
        return tuple(history[index] for index in sorted(picked))

    def _municipalities(self, held: Sequence[_Life]) -> tuple[Municipality, ...]:
        persons: dict[tuple[str, str], int] = {}
        weeks: dict[str, dict[date, int]] = {}
        for life in held:
            key = life.number or "", life.case.pool
            persons[key] = persons.get(key, 0) + life.case.persons
            if life.monday is not None:
                by_week = weeks.setdefault(key[0], {})
                by_week[life.monday] = by_week.get(life.monday, 0) + life.case.persons
        return tuple(
            replace(
                one,
                used=one.used + persons.get((one.municipality_number, ORDINARY), 0),
                minors_used=one.minors_used + persons.get((one.municipality_number, MINORS), 0),
                weeks=_less(one, weeks.get(one.municipality_number, {})),
            )
            for one in self.scenario.inputs.municipalities
        )

    def _look(self) -> None:
        held = [life for life in self.lives if life.number is not None]
        municipalities = [one for one in self._municipalities(held) if one.places]
        places = sum(one.places or 0 for one in municipalities)
        mean = sum(one.used for one in municipalities) / max(1, places)
        squares = sum(
            (one.places or 0) * (one.used / (one.places or 1) - mean) ** 2 for one in municipalities
        )
        self.seen.append(
            WeekSeen(
                waiting_persons=self._persons(State.WAITING),
                settled_persons=self._persons(State.SETTLED),
                deviation_pp=100 * (squares / max(1, places)) ** 0.5,
                score=sum(
                    self.scores.get(life.case.case_number, {}).get(life.number or "", 0.0)
                    for life in held
                ),
            )
        )

    def _persons(self, state: State) -> int:
        return sum(life.case.persons for life in self.lives if life.state is state)

    def _year(self) -> Year:
        held = sum(life.case.persons for life in self.lives if life.number is not None)
        return Year(
            self.rules,
            tuple(self.seen),
            replace(self.counts),
            placed_persons=held,
            waiting_persons=self._persons(State.WAITING),
        )


def _less(one: Municipality, taken: Mapping[date, int]) -> Mapping[date, int]:
    """What is left of its weeks once some persons come in them."""
    if one.weekly is None and not one.weeks:
        return one.weeks
    answer = dict(one.weeks)
    for monday, persons in taken.items():
        capacity = one.weeks.get(monday, one.weekly)
        if capacity is not None:
            answer[monday] = max(0, capacity - persons)
    return answer
