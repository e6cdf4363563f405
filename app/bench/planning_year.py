"""A year for the simulator, invented by seed: cases, municipalities, scores and a year before."""

from datetime import date, timedelta
from fractions import Fraction

from app.bench.planning import Shape, invent, invent_another_year, invent_scores
from workflow.planning.inputs import Case, Inputs, Municipality, ScoreTable
from workflow.planning.instance import Problem
from workflow.planning.prices import BARRED, Scores
from workflow.planning.simulation import Chances, Scenario, chance

#: As in 2020: so many cases to one municipality.
_CASES_EACH = 14


def invent_scenario(
    count: int, *, weeks: int, begins: date, chances: Chances, seed: int
) -> Scenario:
    """So many cases, and a fourteenth as many municipalities; permits end within the year."""
    shape = Shape("a year", count, max(4, count // _CASES_EACH))
    problem = invent(shape, seed)
    before = invent_another_year(problem, seed, 1)
    numbers = [f"{index:04d}" for index in range(len(problem.places))]
    municipalities = tuple(
        Municipality(
            number,
            int(problem.places[index]),
            int(problem.used[index]),
            services=frozenset(f"n{need}" for need in problem.allowed[:, index].nonzero()[0]),
            region=f"r{index % 11}",
        )
        for index, number in enumerate(numbers)
    )
    arrives = {f"c{i:06d}": int(chance(seed, "arrives", i) * weeks) for i in range(count)}
    cases = _cases("c", problem, begins, arrives, seed)
    history = _cases("h", before, begins, {}, seed)
    table = _table("c", invent_scores(problem, seed), numbers)
    table |= _table("h", invent_scores(before, seed, 1), numbers)
    return Scenario(
        Inputs(cases, municipalities, scores=table),
        arrives,
        begins,
        weeks,
        chances,
        history=history,
    )


def _cases(
    letter: str, problem: Problem, begins: date, arrives: dict[str, int], seed: int
) -> tuple[Case, ...]:
    answer = []
    for index, (persons, needs) in enumerate(
        zip(problem.persons.tolist(), problem.needs.tolist(), strict=True)
    ):
        number = f"{letter}{index:06d}"
        lasts = int(60 + 200 * chance(seed, "permit", number))
        came = begins + timedelta(weeks=arrives.get(number, 0))
        answer.append(
            Case(
                number,
                persons,
                expires_on=came + timedelta(days=lasts),
                needs=frozenset({f"n{needs}"}),
                strength=Fraction(1),
            )
        )
    return tuple(answer)


def _table(letter: str, scores: Scores, numbers: list[str]) -> dict[tuple[str, str], float]:
    table: ScoreTable = {
        (f"{letter}{unit:06d}", numbers[where]): float(value)
        for unit, row in enumerate(scores.tolist())
        for where, value in enumerate(row)
        if value > BARRED / 2
    }
    return dict(table)
