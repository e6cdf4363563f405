"""`bosetting simulate`: a year replayed under rule sets, and what differs between them."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.plan import Told, can_be_written, told_if_bad
from app.errors import CannotStart

if TYPE_CHECKING:
    from workflow.planning.inputs import Case, Inputs
    from workflow.planning.rule_sets import PlanningRules
    from workflow.planning.simulation import Chances, Scenario, Year

_File = typer.Option(exists=True, dir_okay=False, readable=True)
_Part = typer.Option(min=0, max=1)


def add_to(cli: typer.Typer) -> None:
    cli.command()(simulate)


def simulate(  # noqa: PLR0917 - typer calls it by keyword
    out: Annotated[
        Path, typer.Option(dir_okay=False, help="The report: HTML, or Markdown if called .md.")
    ],
    cases: Annotated[Path | None, _File] = None,
    municipalities: Annotated[Path | None, _File] = None,
    invented: Annotated[
        int | None, typer.Option(min=1, help="Invent so many cases instead of reading files.")
    ] = None,
    scores: Annotated[Path | None, _File] = None,
    homes: Annotated[Path | None, _File] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="Cases of another year, scored in --scores too: prices are learned from them.",
        ),
    ] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="Repeat it to compare."),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=260)] = 52,
    begins: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])] = datetime(2020, 1, 6),  # noqa: DTZ001 - typer's dates have no zone
    plan_weeks: Annotated[
        bool, typer.Option("--plan-weeks", help="Plan settlement weeks as well.")
    ] = False,
    accepted: Annotated[float, _Part] = 0.93,
    withdrawn: Annotated[float, _Part] = 0.05,
    cancelled: Annotated[float, _Part] = 0.06,
    seed: Annotated[int, typer.Option(help="Of what is invented and drawn.")] = 1,
    figures: Annotated[Path | None, typer.Option(dir_okay=False, help="As JSON.")] = None,
) -> None:
    """A year of arrivals, answers, declines, withdrawals and cancelled flights, by each rule set.

    Without --rules the methods are compared: rule, balanced, and score where there are scores.
    """
    read = cases is not None and municipalities is not None
    if read == (invented is not None):
        raise typer.BadParameter(
            "both files, or --invented", param_hint="--cases, --municipalities"
        )
    can_be_written(out, figures)
    from app import planning_output as output
    from app.simulation_report import Compared, as_html, as_markdown
    from app.simulation_report import figures as in_figures
    from workflow.planning.simulation import Chances

    first = begins.date()
    chances = Chances(accepted=accepted, withdrawn=withdrawn, cancelled=cancelled)
    paths = _Files(cases, municipalities, scores, homes, history)
    year = _Setting(weeks, first if first.weekday() == 0 else _monday_after(first), chances, seed)
    scenario = _invented(invented, year) if invented else _read(paths, year)
    if plan_weeks:
        from dataclasses import replace

        scenario = replace(scenario, inputs=replace(scenario.inputs, on=year.begins))
    rule_sets = _rule_sets(rules or [], scenario.inputs, seed)
    told = Told()
    years: dict[str, Year] = {}
    for done, (name, rule_set) in enumerate(rule_sets.items()):
        years[name] = _replay(rule_set, scenario, told, done, len(rule_sets))
    compared = Compared(scenario, years, _hindsight(scenario.inputs))
    made = as_markdown if out.suffix == ".md" else as_html
    output.write_text(out, made(compared))
    if figures:
        output.write_summary(figures, dict(in_figures(compared)))


@dataclass(frozen=True, slots=True)
class _Files:
    cases: Path | None
    municipalities: Path | None
    scores: Path | None
    homes: Path | None
    history: Path | None


@dataclass(frozen=True, slots=True)
class _Setting:
    weeks: int
    begins: date
    chances: "Chances"
    seed: int


def _monday_after(day: date) -> date:
    from datetime import timedelta

    return day + timedelta(days=7 - day.weekday())


def _read(paths: _Files, year: _Setting) -> "Scenario":
    from app import planning_files as files
    from app import score_files
    from workflow.planning.inputs import Inputs
    from workflow.planning.simulation import Scenario, chance

    if paths.cases is None or paths.municipalities is None:
        raise CannotStart("cases and municipalities are needed")
    with told_if_bad():
        cases = files.read_cases(paths.cases)
        municipalities = files.read_municipalities(paths.municipalities)
        past = files.read_cases(paths.history) if paths.history else []
        table = None
        if paths.scores:
            table = score_files.read_scores(paths.scores, [*cases, *past], municipalities)
        homes = files.read_homes(paths.homes, municipalities) if paths.homes else []
        arrivals = files.read_arrivals(paths.cases)
        accepts = files.read_accepts(paths.municipalities)
    weeks = {
        case.case_number: (monday - year.begins).days // 7
        if (monday := arrivals.get(case.case_number)) is not None
        else int(chance(year.seed, "arrives", case.case_number) * year.weeks)
        for case in cases
    }
    return Scenario(
        Inputs(tuple(cases), tuple(municipalities), tuple(homes), table),
        weeks,
        year.begins,
        year.weeks,
        year.chances,
        accepts,
        _named_apart(past, cases),
    )


def _named_apart(past: "list[Case]", cases: "list[Case]") -> "tuple[Case, ...]":
    """Cases of another year; one that is in both files cannot be told apart."""
    both = {case.case_number for case in past} & {case.case_number for case in cases}
    if both:
        raise CannotStart(f"--history and --cases both have {min(both)}")
    return tuple(past)


def _invented(count: int, year: _Setting) -> "Scenario":
    from app.bench.planning_year import invent_scenario

    return invent_scenario(
        count, weeks=year.weeks, begins=year.begins, chances=year.chances, seed=year.seed
    )


def _rule_sets(paths: list[Path], inputs: "Inputs", seed: int) -> "dict[str, PlanningRules]":
    from app import planning_files as files
    from workflow.planning.rule_sets import Method, PlanningRules

    if not paths:
        methods = [m for m in Method if m is not Method.SCORE or inputs.scores is not None]
        return {m.value: PlanningRules(1, m, seed=seed) for m in methods}
    answer = {}
    for path in paths:
        rules = files.read_rules(path)
        if rules.method is Method.SCORE and inputs.scores is None:
            raise CannotStart(f"{path}: the method score needs --scores")
        if path.stem in answer:
            raise CannotStart(f"{path}: two rule sets of one name")
        answer[path.stem] = rules
    return answer


def _replay(
    rules: "PlanningRules", scenario: "Scenario", told: Told, done: int, count: int
) -> "Year":
    from workflow.planning.simulation import replayed

    seen: list[Year] = []
    for week, year in replayed(rules, scenario):
        told(f"{rules.method}, week {week + 1}", (done + (week + 1) / scenario.weeks) / count)
        seen[:] = [year]
    return seen[0]


def _hindsight(inputs: "Inputs") -> float | None:
    """What the best plan for the whole year at once scores, were every answer yes."""
    if inputs.scores is None:
        return None
    from workflow.planning.planner import place
    from workflow.planning.rule_sets import Method, PlanningRules

    lines = place(PlanningRules(1, Method.SCORE), inputs)
    return sum(
        inputs.scores.get((line.case_number, line.municipality_number), 0.0)
        for line in lines
        if line.municipality_number
    )
