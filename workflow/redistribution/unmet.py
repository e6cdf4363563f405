"""Needs that a municipality no longer meets when a run is confirmed."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.moves import CaseInHand
from workflow.planning.rule_sets import from_mapping
from workflow.redistribution.errors import NeedNotMet
from workflow.redistribution.gathering import brought
from workflow.redistribution.models import Run, RunPlan
from workflow.redistribution.recorded import Basis
from workflow.redistribution.standing import municipalities, to_place
from workflow.redistribution.to_planner import missing_needs


def unmet_since(
    session: Session, run: Run, cases: Sequence[CaseInHand], items: Mapping[UUID, Any]
) -> list[dict[str, Any]]:
    """Cases whose municipality has said since the preview that it does not offer what they need."""
    written = session.scalar(select(RunPlan.rules).where(RunPlan.run_id == run.id))
    rules = None if written is None else from_mapping(written)
    if rules is None or not rules.needs_checked:
        return []
    on = run.at.date()
    register = municipalities(session, year=run.parameters["year"], on=on)
    basis = Basis(
        on,
        tuple(to_place(case, register.number_of, {}) for case in cases),
        tuple(register.standings),
        brought=brought(session, cases, on=on),
    )
    missing = missing_needs(rules, basis)
    return [
        {"case_id": str(case.id), "code": NeedNotMet.code}
        for case in cases
        if register.number_of.get(items[case.id].municipality_id)
        in missing.get(case.case_number, {})
    ]
