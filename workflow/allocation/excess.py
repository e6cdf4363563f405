"""Going past a municipality's number: the key guides and does not bind, so it takes a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from workflow.allocation import counts, targets
from workflow.allocation.access import in_full, only_the_agency
from workflow.allocation.errors import NobodyPast
from workflow.allocation.models import TargetExcess
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import ReasonMissing
from workflow.municipalities.sweden import place_of

#: What went past the number: the people counted there, or an agreement about places.
COUNT: Final = "count"


def of_agreement(agreement_id: UUID) -> str:
    return f"agreement:{agreement_id}"


@dataclass(frozen=True, slots=True)
class ExcessSeen:
    municipality_id: int
    persons: int
    what: str
    reason: str
    at: datetime
    actor: str


def past(session: Session, year: int, municipality_id: int, persons: int) -> int:
    """How many of `persons` are past the municipality's number; none where it has no number."""
    number = targets.standing(session, year).get(municipality_id)
    return 0 if number is None else max(0, persons - number)


def keep(
    session: Session,
    year: int,
    municipality_id: int,
    persons: int,
    *,
    what: str,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep why somebody goes past the number; `persons` are how many.

    Raises:
        NotThisRole; ReasonMissing; NotFound.
    """
    only_the_agency(actor)
    if not reason:
        raise ReasonMissing
    place = place_of(session, municipality_id)
    session.execute(
        insert(TargetExcess).values(
            year=year,
            municipality_id=municipality_id,
            county=place.county,
            persons=persons,
            what=what,
            reason=reason,
            at=at,
            actor=actor.name,
        )
    )
    changed = audit.Change(
        audit.subject(audit.Kind.TARGETS, year),
        after={"past": {place.number: persons}, "what": what},
    )
    audit.record(session, changed, "go_past_target", reason=reason, actor=actor, at=at)


def explain_count(
    session: Session,
    year: int,
    municipality_id: int,
    *,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Say why more live in a municipality than its number.

    Raises:
        NotThisRole; NobodyPast; ReasonMissing; NotFound.
    """
    only_the_agency(actor)
    place = place_of(session, municipality_id)
    count = counts.latest(session, actor=actor)
    here = counts.lines(session, count.id, actor=actor).get(place.id) if count else None
    people = (here.in_the_number or 0) if here else 0
    if not (over := past(session, year, municipality_id, people)):
        raise NobodyPast("nobody is past the number", municipality=place.name, year=year)
    keep(session, year, municipality_id, over, what=COUNT, reason=reason, actor=actor, at=at)


def reasons(session: Session, year: int, *, actor: Actor) -> Mapping[int, ExcessSeen]:
    """The last reason why people are past it, by municipality's id, where the actor reads it."""
    rows = session.execute(
        _SEEN.where(
            TargetExcess.year == year, TargetExcess.what == COUNT, in_full(TargetExcess, actor)
        ).order_by(TargetExcess.id)
    )
    return {row[0]: ExcessSeen(*row) for row in rows}


def said_of(session: Session, what: str, *, actor: Actor) -> dict[int, ExcessSeen]:
    """Why an agreement goes past a number, by year."""
    rows = session.execute(
        _SEEN.add_columns(TargetExcess.year)
        .where(TargetExcess.what == what, in_full(TargetExcess, actor))
        .order_by(TargetExcess.id)
    )
    return {row[-1]: ExcessSeen(*row[:-1]) for row in rows}


_SEEN: Final = select(
    TargetExcess.municipality_id,
    TargetExcess.persons,
    TargetExcess.what,
    TargetExcess.reason,
    TargetExcess.at,
    TargetExcess.actor,
)
