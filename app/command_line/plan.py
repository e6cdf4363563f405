"""`bosetting plan`: the best plan for the cases of a file, how good it can be, and why."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from app.errors import CannotStart

if TYPE_CHECKING:
    from app.model_scores import ModelFiles
    from workflow.planning.inputs import Inputs
    from workflow.planning.planner import Outcome
    from workflow.planning.rule_sets import PlanningRules


class HowPlanned(StrEnum):
    """As `workflow.planning.rule_sets.Method`, without loading numpy for the help."""

    RULE = "rule"
    BALANCED = "balanced"
    SCORE = "score"


class Household(StrEnum):
    """As `workflow.planning.rule_sets.HouseholdScore`, for the same reason."""

    MEAN = "mean"
    AT_LEAST_ONE = "at_least_one"
    SUM = "sum"


class Turns(StrEnum):
    DESIGN = "design"
    FILE = "file"


def add_to(cli: typer.Typer) -> None:
    cli.command()(plan)


_File = typer.Option(exists=True, dir_okay=False, readable=True)


def plan(  # noqa: PLR0917 - typer calls it by keyword
    cases: Annotated[Path, _File],
    municipalities: Annotated[Path, _File],
    out: Annotated[Path, typer.Option(dir_okay=False, help="The plan, one line per case.")],
    method: Annotated[
        HowPlanned | None, typer.Option(help="docs/planning.md says what each does.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, readable=True, help="A whole rule set instead, in TOML."
        ),
    ] = None,
    scores: Annotated[Path | None, _File] = None,
    scores_only_listed: Annotated[
        bool, typer.Option("--scores-only-listed", help="A pair without a score is not allowed.")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, readable=True, help="score: of outcomes, for the scores."
        ),
    ] = None,
    persons: Annotated[Path | None, _File] = None,
    groups: Annotated[Path | None, _File] = None,
    household: Annotated[
        Household | None,
        typer.Option(help="How the model's chances become a household's score; or --rules say."),
    ] = None,
    homes: Annotated[Path | None, _File] = None,
    weeks: Annotated[Path | None, _File] = None,
    before: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, readable=True, help="The plan in force: change it least."
        ),
    ] = None,
    expected: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="score: cases that may come later, scored in --scores too; room is kept for them.",
        ),
    ] = None,
    stand_for: Annotated[
        int | None, typer.Option(min=0, help="How many cases the expected ones stand for.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day of the plan; with it weeks are planned."),
    ] = None,
    band: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="score: used shares this near their mean (0.02 = 2 points)."
        ),
    ] = None,
    order: Annotated[Turns, typer.Option(help="Whose turn: as published, or as in the file.")] = (
        Turns.DESIGN
    ),
    seed: Annotated[int, typer.Option(help="Kept for scripts: no method draws anything.")] = 1,
    summary: Annotated[Path | None, typer.Option(dir_okay=False, help="Figures as JSON.")] = None,
    record: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="All it follows from, for `bosetting recorded-plan`."),
    ] = None,
) -> None:
    """A municipality for each case, or why there is none; nothing is written unless all is."""
    if (method is None) == (rules is None):
        raise typer.BadParameter("one of the two is needed", param_hint="--method, --rules")
    if band is not None and method is not HowPlanned.SCORE:
        raise typer.BadParameter("only --method score has a band", param_hint="--band")
    if household is not None and (model is None or rules is not None):
        raise typer.BadParameter("only with --method and --model", param_hint="--household")
    if scores_only_listed and scores is None:
        raise typer.BadParameter("needed here", param_hint="--scores")
    made = _model_files(model, persons, groups, scores=scores)
    can_be_written(out, summary, record)
    started = perf_counter()
    from app import planning_files as files
    from app import planning_output as output
    from workflow.planning.asking import record as recorded
    from workflow.planning.instance import TooLarge
    from workflow.planning.planner import plan_by
    from workflow.planning.recorded import to_json

    if rules is not None:
        rule_set = files.read_rules(rules)
    else:
        assert method is not None  # noqa: S101 - one of the two is there
        rule_set = _of_method(method, band, household, seed)
    _refuse_scores_that_are_not_there(rule_set, scores, made)
    inputs = _read(
        _Files(cases, municipalities, scores, homes, weeks, before, expected, made),
        rule_set,
        on=on.date() if on else None,
        in_file_order=order is Turns.FILE,
        scores_only_listed=scores_only_listed,
    )
    inputs = replace(inputs, stand_for=stand_for)
    try:
        outcome = plan_by(rule_set, inputs, Told())
    except TooLarge as refusal:
        raise CannotStart(f"too large to plan at once: {refusal}") from None
    output.write_plan(out, outcome)
    if record:
        output.write_text(record, to_json(recorded(rule_set, inputs, outcome)))
    if summary:
        seconds = round(perf_counter() - started, 3)
        output.write_summary(
            summary, asdict(outcome.figures) | {"seconds": seconds} | _more(outcome)
        )
    shown = outcome.figures
    print(
        f"{shown.placed_cases:,} cases placed, {shown.unplaced_cases:,} not; "
        f"{shown.placed_persons:,} of at most {shown.max_placeable_persons:,} persons; "
        f"deviation {shown.rms_deviation_pp:.4f} pp, at least {shown.rms_bound_pp:.4f}",
        file=sys.stderr,
    )


@dataclass(frozen=True, slots=True)
class _Files:
    cases: Path
    municipalities: Path
    scores: Path | None
    homes: Path | None
    weeks: Path | None
    before: Path | None
    expected: Path | None
    #: What scores are made of, where they are not imported.
    made: "ModelFiles | None"


def _model_files(
    model: Path | None, persons: Path | None, groups: Path | None, *, scores: Path | None
) -> "ModelFiles | None":
    if model is None and persons is None and groups is None:
        return None
    if model is None or persons is None or groups is None:
        raise typer.BadParameter("all three or none", param_hint="--model, --persons, --groups")
    if scores is not None:
        raise typer.BadParameter("scores are imported or made, not both", param_hint="--model")
    from app.model_scores import ModelFiles

    return ModelFiles(model, persons, groups)


def _of_method(
    method: HowPlanned, band: float | None, household: Household | None, seed: int
) -> "PlanningRules":
    from workflow.planning.rule_sets import HouseholdScore, Method, PlanningRules

    return PlanningRules(
        1,
        Method(method.value),
        band=None if band is None else Fraction(str(band)),
        household_score=None if household is None else HouseholdScore(household.value),
        seed=seed,
    )


def _refuse_scores_that_are_not_there(
    rules: "PlanningRules", scores: Path | None, made: "ModelFiles | None"
) -> None:
    if rules.method.value == HowPlanned.SCORE and scores is None and made is None:
        raise typer.BadParameter("needed here, or --model", param_hint="--scores")
    if made is not None and rules.household_score is None:
        raise typer.BadParameter(
            "a model scores persons: say how a household is scored",
            param_hint="--household, or household_score in --rules",
        )


def _read(
    paths: _Files,
    rules: "PlanningRules",
    *,
    on: date | None,
    in_file_order: bool,
    scores_only_listed: bool,
) -> "Inputs":
    """All that the files bring; lines that cannot be used are told, and it is over."""
    from app import planning_files as files
    from app import score_files
    from app.model_scores import scores_from_model
    from workflow.planning.inputs import Inputs

    with told_if_bad():
        cases = files.read_cases(paths.cases)
        municipalities = files.read_municipalities(paths.municipalities)
        expected = files.read_cases(paths.expected) if paths.expected else []
        if {case.case_number for case in expected} & {case.case_number for case in cases}:
            raise CannotStart(f"{paths.expected}: a case of the file of cases")
        table = None
        if paths.scores:
            table = score_files.read_scores(paths.scores, [*cases, *expected], municipalities)
        elif paths.made and rules.household_score is not None:
            table = scores_from_model(
                paths.made, rules.household_score, [*cases, *expected], municipalities
            )
        homes = files.read_homes(paths.homes, municipalities) if paths.homes else []
        if paths.weeks:
            municipalities = files.with_weeks(paths.weeks, municipalities)
        before = files.read_before(paths.before) if paths.before else {}
    if scores_only_listed and table is not None:
        cases = score_files.only_listed(cases, table)
        expected = score_files.only_listed(expected, table)
    return Inputs(
        tuple(cases),
        tuple(municipalities),
        tuple(homes),
        table,
        before,
        on,
        in_file_order,
        tuple(expected),
    )


def _more(outcome: "Outcome") -> dict[str, object]:
    """What the summary has beside its figures: the steps, and by which apportionment."""
    return {
        "method": outcome.rules.method.value,
        "apportionment": outcome.rules.apportionment,
        "changed_cases": outcome.changed,
        "homes": {name: fate.value for name, fate in outcome.homes.items()},
        "steps": [
            asdict(step) | {"gave_up": step.gave_up, "missing": step.missing}
            for step in outcome.steps
        ],
    }


@contextmanager
def told_if_bad() -> Iterator[None]:
    """Each line of a file that cannot be used, on stderr; then exit 1."""
    from app.planning_files import BadFile

    try:
        yield
    except BadFile as bad:
        for row in bad.rejected:
            print(f"{bad.path}:{row}", file=sys.stderr)
        raise typer.Exit(1) from None


def can_be_written(*files: Path | None) -> None:
    """Raises CannotStart before the work, not after it."""
    for file in files:
        if file is not None and not file.resolve().parent.is_dir():
            raise CannotStart(f"{file}: the folder does not exist")


class Told:
    """A line on stderr each second, once the work has taken one."""

    def __init__(self) -> None:
        self._next = monotonic() + 1

    def __call__(self, what: str, part: float) -> None:
        if monotonic() >= self._next:
            self._next = monotonic() + 1
            print(f"{what}: {part:.0%}", file=sys.stderr)
