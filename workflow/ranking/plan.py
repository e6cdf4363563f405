"""The published order for many cases: each sees what the earlier ones left.

Track A before the others, then earliest permit expiry, larger household, case number. The plan is
what `rank` gives case after case, only faster; nothing depends on the order of the input.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from workflow.ranking.board import Board, Line, Municipality
from workflow.ranking.criteria import Candidate, CaseToPlace, Contest, Fact, RuleSet
from workflow.ranking.fit import best_fit
from workflow.ranking.order import NONE_FREE, NOT_REGISTERED, Ranked, with_rivals
from workflow.ranking.shares import share

#: Some municipalities have room, but the guards bar the case from each of them.
NONE_LEFT = "ranking.none_left"


@dataclass(frozen=True, slots=True)
class Planned:
    """What the plan says of one case: a municipality, or the code that says why none."""

    case: CaseToPlace
    rules: RuleSet
    #: The chosen municipality and the next, as they stood when the case's turn came.
    shown: tuple[Candidate, ...]
    #: The municipality with the best share then; None where no municipality may take the case.
    best: Candidate | None
    #: Why it has no municipality.
    code: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)

    @property
    def municipality_number(self) -> str | None:
        return self.shown[0].municipality_number if self.shown else None

    @property
    def vacancy_id(self) -> str | None:
        """The vacancy that the distribution uses."""
        return self.shown[0].fitting_vacancy if self.shown else None

    @property
    def items(self) -> tuple[Ranked, ...]:
        """The head of the ranking, the chosen one first, with reasons worked out when asked for."""
        if self.best is None:
            return ()
        best_share = share(self.best.free, self.best.decided_places)
        ranked = with_rivals(Contest(self.case, self.rules, best_share), self.shown)
        return ranked[: 1 + self.rules.next_shown]


@dataclass(frozen=True, slots=True)
class Plan:
    rules: RuleSet
    #: The day the distributions count from.
    on: date
    #: In the order the cases had their turn.
    cases: tuple[Planned, ...]

    @property
    def placed(self) -> tuple[Planned, ...]:
        return tuple(planned for planned in self.cases if planned.code is None)

    @property
    def unplaced(self) -> tuple[Planned, ...]:
        return tuple(planned for planned in self.cases if planned.code is not None)


def plan(
    cases: Iterable[CaseToPlace],
    municipalities: Iterable[Municipality],
    rules: RuleSet,
    *,
    on: date,
    in_order_given: bool = False,
    told: Callable[[float], None] = lambda done: None,
) -> Plan:
    """A municipality for each case, or why there is none.

    Args:
        on: the day of the run, which becomes the last distribution of each chosen municipality.
        in_order_given: the cases have their turns as they come, for comparison with other orders.
        told: the share that is done, 0 to 1, before each turn; it stops the plan by raising.

    Raises:
        ValueError: the same municipality or the same case twice.
    """
    board = Board(municipalities, rules.vacancy_window)
    queue = list(cases) if in_order_given else sorted(cases, key=turn)
    if len({case.case_number for case in queue}) < len(queue):
        raise ValueError("the same case twice")
    made = []
    for done, case in enumerate(queue):
        told(done / len(queue))
        made.append(_place(board, case, rules, on))
    return Plan(rules, on, tuple(made))


def turn(case: CaseToPlace) -> tuple[bool, bool, date, int, str]:
    """What settles when a case has its turn in a run: the smaller comes first."""
    return (
        case.track != "A",
        case.permit_expires_on is None,
        case.permit_expires_on or date.max,
        -case.persons,
        case.case_number,
    )


def _place(board: Board, case: CaseToPlace, rules: RuleSet, on: date) -> Planned:
    line = board.line(case.pool, case.persons)
    best = next(_open_to(case, board, line, line.everyone), None)
    if best is None:
        code, facts = _why_none(board, line, case)
        return Planned(case, rules, (), None, code, facts)
    # The chosen one's reasons hold it against the second, so two are always kept.
    count = max(2, 1 + rules.next_shown)
    indexes = [line.index(key) for key in _head(board, line, case, best, count)]
    shown = tuple(board.candidate(index, case) for index in indexes)
    planned = Planned(case, rules, shown, board.candidate(line.index(best), case))
    board.take(indexes[0], case, shown[0].fitting_vacancy, on)
    return planned


def _head(board: Board, line: Line, case: CaseToPlace, best: int, count: int) -> list[int]:
    """Keys of the first few: the former, those with a vacancy within the window, the others."""
    head: list[int] = []
    if (former := _former(board, line, case)) is not None:
        head.append(former)
    window_ends = line.window_ends(best)
    for key in _open_to(case, board, line, line.with_vacancy):
        if key >= window_ends or len(head) == count:
            break
        if key not in head and best_fit(board.vacancies[line.index(key)], case):
            head.append(key)
    for key in _open_to(case, board, line, line.everyone):
        if len(head) == count:
            break
        if key not in head:
            head.append(key)
    return head


def _former(board: Board, line: Line, case: CaseToPlace) -> int | None:
    """The key of the one that comes first whatever its share (R08), if it has room (R16)."""
    number = case.preferred_municipality_number
    if number is None or number in case.excluded or number not in board.index_of:
        return None
    return line.key_of.get(board.index_of[number])


def _open_to(case: CaseToPlace, board: Board, line: Line, keys: list[int]) -> Iterator[int]:
    if not case.excluded:
        return iter(keys)
    return (key for key in keys if board.numbers[line.index(key)] not in case.excluded)


def _why_none(board: Board, line: Line, case: CaseToPlace) -> tuple[str, Mapping[str, Fact]]:
    if line.everyone:
        return NONE_LEFT, {"persons": case.persons, "excluded": len(line.everyone)}
    if (most_free := board.most_free(case.pool)) is None:
        return NOT_REGISTERED, {}
    return NONE_FREE, {"persons": case.persons, "free": most_free}
