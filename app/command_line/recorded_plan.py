"""`bosetting recorded-plan …`: a plan that was recorded, made again and asked why."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.plan import Told
from app.errors import CannotStart

if TYPE_CHECKING:
    from workflow.planning.explained import Cost, Record, WhyHere, WhyNot

_RECORD = typer.Argument(exists=True, dir_okay=False, readable=True, metavar="RECORD.json")


def add_to(cli: typer.Typer) -> None:
    group = typer.Typer(help="What `bosetting plan --record` wrote.", no_args_is_help=True)
    group.command()(replay)
    group.command()(why)
    cli.add_typer(group, name="recorded-plan")


def replay(file: Annotated[Path, _RECORD]) -> None:
    """Make the plan again; exit 1 and tell each case where it is not the same."""
    from workflow.planning.asking import OtherVersion
    from workflow.planning.asking import replay as made_again

    try:
        answer = made_again(_recorded(file), Told())
    except OtherVersion as other:
        raise CannotStart(f"{file}: {other}") from None
    for before, now in answer.differing:
        print(
            f"{before.case_number}: {before.municipality_number or 'none'} ({before.code}), "
            f"now {now.municipality_number or 'none'} ({now.code})"
        )
    if not answer.same:
        raise typer.Exit(1)
    print(f"The same: {len(answer.outcome.lines):,} cases.")


def why(
    file: Annotated[Path, _RECORD],
    case: Annotated[str, typer.Argument(help="Its number.")],
    instead: Annotated[
        str | None, typer.Option(help="Why not in this municipality, and what it would cost.")
    ] = None,
) -> None:
    """Why a case is where it is, or is not where one might think; as JSON."""
    from workflow.planning.asking import Asked, NoSuchCase

    asked = Asked(_recorded(file))
    try:
        answer = (
            _not_there(asked.why_not(case, instead, Told()))
            if instead
            else _here(asked.why_here(case))
        )
    except NoSuchCase as unknown:
        raise CannotStart(f"{file}: it has no {unknown}") from None
    json.dump(answer, sys.stdout, indent=2, ensure_ascii=False)
    print()


def _recorded(file: Path) -> "Record":
    from workflow.planning.recorded import BadRecord, from_json

    try:
        return from_json(file.read_text(encoding="utf-8"))
    except (BadRecord, UnicodeDecodeError) as bad:
        raise CannotStart(f"{file}: {bad}") from None


def _here(answer: "WhyHere") -> dict[str, object]:
    from workflow.planning.recorded import line_to_mapping

    return {
        **line_to_mapping(answer.line),
        "reason": answer.line.reason,
        "next_best": [{"municipality": number, **_cost(cost)} for number, cost in answer.next_best],
    }


def _not_there(answer: "WhyNot") -> dict[str, object]:
    return {
        "case": answer.case_number,
        "municipality": answer.municipality_number,
        "would_have_to_change": [
            {"code": one.code, "facts": dict(one.facts), "change": one.change}
            for one in answer.barriers
        ],
        "cost": _cost(answer.cost) if answer.cost else None,
        "moved": dict(answer.moved),
    }


def _cost(cost: "Cost") -> dict[str, object]:
    return {
        "persons": cost.persons,
        "deviation_pp": round(cost.deviation_pp, 6),
        "score": None if cost.score is None else round(cost.score, 6),
    }
