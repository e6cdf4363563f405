"""Municipalities' boundaries: imported by who runs the system, read by everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.municipalities.models import Municipality, MunicipalityBoundary
from workflow.municipalities.queries import in_force


@dataclass(frozen=True, slots=True)
class BoundariesReport:
    stored: int
    #: Numbers of the file that no municipality has.
    unknown: frozenset[str]
    #: Municipalities that stay without a boundary.
    without: tuple[str, ...]


def store_boundaries(
    session: Session, paths: Mapping[str, str], *, actor: Actor, at: datetime
) -> BoundariesReport:
    """Put these in the place of all there are.

    Args:
        paths: the drawn boundary by the number a municipality has today.
    """
    known = {
        number: (municipality_id, name)
        for number, municipality_id, name in session.execute(
            select(Municipality.number, Municipality.id, Municipality.official_name)
            .where(in_force(local_day(at)))
            .order_by(Municipality.sort_key, Municipality.number)
        )
    }
    session.execute(delete(MunicipalityBoundary).execution_options(synchronize_session=False))
    stored = [
        {"municipality_id": known[number][0], "path": path}
        for number, path in paths.items()
        if number in known
    ]
    if stored:
        session.execute(insert(MunicipalityBoundary), stored)
    change = audit.Change(
        audit.subject(audit.Kind.SETTING, "boundaries"), after={"stored": len(stored)}
    )
    audit.record(session, change, "store_boundaries", actor=actor, at=at)
    return BoundariesReport(
        len(stored),
        frozenset(paths.keys() - known.keys()),
        tuple(name for number, (_, name) in known.items() if number not in paths),
    )


def boundaries(session: Session, *, actor: Actor) -> dict[int, str]:
    """The drawn boundary of each municipality that has one."""
    rows = session.execute(select(MunicipalityBoundary.municipality_id, MunicipalityBoundary.path))
    return {row.municipality_id: row.path for row in rows}
