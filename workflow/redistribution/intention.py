"""What a redistribution is to be, before any case is looked at: whose places, planned how."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid
from workflow.planning.rule_sets import BadRules, Method, PlanningRules
from workflow.redistribution.kept import scores_in_use
from workflow.redistribution.rules import planning_in_force
from workflow.redistribution.runs import only_imdi


@dataclass(frozen=True, slots=True)
class Intention:
    """`year`: whose places. `scores`: the import that is used, where any is."""

    year: int
    rules: PlanningRules
    scores: int | None


def intended(
    session: Session,
    *,
    year: int | None,
    method: Method | None,
    band: Fraction | None,
    actor: Actor,
    at: datetime,
) -> Intention:
    """This year's places, and the way of planning published for today, where nothing else is said.

    Raises:
        NotAllowed; Invalid: a past year, or a band that cannot be; NoScores.
    """
    only_imdi(actor)
    today = local_day(at)
    year = year or today.year
    if year < today.year:
        raise Invalid(f"{year} is past", pointer="/year", expected=f"{today.year} or later")
    rules = _rules(session, today, method, band)
    return Intention(year, rules, scores_in_use(session, rules))


def without_scores(rules: PlanningRules) -> PlanningRules:
    """The same, evened out instead."""
    return replace(rules, method=Method.BALANCED, band=None)


def _rules(
    session: Session, on: date, method: Method | None, band: Fraction | None
) -> PlanningRules:
    """The rule set of the day, with the way of planning that is asked for."""
    published = planning_in_force(session, on)
    if method is None:
        method = published.method
    if band is None and method is Method.SCORE:
        band = published.band
    try:
        return replace(published, method=method, band=band)
    except BadRules as bad:
        raise Invalid(str(bad), pointer=f"/{bad.field}", expected=bad.expected) from bad
