"""`bosetting outcome …`: scores from what became of people earlier; off unless asked for."""

import csv
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from app.command_line.plan import Household, can_be_written, told_if_bad

_File = typer.Option(exists=True, dir_okay=False, readable=True)
_OUT = typer.Option(dir_okay=False)
_WITHOUT = typer.Option(help="Leave a feature out; repeat it for more.")
_STRENGTH = typer.Option(min=1e-6, help="The smaller, the nearer coefficients are to nought.")


def add_to(cli: typer.Typer) -> None:
    group = typer.Typer(
        help="Outcome scores for `bosetting plan --scores`; off unless asked for.",
        no_args_is_help=True,
    )
    group.command()(fit)
    group.command()(report)
    group.command()(score)
    cli.add_typer(group, name="outcome")


def fit(  # noqa: PLR0917 - typer calls it by keyword
    history: Annotated[Path, _File],
    groups: Annotated[Path, _File],
    out: Annotated[Path, _OUT],
    card: Annotated[Path, _OUT],
    without: Annotated[list[str] | None, _WITHOUT] = None,
    strength: Annotated[float, _STRENGTH] = 1.0,
) -> None:
    """A transparent model of an outcome, with its card; needs bosetting[outcome].

    HISTORY: person,case,municipality,outcome (0 or 1) and a column for each feature; the card tells
    apart sex, age and family_type where they are there. GROUPS: municipality,group.
    """
    can_be_written(out, card)
    from app import outcome_card as cards
    from app import outcome_fitting as fitting
    from app.outcome_files import read_groups, read_history
    from app.planning_output import write_text

    with told_if_bad():
        group_of = read_groups(groups)
        kept, held_out = fitting.split(read_history(history, group_of))
    model = fitting.fit(kept, group_of, without=without or (), strength=strength)
    write_text(card, cards.card(model, kept, held_out, group_of))
    write_text(out, model.to_json())


def report(
    history: Annotated[Path, _File],
    groups: Annotated[Path, _File],
    without: Annotated[list[str], _WITHOUT],
    out: Annotated[Path, _OUT],
    strength: Annotated[float, _STRENGTH] = 1.0,
) -> None:
    """What leaving features out changes: fitted with them and without, beside each other."""
    can_be_written(out)
    from app import outcome_card as cards
    from app import outcome_fitting as fitting
    from app.outcome_files import read_groups, read_history
    from app.planning_output import write_text

    with told_if_bad():
        group_of = read_groups(groups)
        kept, held_out = fitting.split(read_history(history, group_of))
    models = [
        fitting.fit(kept, group_of, without=each, strength=strength) for each in ((), without)
    ]
    write_text(out, cards.effect(models[0], models[1], kept, held_out, group_of))


def score(
    model: Annotated[Path, _File],
    persons: Annotated[Path, _File],
    groups: Annotated[Path, _File],
    household: Annotated[
        Household,
        typer.Option(help="How the chances of its persons become one; who gains differs."),
    ],
    out: Annotated[Path, _OUT],
) -> None:
    """Scores for `bosetting plan --scores`: case,municipality,score. Needs no scikit-learn.

    PERSONS: person,case and the features the model asks for.
    """
    can_be_written(out)
    from app.cells import cell
    from app.model_scores import read_asked
    from app.outcome_files import read_groups
    from app.planning_output import write_text
    from workflow.planning.outcomes import household_scores
    from workflow.planning.rule_sets import HouseholdScore

    with told_if_bad():
        group_of = read_groups(groups)
        read, people = read_asked(model, persons)
    table = household_scores(read, people, group_of, HouseholdScore(household.value))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("case", "municipality", "score"))
    writer.writerows(
        (cell(case), cell(number), f"{value:.6f}") for (case, number), value in table.items()
    )
    write_text(out, text.getvalue())
