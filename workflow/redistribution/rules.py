"""The published rule sets (forvaltningsloven 2025 § 13); everybody reads them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.kernel.actor import Actor
from workflow.ranking.criteria import Criterion
from workflow.redistribution.models import RuleSetVersion


@dataclass(frozen=True, slots=True)
class RuleSetSeen:
    version: int
    valid_from: date
    #: Share of decided places; 0.1 = ten percentage points.
    vacancy_window: Decimal
    next_shown: int
    note: str
    actor: str
    at: datetime
    #: In the order they are applied.
    criteria: tuple[Criterion, ...] = tuple(Criterion)


@dataclass(frozen=True, slots=True)
class Rules:
    in_force: RuleSetSeen
    #: All versions, the newest first; one that comes into force later is among them.
    history: tuple[RuleSetSeen, ...]


def published(session: Session, *, on: date, actor: Actor) -> Rules:
    """The rule set of the day and every other."""
    rows = session.execute(
        select(
            RuleSetVersion.version,
            RuleSetVersion.valid_from,
            RuleSetVersion.vacancy_window,
            RuleSetVersion.next_shown,
            RuleSetVersion.note,
            RuleSetVersion.actor,
            RuleSetVersion.at,
        ).order_by(RuleSetVersion.valid_from.desc(), RuleSetVersion.version.desc())
    )
    history = tuple(RuleSetSeen(*row) for row in rows)
    in_force = next((rules for rules in history if rules.valid_from <= on), history[-1])
    return Rules(in_force, history)
