"""Needs and kinds that a municipality no longer takes when a run is confirmed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.capacity.kind_limits import in_force
from workflow.cases.moves import CaseInHand
from workflow.planning.rule_sets import Method, from_mapping
from workflow.redistribution.errors import NeedNotMet
from workflow.redistribution.gathering import brought
from workflow.redistribution.models import Run, RunPlan
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
    """Cases whose municipality offers no longer what they need, or takes their kind no longer.

    Args:
        on: the day of the confirmation: what has begun since the preview counts.
    """
    written = session.scalar(select(RunPlan.rules).where(RunPlan.run_id == run.id))
    rules = None if written is None else from_mapping(written)
    if rules is None or not (
        rules.needs_checked or (rules.method is not Method.RULE and in_force(session, on=on))
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
    return [
        {
            "case_id": str(case.id),
            "code": NeedNotMet.code if unmet else beyond[case.case_number],
        }
        for case in cases
        if (unmet := where[case.case_number] in missing.get(case.case_number, {}))
        or case.case_number in beyond
    ]
