"""How many days of notice a municipality has, where they are not the usual."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.allocation.access import only_the_agency
from workflow.allocation.models import NoticeTerm
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid


def notice_days(session: Session) -> dict[int, int]:
    """Days of notice by municipality's id, where they are not the usual."""
    rows = session.execute(select(NoticeTerm.municipality_id, NoticeTerm.days))
    return {row[0]: row[1] for row in rows}


def set_notice(
    session: Session, municipality_id: int, days: int, *, actor: Actor, at: datetime
) -> None:
    """How many days this municipality is told beforehand. Raises NotThisRole; Invalid."""
    only_the_agency(actor)
    if not 0 <= days <= 366:
        raise Invalid("days of notice", pointer="/days", expected="0-366")
    session.execute(
        upsert(NoticeTerm)
        .values(municipality_id=municipality_id, days=days, at=at, actor=actor.name)
        .on_conflict_do_update(
            index_elements=["municipality_id"], set_={"days": days, "at": at, "actor": actor.name}
        )
    )
    changed = audit.Change(
        audit.subject(audit.Kind.MUNICIPALITY, municipality_id), after={"notice_days": days}
    )
    audit.record(session, changed, "set_notice", actor=actor, at=at)
