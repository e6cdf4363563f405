"""What a year's numbers have been: version by version, what each changed for whom and why."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.allocation.models import TargetCarry, TargetChange, TargetVersion
from workflow.allocation.states import VersionKind
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.municipalities.models import Municipality
from workflow.municipalities.sweden import Place


@dataclass(frozen=True, slots=True)
class VersionSeen:
    id: int
    year: int
    number: int
    kind: VersionKind
    run_id: UUID | None
    reason: str | None
    notice_reason: str | None
    told_on: date
    effective_on: date
    at: datetime
    actor: str
    #: How many municipalities it changed, and the sum of what it changed, in persons.
    changes: int
    persons: int


@dataclass(frozen=True, slots=True)
class ChangeSeen:
    municipality: Place
    before: int | None
    after: int
    carried: int
    inside_notice: bool


@dataclass(frozen=True, slots=True)
class CarrySeen:
    """A correction that waits for the year, or was added in a version."""

    municipality: Place
    persons: int
    reason: str
    at: datetime
    actor: str
    version_id: int | None


def versions(session: Session, year: int, *, actor: Actor) -> list[VersionSeen]:
    """The latest first; no secret to anybody signed in."""
    rows: Any = session.execute(
        _SEEN.where(TargetVersion.year == year).order_by(TargetVersion.number.desc())
    )
    return [VersionSeen(*row) for row in rows]


def version(session: Session, version_id: int, *, actor: Actor) -> VersionSeen:
    """Raises NotFound."""
    row: Any = session.execute(_SEEN.where(TargetVersion.id == version_id)).one_or_none()
    if row is None:
        raise NotFound("version")
    return VersionSeen(*row)


def changes(session: Session, version_id: int, *, actor: Actor) -> list[ChangeSeen]:
    """What it changed since the version before, in the order of the numbers."""
    rows = session.execute(
        select(
            Municipality.id,
            Municipality.number,
            Municipality.official_name,
            TargetChange.before,
            TargetChange.after,
            TargetChange.carried,
            TargetChange.inside_notice,
        )
        .join(Municipality, Municipality.id == TargetChange.municipality_id)
        .where(TargetChange.version_id == version_id)
        .order_by(Municipality.number)
    )
    return [ChangeSeen(Place(*row[:3]), *row[3:]) for row in rows]


def of_municipality(
    session: Session, year: int, municipality_id: int, *, actor: Actor
) -> list[tuple[VersionSeen, ChangeSeen]]:
    """What has become of one municipality's number over the year, the latest first."""
    found = []
    for one in versions(session, year, actor=actor):
        found += [
            (one, change)
            for change in changes(session, one.id, actor=actor)
            if change.municipality.id == municipality_id
        ]
    return found


def carry(session: Session, carry_id: int, *, actor: Actor) -> CarrySeen:
    """Raises NotFound."""
    row = session.execute(_CARRIED.where(TargetCarry.id == carry_id)).one_or_none()
    if row is None:
        raise NotFound("carry")
    return CarrySeen(Place(*row[:3]), *row[3:])


def carries(session: Session, year: int, *, actor: Actor) -> list[CarrySeen]:
    rows = session.execute(
        _CARRIED.where(TargetCarry.year == year).order_by(Municipality.number, TargetCarry.id)
    )
    return [CarrySeen(Place(*row[:3]), *row[3:]) for row in rows]


_CARRIED = select(
    Municipality.id,
    Municipality.number,
    Municipality.official_name,
    TargetCarry.persons,
    TargetCarry.reason,
    TargetCarry.at,
    TargetCarry.actor,
    TargetCarry.version_id,
).join(Municipality, Municipality.id == TargetCarry.municipality_id)
_OF_IT = TargetChange.version_id == TargetVersion.id
_SEEN = select(
    TargetVersion.id,
    TargetVersion.year,
    TargetVersion.number,
    TargetVersion.kind,
    TargetVersion.run_id,
    TargetVersion.reason,
    TargetVersion.notice_reason,
    TargetVersion.told_on,
    TargetVersion.effective_on,
    TargetVersion.at,
    TargetVersion.actor,
    select(func.count()).select_from(TargetChange).where(_OF_IT).scalar_subquery(),
    select(func.coalesce(func.sum(TargetChange.after - func.coalesce(TargetChange.before, 0)), 0))
    .where(_OF_IT)
    .scalar_subquery(),
)
