"""IMDi's decisions on a case: settlement decisions, and what reversed them (R35)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.models import Case, Decision
from workflow.cases.queries import visible
from workflow.cases.states import DecisionKind, LegalGround
from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.municipalities.models import Municipality


@dataclass(frozen=True, slots=True)
class DecisionSeen:
    """One decision; `annulled_at` is set where a run's undo took it back before it left."""

    id: UUID
    kind: DecisionKind
    municipality_number: str
    municipality_name: str
    legal_ground: LegalGround | None
    reason: str | None
    at: datetime
    actor: str
    annulled_at: datetime | None


def decisions(session: Session, case_id: UUID, *, actor: Actor) -> list[DecisionSeen]:
    """The decisions on a case, the oldest first; a municipality reads those about itself."""
    wanted = (
        select(
            Decision.id,
            Decision.kind,
            Municipality.number,
            Municipality.official_name,
            Decision.legal_ground,
            Decision.reason,
            Decision.at,
            Decision.actor,
            Decision.annulled_at,
        )
        .join(Case, Case.id == Decision.case_id)
        .join(Municipality, Municipality.id == Decision.municipality_id)
        .where(Decision.case_id == case_id, visible(actor))
        .order_by(Decision.at, Decision.id)
    )
    if actor.role not in READS_ALL_CASES:
        wanted = wanted.where(Decision.municipality_id == actor.municipality_id)
    return [DecisionSeen(*row) for row in session.execute(wanted)]
