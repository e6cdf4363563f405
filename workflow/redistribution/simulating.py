"""What a rule set would have done to last month, beside the one in force then."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.models import Case, Distribution
from workflow.cases.moves import CaseInHand, in_hand, pool_of
from workflow.cases.queries import listed
from workflow.cases.states import DistributionState
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.planning.rule_sets import PlanningRules
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.board import Places
from workflow.redistribution.gathering import brought
from workflow.redistribution.kept import scores_in_use
from workflow.redistribution.planned import RunPlanned, outcome_of, plan_run
from workflow.redistribution.recorded import Basis
from workflow.redistribution.rules import planning_in_force
from workflow.redistribution.scores import scores_of
from workflow.redistribution.standing import declined_by, municipalities, to_place

MONTH: Final = timedelta(days=31)
#: How many municipalities the comparison names.
NAMED: Final = 10


def on_last_month(
    session: Session, rules: PlanningRules, *, actor: Actor, at: datetime
) -> dict[str, Any]:
    """Plan the cases asked about in the last 31 days by a rule set, and by the one in force.

    Their places are given back first, so that both rule sets find the same room. Cases of a
    protected address are in no plan.

    Raises:
        NoScores: a rule set plans by scores, and there are none.
    """
    today = local_day(at)
    cases = _asked_about(session, actor, at)
    now = planning_in_force(session, today)
    register = municipalities(session, year=today.year, on=today)
    declined = declined_by(session, [case.id for case in cases], register.number_of)
    standings = given_back(register.standings, cases, register.number_of)
    brings = brought(session, cases, on=today)
    to_plan = tuple(to_place(one, register.number_of, declined.get(one.id, {})) for one in cases)

    def carried_out(by: PlanningRules) -> tuple[RunPlanned, dict[str, Any]]:
        used = scores_in_use(session, by)
        scores = None
        if used is not None:
            ids = [case.id for case in cases]
            rows = scores_of(session, used, ids, household=by.household_score, actor=actor)
            scores = {
                (case.case_number, number): score
                for case in cases
                for number, score in rows.get(case.id, {}).items()
            }
        basis = Basis(today, to_plan, tuple(standings), scores, brings)
        made = plan_run(by, basis)
        told = {"version": by.version, "method": str(by.method)}
        return made, told | (made.outcome or outcome_of(by, basis))

    before, told_before = carried_out(now)
    after, told_after = carried_out(rules)
    return {
        "from": (today - MONTH).isoformat(),
        "until": today.isoformat(),
        "cases": len(cases),
        "persons": sum(case.persons_count for case in cases),
        "now": told_before,
        "then": told_after,
        **difference(before, after, {case.case_number: case.persons_count for case in cases}),
    }


def difference(
    before: RunPlanned, after: RunPlanned, persons_of: Mapping[str, int]
) -> dict[str, Any]:
    """Cases that go elsewhere, and the municipalities that get most more or fewer persons."""
    was = {line.case_number: line.municipality_number for line in before.lines}
    will = {line.case_number: line.municipality_number for line in after.lines}
    now: Counter[str] = Counter()
    then: Counter[str] = Counter()
    for case, persons in persons_of.items():
        for counted, at in ((now, was), (then, will)):
            if (number := at.get(case)) is not None:
                counted[number] += persons
    changed = sorted(
        (number for number in now.keys() | then.keys() if now[number] != then[number]),
        key=lambda number: (-abs(then[number] - now[number]), number),
    )
    return {
        "moved": sum(was.get(case) != will.get(case) for case in persons_of),
        "municipalities": [
            {"number": number, "now": now[number], "then": then[number]}
            for number in changed[:NAMED]
        ],
    }


def given_back(
    standings: Sequence[Standing], cases: Sequence[CaseInHand], number_of: Mapping[int, str]
) -> list[Standing]:
    """The municipalities as they would stand without these cases."""
    freed: Counter[tuple[str, str]] = Counter()
    for case in cases:
        number = number_of.get(case.municipality_id) if case.municipality_id else None
        if number is not None and case.account_id is not None:
            freed[number, str(pool_of(case.group))] += case.held_persons
    return [
        replace(
            one,
            places={
                pool: Places(
                    places.free + freed[one.municipality_number, str(pool)], places.decided_places
                )
                for pool, places in one.places.items()
            },
        )
        for one in standings
    ]


def _asked_about(session: Session, actor: Actor, at: datetime) -> list[CaseInHand]:
    asked = (
        select(Distribution.id)
        .where(
            Distribution.case_id == Case.id,
            Distribution.asked_at >= at - MONTH,
            Distribution.asked_at <= at,
            Distribution.state != DistributionState.RECALLED,
        )
        .exists()
    )
    rows = session.execute(select(*in_hand).where(asked, listed(actor)).order_by(Case.case_number))
    return [CaseInHand(*row) for row in rows]
