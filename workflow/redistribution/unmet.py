"""Needs, kinds and weeks that a municipality no longer takes when a run is confirmed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.capacity.kind_limits import in_force
from workflow.cases.moves import CaseInHand
from workflow.kernel.weeks import Week
from workflow.planning.reasons import WEEKS_FULL
from workflow.planning.rule_sets import Method, from_mapping
from workflow.redistribution.errors import NeedNotMet
from workflow.redistribution.gathering import brought
from workflow.redistribution.models import Run, RunItem, RunPlan
from workflow.redistribution.recorded import Basis
from workflow.redistribution.standing import municipalities, to_place
from workflow.redistribution.to_planner import beyond_kinds, missing_needs


def unmet_since(
    session: Session,
    run: Run,
    cases: Sequence[CaseInHand],
    items: Mapping[UUID, Any],
    *,
    on: date,
) -> list[dict[str, Any]]:
    """Cases whose municipality offers no longer what they need, or takes no longer their kind.

    Or receives fewer in the week that the plan has for them, or that week has begun.

    Args:
        on: the day of the confirmation: what has begun since the preview counts.
    """
    written = session.scalar(select(RunPlan.rules).where(RunPlan.run_id == run.id))
    rules = None if written is None else from_mapping(written)
    if rules is None or not (
        rules.needs_checked
        or rules.weeks_ahead
        or (rules.method is not Method.RULE and in_force(session, on=on))
    ):
        return []
    register = municipalities(session, year=run.parameters["year"], on=on)
    basis = Basis(
        on,
        tuple(to_place(case, register.number_of, {}) for case in cases),
        tuple(register.standings),
        brought=brought(session, cases, on=on),
    )
    missing = missing_needs(rules, basis)
    where = {
        case.case_number: register.number_of.get(items[case.id].municipality_id) for case in cases
    }
    beyond = beyond_kinds(rules, basis, where)
    planned = _weeks(session, run) if rules.weeks_ahead else {}
    beyond |= _weeks_full(planned, cases, where, basis)
    return [
        {
            "case_id": str(case.id),
            "code": NeedNotMet.code if unmet else beyond[case.case_number],
        }
        for case in cases
        if (unmet := where[case.case_number] in missing.get(case.case_number, {}))
        or case.case_number in beyond
    ]


def _weeks(session: Session, run: Run) -> dict[UUID, date]:
    """The Monday of the week that the run has for a case; a person's choice has none."""
    week = RunItem.reasons[0]["week"].astext
    return {
        case_id: Week.parse(text).monday
        for case_id, text in session.execute(
            select(RunItem.case_id, week).where(RunItem.run_id == run.id, week.is_not(None))
        )
    }


def _weeks_full(
    planned: Mapping[UUID, date],
    cases: Sequence[CaseInHand],
    where: Mapping[str, str | None],
    basis: Basis,
) -> dict[str, str]:
    """By case number, those of a week that has begun, or that receives fewer than the run has."""
    coming: Counter[tuple[str | None, date]] = Counter()
    for case in cases:
        if case.id in planned:
            coming[where[case.case_number], planned[case.id]] += case.persons_count
    full = {
        (number, monday)
        for (number, monday), persons in coming.items()
        if number is not None
        and (
            monday <= basis.on
            or persons > basis.brought.of_municipality(number).weeks.get(monday, persons)
        )
    }
    return {
        case.case_number: WEEKS_FULL
        for case in cases
        if case.id in planned and (where[case.case_number], planned[case.id]) in full
    }
