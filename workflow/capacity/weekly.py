"""How many persons a municipality can settle in each week: its own plan, or IMDi's for it.

A week that is not in the plan has no bound. It is no ceiling on places: it says when, not whether.
It binds a plan whose rule set plans weeks, and is shown where a week is chosen.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.capacity.commands import WRITES_PLACES
from workflow.capacity.models import WeeklyCapacity
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES, Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.kernel.weeks import Week

#: Weeks that one change sets: two years.
MOST_WEEKS: Final = 106
MOST_PERSONS: Final = 10_000


@dataclass(frozen=True, slots=True)
class WeekSeen:
    week: Week
    persons: int
    at: datetime
    actor: str


def weeks_of(
    session: Session, municipality_id: int, *, since: Week, actor: Actor
) -> list[WeekSeen]:
    """The plan of a municipality from a week on; its own, IMDi's and the auditor's to read."""
    rows = session.execute(
        select(WeeklyCapacity.week, WeeklyCapacity.persons, WeeklyCapacity.at, WeeklyCapacity.actor)
        .where(
            WeeklyCapacity.municipality_id == municipality_id,
            WeeklyCapacity.week >= since,
            _whose(actor),
        )
        .order_by(WeeklyCapacity.week)
    )
    return [WeekSeen(*row) for row in rows]


def plan_weeks(
    session: Session,
    municipality_id: int,
    wanted: Mapping[Week, int | None],
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """Say how many persons each of the weeks receives; None takes the bound away.

    Weeks that stand as wanted change nothing. Returns how many changed.

    Raises:
        NotAllowed: it is the municipality's own and IMDi's. Invalid: a week that is past, too many.
    """
    _may_write(actor, municipality_id)
    if not 1 <= len(wanted) <= MOST_WEEKS:
        raise Invalid("weeks", pointer="/weeks", expected=f"1 to {MOST_WEEKS} weeks")
    now = Week.of(local_day(at))
    for week, persons in wanted.items():
        if week < now:
            raise Invalid("the week is past", pointer="/weeks", expected=f"{now} or later")
        if persons is not None and not 0 <= persons <= MOST_PERSONS:
            raise Invalid("persons", pointer="/weeks", expected=f"0 to {MOST_PERSONS}")
    known = {
        row.week: row.persons
        for row in session.execute(
            select(WeeklyCapacity.week, WeeklyCapacity.persons)
            .where(
                WeeklyCapacity.municipality_id == municipality_id,
                WeeklyCapacity.week.in_(wanted),
            )
            .with_for_update()
        )
    }
    changed = {week: n for week, n in sorted(wanted.items()) if known.get(week) != n}
    if not changed:
        return 0
    gone = [week for week, persons in changed.items() if persons is None]
    if gone:
        session.execute(
            delete(WeeklyCapacity)
            .where(WeeklyCapacity.municipality_id == municipality_id, WeeklyCapacity.week.in_(gone))
            .execution_options(synchronize_session=False)
        )
    rows = [
        {
            "municipality_id": municipality_id,
            "week": week,
            "persons": persons,
            "at": at,
            "actor": actor.name,
        }
        for week, persons in changed.items()
        if persons is not None
    ]
    if rows:
        _write(session, rows)
    change = audit.Change(
        audit.subject(audit.Kind.MUNICIPALITY, municipality_id),
        {"weeks": {str(week): known.get(week) for week in changed}},
        {"weeks": {str(week): persons for week, persons in changed.items()}},
    )
    audit.record(session, change, "plan_weeks", actor=actor, at=at)
    return len(changed)


def weekly_capacities(session: Session, *, since: Week) -> dict[int, dict[Week, int]]:
    """The plans of all municipalities from a week on, by id; for the plans of IMDi."""
    found: dict[int, dict[Week, int]] = defaultdict(dict)
    for here, week, persons in session.execute(
        select(WeeklyCapacity.municipality_id, WeeklyCapacity.week, WeeklyCapacity.persons).where(
            WeeklyCapacity.week >= since
        )
    ):
        found[here][week] = persons
    return found


def hand_over(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """A merged municipality receives what its predecessors would have, week by week."""
    rows = session.execute(
        select(
            WeeklyCapacity.week,
            func.least(func.sum(WeeklyCapacity.persons), MOST_PERSONS).label("persons"),
            func.max(WeeklyCapacity.at).label("at"),
            func.max(WeeklyCapacity.actor).label("actor"),
        )
        .where(WeeklyCapacity.municipality_id.in_([*predecessors, successor_id]))
        .group_by(WeeklyCapacity.week)
    ).all()
    session.execute(
        delete(WeeklyCapacity)
        .where(WeeklyCapacity.municipality_id.in_([*predecessors, successor_id]))
        .execution_options(synchronize_session=False)
    )
    if rows:
        _write(session, [{"municipality_id": successor_id, **row._asdict()} for row in rows])


def _write(session: Session, rows: Iterable[Mapping[str, object]]) -> None:
    written = upsert(WeeklyCapacity).values([dict(row) for row in rows])
    session.execute(
        written.on_conflict_do_update(
            index_elements=["municipality_id", "week"],
            set_={name: written.excluded[name] for name in ("persons", "at", "actor")},
        ).execution_options(synchronize_session=False)
    )


def _may_write(actor: Actor, municipality_id: int) -> None:
    own = actor.role in WRITES_PLACES and actor.municipality_id == municipality_id
    if not own and actor.role not in DIRECTORATE | {Role.SYSTEM}:
        raise NotAllowed("the plan of weeks is the municipality's own and IMDi's", role=actor.role)


def _whose(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL_CASES:
        return true()
    here = actor.municipality_id if actor.is_municipality else None
    return WeeklyCapacity.municipality_id == here
