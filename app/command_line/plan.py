"""`bosetting plan`: the best plan for the cases of a file, how good it can be, and why."""

import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from time import monotonic, perf_counter
from typing import Annotated

import typer

from app.errors import CannotStart


class HowPlanned(StrEnum):
    """As `workflow.planning.rule_sets.Method`, without loading numpy for the help."""

    RULE = "rule"
    BALANCED = "balanced"
    SCORE = "score"


class Turns(StrEnum):
    DESIGN = "design"
    FILE = "file"


def add_to(cli: typer.Typer) -> None:
    cli.command()(plan)


_File = typer.Option(exists=True, dir_okay=False, readable=True)


def plan(  # noqa: PLR0917 - typer calls it by keyword
    cases: Annotated[Path, _File],
    municipalities: Annotated[Path, _File],
    method: Annotated[HowPlanned, typer.Option(help="docs/planning.md says what each does.")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="The plan, one line per case.")],
    scores: Annotated[Path | None, _File] = None,
    scores_only_listed: Annotated[
        bool, typer.Option("--scores-only-listed", help="A pair without a score is not allowed.")
    ] = False,
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
) -> None:
    """A municipality for each case, or why there is none; nothing is written unless all is."""
    if band is not None and method is not HowPlanned.SCORE:
        raise typer.BadParameter("only --method score has a band", param_hint="--band")
    if scores is None and (method is HowPlanned.SCORE or scores_only_listed):
        raise typer.BadParameter("needed here", param_hint="--scores")
    _can_be_written(out, summary)
    started = perf_counter()
    from app import planning_files as files
    from workflow.planning.instance import TooLarge
    from workflow.planning.planner import make_plan
    from workflow.planning.rule_sets import Method

    try:
        read_cases = files.read_cases(cases)
        read_municipalities = files.read_municipalities(municipalities)
        table = files.read_scores(scores, read_cases, read_municipalities) if scores else None
    except files.BadFile as bad:
        for row in bad.rejected:
            print(f"{bad.path}:{row}", file=sys.stderr)
        raise typer.Exit(1) from None
    if scores_only_listed and table is not None:
        read_cases = files.only_listed(read_cases, table)
    try:
        outcome = make_plan(
            read_cases,
            read_municipalities,
            Method(method.value),
            scores=table,
            band=band,
            in_file_order=order is Turns.FILE,
            progress=_Told(),
        )
    except TooLarge as refusal:
        raise CannotStart(f"too large to plan at once: {refusal}") from None
    figures = asdict(outcome.figures) | {"seconds": round(perf_counter() - started, 3)}
    files.write_plan(out, outcome)
    if summary:
        files.write_summary(summary, figures)
    shown = outcome.figures
    print(
        f"{shown.placed_cases:,} cases placed, {shown.unplaced_cases:,} not; "
        f"{shown.placed_persons:,} of at most {shown.max_placeable_persons:,} persons; "
        f"deviation {shown.rms_deviation_pp:.4f} pp, at least {shown.rms_bound_pp:.4f}",
        file=sys.stderr,
    )


def _can_be_written(*files: Path | None) -> None:
    for file in files:
        if file is not None and not file.resolve().parent.is_dir():
            raise CannotStart(f"{file}: the folder does not exist")


class _Told:
    """A line on stderr each second, once the work has taken one."""

    def __init__(self) -> None:
        self._next = monotonic() + 1

    def __call__(self, what: str, part: float) -> None:
        if monotonic() >= self._next:
            self._next = monotonic() + 1
            print(f"{what}: {part:.0%}", file=sys.stderr)
