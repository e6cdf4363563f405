"""A plan with all that cases and municipalities can bring, its reasons and its bounds."""

from dataclasses import replace
from datetime import date, timedelta
from time import perf_counter, process_time

import typer

from app.bench.planning import Shape, invent, print_memory
from workflow.planning.explained import StepTaken
from workflow.planning.inputs import WHEELCHAIR, Case, Home, Inputs, Municipality
from workflow.planning.planner import plan_by
from workflow.planning.rule_sets import Method, PlanningRules, Step
from workflow.planning.simulation import chance

_ON = date(2020, 1, 1)
_WEEKS = 26
#: What the weeks receive of what the free places do.
_WEEKLY = 1.3
#: Free places to a home.
_PLACES_EACH_HOME = 12
#: Parts of the cases that need a home for a wheelchair, and that belong with the one before.
_WHEELCHAIRS, _RELATED = 0.02, 0.04


def bench_everything(cases: int, municipalities: int, *, seed: int = 1) -> None:
    """Print seconds, what is placed, and each step beside its bound."""
    inputs = invent_everything(cases, municipalities, seed=seed)
    rules = PlanningRules(1, Method.BALANCED, weeks_ahead=_WEEKS)
    since = perf_counter(), process_time()
    made = plan_by(rules, inputs)
    wall, cpu = perf_counter() - since[0], process_time() - since[1]
    steps = {one.step: one for one in made.steps}
    reasons: dict[str, int] = {}
    for line in made.lines:
        if line.municipality_number is None:
            reasons[line.code] = reasons.get(line.code, 0) + 1
    typer.echo(
        f"  everything: {cases:,} × {municipalities:,}: {wall:.1f} s ({cpu:.1f} s CPU); "
        + "; ".join(_told(steps[one]) for one in (Step.PERSONS, Step.BALANCE, Step.HOMES))
        + f"; without a place {dict(sorted(reasons.items()))}"
    )
    print_memory()


def _told(step: StepTaken) -> str:
    return f"{step.step} {step.value:,.4g} of {step.bound:,.4g}"


def invent_everything(cases: int, municipalities: int, *, seed: int) -> Inputs:
    """90 % full; weeks, permits, homes, a ceiling on large families, wheelchairs, relatives."""
    problem = invent(Shape("everything", cases, municipalities, 0.9), seed)
    numbers = [f"{index:05d}" for index in range(municipalities)]
    free = problem.free.tolist()
    places = tuple(
        Municipality(
            number,
            int(problem.places[index]),
            int(problem.used[index]),
            services=frozenset(f"n{need}" for need in problem.allowed[:, index].nonzero()[0]),
            region=f"r{index % 11}",
            weekly=max(8, round(_WEEKLY * free[index] / _WEEKS)),
            most={"large_family": free[index] // 40},
        )
        for index, number in enumerate(numbers)
    )
    homes = tuple(
        Home(
            f"{number}-{each}",
            number,
            2 + int(6 * chance(seed, "home", number, each)),
            accessible=chance(seed, "accessible", number, each) < 0.25,
        )
        for index, number in enumerate(numbers)
        for each in range(free[index] // _PLACES_EACH_HOME)
    )
    made = [
        Case(
            f"c{index:06d}",
            persons,
            expires_on=_ON + timedelta(days=60 + int(190 * chance(seed, "permit", index))),
            needs=frozenset({f"n{need}"})
            | ({WHEELCHAIR} if chance(seed, "wheelchair", index) < _WHEELCHAIRS else set()),
        )
        for index, (persons, need) in enumerate(
            zip(problem.persons.tolist(), problem.needs.tolist(), strict=True)
        )
    ]
    for index in range(1, len(made)):
        if chance(seed, "related", index) < _RELATED and made[index - 1].related is None:
            family = f"f{index}"
            made[index - 1] = replace(made[index - 1], related=family)
            made[index] = replace(made[index], related=family)
    return Inputs(tuple(made), places, homes, on=_ON)
