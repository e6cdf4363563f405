"""The days of quarantine at entry, from a day on (R22)."""

from datetime import date, datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.travel.events import TravelEvent
from workflow.travel.models import QuarantineRule

#: The most the rules may say, days.
LONGEST: Final = 60


def set_quarantine_days(
    session: Session, *, valid_from: date, days: int, actor: Actor, at: datetime
) -> None:
    """From a day on, arrivals mean this many days of quarantine; 0 = none (R22).

    Raises:
        NotAllowed: the lead's.
        Invalid: `days` is no number of days a rule could say.
    """
    if actor.role is not Role.LEAD:
        raise NotAllowed("the days of quarantine are the lead's", role=actor.role)
    if not 0 <= days <= LONGEST:
        raise Invalid(f"{days} days of quarantine", pointer="/days", expected=f"0 to {LONGEST}")
    before = session.scalar(
        select(QuarantineRule.days).where(QuarantineRule.valid_from == valid_from).with_for_update()
    )
    session.execute(
        upsert(QuarantineRule)
        .values(valid_from=valid_from, days=days)
        .on_conflict_do_update(index_elements=["valid_from"], set_={"days": days})
    )
    rule = audit.subject(audit.Kind.SETTING, "quarantine", valid_from)
    change = audit.Change(rule, None if before is None else {"days": before}, {"days": days})
    audit.record(session, change, "set_quarantine_days", actor=actor, at=at)
    facts = {"valid_from": valid_from.isoformat(), "days": days, "before": before}
    publish(session, Event(TravelEvent.QUARANTINE_CHANGED, facts=facts), at=at)
