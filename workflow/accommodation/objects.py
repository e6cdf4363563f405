"""Objects: what is there to live in, and how well it lies; changed in its score and its beds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from workflow.accommodation import telling, weights
from workflow.accommodation.access import only_the_buyer
from workflow.accommodation.events import AccommodationEvent
from workflow.accommodation.location import (
    MOST_METRES,
    MOST_MINUTES,
    Distance,
    Score,
    Weights,
    score,
)
from workflow.accommodation.models import AccommodationObject
from workflow.accommodation.states import Nearby, OwnerKind, Standard
from workflow.allocation.access import in_full
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale
from workflow.municipalities.models import Municipality
from workflow.municipalities.sweden import Place, place_of

#: The most beds one object may have.
MOST_BEDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class NewObject:
    municipality_id: int
    name: str
    owner: OwnerKind
    standard: Standard
    beds: int
    #: Where it is known from.
    provenance: str
    distances: Mapping[Nearby, Distance]
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectSeen:
    id: UUID
    municipality: Place
    name: str
    address: str | None
    owner: OwnerKind
    standard: Standard
    beds: int
    distances: Mapping[Nearby, Distance]
    #: By the weights of the day it is looked at.
    score: Score
    score_override: int | None
    score_note: str | None
    scored_by: str | None
    provenance: str
    at: datetime
    actor: str
    version: int

    @property
    def points(self) -> int | None:
        """Of a hundred: as somebody has said, else by the weights; None is not known."""
        return self.score.points if self.score_override is None else self.score_override


def add(session: Session, new: NewObject, *, actor: Actor, at: datetime) -> UUID:
    """Add an object; returns its id. Raises NotTheBuyer; Invalid."""
    only_the_buyer(actor)
    try:
        here = place_of(session, new.municipality_id)
    except NotFound:
        raise Invalid("no municipality", pointer="/municipality_number") from None
    if not new.name or not new.provenance:
        raise Invalid("what it is called, and where it is known from", pointer="/name")
    if not 0 < new.beds <= MOST_BEDS:
        raise Invalid("beds", pointer="/beds", expected=f"1-{MOST_BEDS}")
    made = uuid4()
    session.execute(
        insert(AccommodationObject).values(
            id=made,
            municipality_id=here.id,
            county=here.county,
            name=new.name,
            address=new.address,
            owner=new.owner,
            standard=new.standard,
            beds=new.beds,
            provenance=new.provenance,
            at=at,
            actor=actor.name,
            version=1,
            **_columns_of(new.distances),
        )
    )
    after = {"municipality": here.number, "beds": new.beds, "owner": new.owner}
    changed = audit.Change(subject(made), after=after)
    audit.record(session, changed, "add_accommodation", actor=actor, at=at)
    telling.of_object(session, AccommodationEvent.ADDED, made, here, at=at, beds=new.beds)
    return made


def _columns_of(distances: Mapping[Nearby, Distance]) -> dict[str, int | None]:
    columns: dict[str, int | None] = {}
    for kind in Nearby:
        here = distances.get(kind, Distance())
        for unit, value, most in (
            ("metres", here.metres, MOST_METRES),
            ("minutes", here.minutes, MOST_MINUTES),
        ):
            if value is not None and not 0 <= value <= most:
                raise Invalid("how far", pointer=f"/distances/{kind}/{unit}", expected=f"0-{most}")
            columns[f"{kind}_{unit}"] = value
    return columns


def override(
    session: Session,
    object_id: UUID,
    points: int | None,
    *,
    note: str | None,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Say another score and why; None goes back to the weights.

    Raises:
        NotTheBuyer; NotFound; ReasonMissing; Invalid; Stale.
    """
    only_the_buyer(actor)
    if not note:
        raise ReasonMissing
    if points is not None and not 0 <= points <= 100:
        raise Invalid("points", pointer="/points", expected="0-100")
    row = session.execute(
        select(AccommodationObject.version, AccommodationObject.score_override)
        .where(AccommodationObject.id == object_id, in_full(AccommodationObject, actor))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("accommodation")
    if version is not None and row[0] != version:
        raise Stale("the object has changed since it was read", version=row[0])
    said = {
        "score_override": points,
        "score_note": note if points is not None else None,
        "scored_by": actor.name if points is not None else None,
    }
    session.execute(
        update(AccommodationObject)
        .where(AccommodationObject.id == object_id)
        .values(version=row[0] + 1, **said)
        .execution_options(synchronize_session=False)
    )
    changed = audit.Change(subject(object_id), before={"points": row[1]}, after={"points": points})
    audit.record(session, changed, "score_accommodation", reason=note, actor=actor, at=at)


def objects(
    session: Session,
    *,
    county: str | None = None,
    municipality_id: int | None = None,
    actor: Actor,
    at: datetime,
) -> list[ObjectSeen]:
    """Those the actor sees, by municipality and name."""
    wanted = SEEN.where(in_full(AccommodationObject, actor))
    if county is not None:
        wanted = wanted.where(AccommodationObject.county == county)
    if municipality_id is not None:
        wanted = wanted.where(AccommodationObject.municipality_id == municipality_id)
    rows = session.execute(
        wanted.order_by(Municipality.number, AccommodationObject.name, AccommodationObject.id)
    )
    held = weights.in_force(session, local_day(at)).features
    return [seen(row, held) for row in rows]


def one(session: Session, object_id: UUID, *, actor: Actor, at: datetime) -> ObjectSeen:
    """Raises NotFound."""
    row = session.execute(
        SEEN.where(AccommodationObject.id == object_id, in_full(AccommodationObject, actor))
    ).one_or_none()
    if row is None:
        raise NotFound("accommodation")
    return seen(row, weights.in_force(session, local_day(at)).features)


def seen_of(session: Session, wanted: Select[Any], on: date) -> dict[UUID, ObjectSeen]:
    """The objects whose ids a statement selects, for who may read what stands on them."""
    rows = session.execute(SEEN.where(AccommodationObject.id.in_(wanted)))
    held = weights.in_force(session, on).features
    return {row[0]: seen(row, held) for row in rows}


def subject(object_id: UUID) -> str:
    return audit.subject(audit.Kind.ACCOMMODATION, object_id)


_COLUMNS: Final = tuple(column.name for column in AccommodationObject.__table__.columns)
SEEN: Final = select(
    AccommodationObject.__table__, Municipality.number, Municipality.official_name
).join(Municipality, Municipality.id == AccommodationObject.municipality_id)


def seen(row: Any, held: Weights) -> ObjectSeen:
    """A row of SEEN, scored."""
    told = dict(zip(_COLUMNS, row, strict=False))
    number, name = row[len(_COLUMNS) :]
    distances = {
        kind: Distance(told.pop(f"{kind}_metres"), told.pop(f"{kind}_minutes")) for kind in Nearby
    }
    del told["county"]
    return ObjectSeen(
        municipality=Place(told.pop("municipality_id"), number, name),
        distances=distances,
        score=score(distances, held),
        **told,
    )
