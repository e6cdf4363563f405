"""Scores that a plan has from a model of outcomes, put together as its rule set says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import CannotStart
from app.outcome_files import read_groups, read_persons
from workflow.planning.inputs import Case, Municipality
from workflow.planning.outcomes import (
    BadModel,
    LogisticModel,
    Person,
    model_from_json,
    scores_by_group,
)
from workflow.planning.rule_sets import HouseholdScore
from workflow.planning.score_grid import ScoreGrid


@dataclass(frozen=True, slots=True)
class ModelFiles:
    model: Path
    persons: Path
    groups: Path


def read_asked(model: Path, persons: Path) -> tuple[LogisticModel, list[Person]]:
    """A model, and persons with all that it asks for.

    Raises:
        CannotStart: it is no model, or a feature is missing. BadFile.
    """
    try:
        read = model_from_json(model.read_text(encoding="utf-8"))
    except (BadModel, UnicodeDecodeError) as bad:
        raise CannotStart(f"{model}: {bad}") from None
    people = read_persons(persons)
    asked = {term.feature for term in read.terms}
    if people and (missing := asked - set(people[0].features)):
        raise CannotStart(f"{persons}: the model asks for {', '.join(sorted(missing))}")
    return read, people


def scores_from_model(
    files: ModelFiles,
    kind: HouseholdScore,
    cases: Sequence[Case],
    municipalities: Sequence[Municipality],
) -> ScoreGrid:
    """What each household scores in each municipality; a case without persons scores nothing.

    Raises:
        CannotStart: a person of no case, a municipality of no group, no model. BadFile.
    """
    group_of = read_groups(files.groups)
    model, people = read_asked(files.model, files.persons)
    known = {case.case_number for case in cases}
    if strangers := sorted({one.case_number for one in people} - known):
        raise CannotStart(f"{files.persons}: {strangers[0]} is no case of the file of cases")
    names = [one.municipality_number for one in municipalities]
    if without := sorted(set(names) - group_of.keys()):
        raise CannotStart(f"{files.groups}: {without[0]} has no group")
    grid = ScoreGrid([case.case_number for case in cases], names)
    for case_number, worth in scores_by_group(model, people, group_of.values(), kind).items():
        grid.cells[grid.cases[case_number]] = [worth[group_of[name]] for name in names]
    return grid
