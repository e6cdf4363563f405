"""Many cases chosen in a list: which they were and as what they were read, and whether that holds.

What is chosen is frozen as ids with versions. Where everything a filter finds was chosen, the
filter is asked again before anything is done: what has come, gone or changed is told, by case.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from workflow.cases.lists import CaseFilter, found_by
from workflow.cases.models import Case
from workflow.cases.queries import listed
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Actor

#: So many at once; more are taken in parts.
MOST = 5000

#: Versions by case, as they were read.
Versions = Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Moved:
    """What is no longer as it was chosen."""

    #: Found by the filter now, and not when it was chosen.
    come: frozenset[UUID] = frozenset()
    #: Found no more, or not there for the actor.
    gone: frozenset[UUID] = frozenset()
    #: Another version than was read.
    changed: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.come or self.gone or self.changed)


def matching(
    session: Session, wanted: CaseFilter, *, today: date, actor: Actor
) -> dict[UUID, int] | None:
    """All that a filter finds, as they are now; None where they are more than MOST."""
    found = select(Case.id, Case.version).where(found_by(wanted, today, actor)).limit(MOST + 1)
    rows = {row.id: row.version for row in session.execute(found)}
    return None if len(rows) > MOST else rows


def as_read(session: Session, case_ids: Collection[UUID], *, actor: Actor) -> dict[UUID, int]:
    """Those of the cases the actor may list, as they are now."""
    ids = bindparam("ids", list(case_ids), type_=ARRAY(Uuid))
    rows = session.execute(select(Case.id, Case.version).where(Case.id == any_(ids), listed(actor)))
    return {row.id: row.version for row in rows}


def moved(chosen: Versions, now: Versions, *, all_that_match: bool) -> Moved:
    """What differs between what was chosen and what is there now.

    Args:
        now: what the filter finds, where all it found were chosen; else the chosen, as they are.
    """
    return Moved(
        come=frozenset(now.keys() - chosen.keys()) if all_that_match else frozenset(),
        gone=frozenset(chosen.keys() - now.keys()),
        changed=frozenset(one for one in chosen.keys() & now.keys() if chosen[one] != now[one]),
    )


def by_state(
    session: Session, case_ids: Collection[UUID], *, actor: Actor
) -> dict[tuple[CaseState, Group], tuple[int, int]]:
    """Cases and persons among those chosen in each state and group that has any."""
    ids = bindparam("ids", list(case_ids), type_=ARRAY(Uuid))
    rows = session.execute(
        select(Case.state, Case.group, func.count(), func.sum(Case.persons_count))
        .where(Case.id == any_(ids), listed(actor))
        .group_by(Case.state, Case.group)
    )
    return {(state, group): (number, int(persons)) for state, group, number, persons in rows}
