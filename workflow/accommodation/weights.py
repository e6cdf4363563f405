"""The weights of where an object lies: stated, dated, for everybody to see."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from workflow.accommodation.access import only_the_buyer
from workflow.accommodation.errors import WeightsStand
from workflow.accommodation.location import USUAL, Feature, Weights, check
from workflow.accommodation.models import LocationWeights
from workflow.accommodation.states import Nearby
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, ReasonMissing


@dataclass(frozen=True, slots=True)
class WeightSet:
    """Weights from a day on; what the program comes with has no day and nobody's name."""

    features: Weights
    valid_from: date | None = None
    reason: str | None = None
    at: datetime | None = None
    actor: str | None = None


def state(
    session: Session,
    features: Weights,
    *,
    valid_from: date,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> int:
    """State the weights that hold from a day on; returns their id.

    Raises:
        NotTheBuyer; ReasonMissing; WeightsUnusable; WeightsStand; Invalid: a day that has been.
    """
    only_the_buyer(actor)
    if not reason:
        raise ReasonMissing
    check(features)
    if valid_from < local_day(at):
        raise Invalid("what was scored stays", pointer="/valid_from", expected="today or later")
    if session.scalar(
        select(LocationWeights.id).where(LocationWeights.valid_from >= valid_from).limit(1)
    ):
        raise WeightsStand("weights of that day or a later one stand", valid_from=valid_from)
    told = {str(kind): one.as_data() for kind, one in features.items()}
    made = session.execute(
        insert(LocationWeights)
        .values(valid_from=valid_from, reason=reason, features=told, at=at, actor=actor.name)
        .returning(LocationWeights.id)
    ).scalar_one()
    after = {"valid_from": valid_from, "features": told}
    changed = audit.Change(audit.subject(audit.Kind.SETTING, "location_weights"), after=after)
    audit.record(session, changed, "state_location_weights", actor=actor, at=at, reason=reason)
    return made


def in_force(session: Session, on: date) -> WeightSet:
    """Those that hold on a day; where none were stated, what the program comes with."""
    row = session.execute(
        _SEEN.where(LocationWeights.valid_from <= on)
        .order_by(LocationWeights.valid_from.desc())
        .limit(1)
    ).one_or_none()
    return WeightSet(USUAL) if row is None else _seen(*row)


def stated(session: Session) -> list[WeightSet]:
    """All that were ever stated, the latest first."""
    rows = session.execute(_SEEN.order_by(LocationWeights.valid_from.desc()))
    return [_seen(*row) for row in rows]


_SEEN = select(
    LocationWeights.features,
    LocationWeights.valid_from,
    LocationWeights.reason,
    LocationWeights.at,
    LocationWeights.actor,
)


def _seen(
    features: dict[str, dict[str, object]], since: date, reason: str, at: datetime, actor: str
) -> WeightSet:
    read = {kind: Feature.of(features[kind]) for kind in Nearby}
    return WeightSet(read, since, reason, at, actor)
