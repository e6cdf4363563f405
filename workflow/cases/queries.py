"""What an actor may see of cases. What it may not see does not exist for it."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session

from workflow.cases.models import Case, Distribution, Measure
from workflow.cases.states import DECIDED, DistributionState, Group
from workflow.kernel.actor import READS_ALL_CASES, Actor, Role


def visible(actor: Actor) -> ColumnElement[bool]:
    """The cases an actor may see, as a condition on `cases`.

    A municipality sees the case only while it is the case's municipality; what it was asked before
    stays in its own distributions (R14, R24).
    """
    if actor.role in READS_ALL_CASES:
        return true()
    if actor.is_municipality and actor.municipality_id is not None:
        return Case.municipality_id == actor.municipality_id
    if actor.role is Role.TRAVEL_OFFICER:
        return Case.group == Group.RESETTLEMENT
    if actor.role is Role.RECEPTION_CENTRE and actor.reception_centre is not None:
        return Case.reception_centre == actor.reception_centre
    return false()


def distributions_visible(actor: Actor) -> ColumnElement[bool]:
    """The questions to municipalities an actor may see: its own, for a municipality."""
    if actor.role in READS_ALL_CASES:
        return true()
    if actor.is_municipality and actor.municipality_id is not None:
        return Distribution.municipality_id == actor.municipality_id
    return false()


def may_see_names(actor: Actor, case: Case) -> bool:
    """Names and the folder: the municipality's from `placed` on; until then it is anonymous."""
    if actor.is_municipality:
        return case.state in DECIDED
    if actor.role is Role.TRAVEL_OFFICER:
        return case.state in DECIDED
    return actor.role in READS_ALL_CASES or actor.role is Role.RECEPTION_CENTRE


def paused_by(session: Session, group: Group, today: date) -> str | None:
    """The reason of a measure that pauses the group on a day, if there is one (R31)."""
    return session.scalar(
        select(Measure.reason)
        .where(
            Measure.group == group,
            Measure.ended_at.is_(None),
            Measure.from_on <= today,
            or_(Measure.until_on.is_(None), Measure.until_on >= today),
        )
        .order_by(Measure.id)
        .limit(1)
    )


def declined_by(session: Session, case_id: UUID, municipality_id: int) -> bool:
    """Whether the municipality has said no to this case and not taken it back."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    and_(Distribution.case_id == case_id, still_declined(municipality_id))
                )
            )
        )
    )


def still_declined(municipality_id: int | None = None) -> ColumnElement[bool]:
    """Distributions that stand as a no."""
    condition = and_(
        Distribution.state.in_([DistributionState.DECLINED, DistributionState.RETRACTED]),
        Distribution.reopened_at.is_(None),
    )
    if municipality_id is None:
        return condition
    return and_(condition, Distribution.municipality_id == municipality_id)
