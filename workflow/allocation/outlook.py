"""What a decision of targets would change, before it is made: for whom, why, and what warns."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.allocation import runs, targets
from workflow.allocation.access import DECIDES
from workflow.allocation.decisions import Change, Decision
from workflow.allocation.errors import NotThisRole
from workflow.allocation.models import TargetVersion
from workflow.kernel.actor import Actor, Role
from workflow.municipalities.sweden import COUNTIES, places

READERS = DECIDES | {Role.AUDITOR}


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What a municipality's number came of: its share, and what was taken off for who is there."""

    share: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Expected:
    """A change, and what it comes of where the numbers are of a run."""

    change: Change
    now: Reckoned | None
    #: Of the run decided last, this year or the year before.
    then: Reckoned | None


@dataclass(frozen=True, slots=True)
class CountySum:
    """The whole county's numbers; None: none of its municipalities had one."""

    code: str
    name: str
    before: int | None
    after: int
    #: Municipalities whose number changes.
    changes: int


@dataclass(frozen=True, slots=True)
class Outlook:
    changes: Sequence[Expected]
    #: The counties in which something changes.
    counties: Sequence[CountySum]
    before: int | None
    after: int

    @property
    def raised(self) -> list[Change]:
        return [one.change for one in self.changes if one.change.raised]

    @property
    def inside_notice(self) -> list[Change]:
        return [one.change for one in self.changes if one.change.inside_notice]

    @property
    def earliest_on(self) -> date | None:
        """The first day that is inside nobody's notice period; None where none is."""
        return max((one.earliest_on for one in self.inside_notice), default=None)


def outlook(
    session: Session, year: int, numbers: Mapping[int, int], decision: Decision, *, actor: Actor
) -> Outlook:
    """Look at a decision without making it.

    Raises:
        NotThisRole: it is Migrationsverket's, and the auditor reads it. NotFound: no such run.
    """
    if actor.role not in READERS:
        raise NotThisRole("what is not decided is Migrationsverket's", role=actor.role)
    changes = targets.preview(session, year, numbers, decision, actor=actor)
    stand = targets.standing(session, year)
    now = _reckoned(session, decision.run_id, actor)
    then = _reckoned(session, _run_before(session, year) if now else None, actor)
    told = [
        Expected(one, now.get(one.municipality.id), then.get(one.municipality.id))
        for one in changes
    ]
    becomes = stand | {one.municipality.id: one.after for one in changes}
    return Outlook(
        told,
        _counties(session, changes, stand, becomes),
        sum(stand.values()) if stand else None,
        sum(becomes.values()),
    )


def _counties(
    session: Session,
    changes: Sequence[Change],
    stand: Mapping[int, int],
    becomes: Mapping[int, int],
) -> list[CountySum]:
    changed: dict[str, int] = defaultdict(int)
    for one in changes:
        changed[one.municipality.county] += 1
    inside: dict[str, list[int]] = defaultdict(list)
    for place in places(session):
        inside[place.county].append(place.id)
    sums = []
    for code, many in sorted(changed.items()):
        had = [stand[its] for its in inside[code] if its in stand]
        after = sum(becomes.get(its, 0) for its in inside[code])
        sums.append(CountySum(code, COUNTIES[code], sum(had) if had else None, after, many))
    return sums


def _run_before(session: Session, year: int) -> UUID | None:
    return session.scalar(
        select(TargetVersion.run_id)
        .where(TargetVersion.year.in_((year, year - 1)), TargetVersion.run_id.is_not(None))
        .order_by(TargetVersion.year.desc(), TargetVersion.number.desc())
        .limit(1)
    )


def _reckoned(session: Session, run_id: UUID | None, actor: Actor) -> dict[int, Reckoned]:
    if run_id is None:
        return {}
    return {
        one.municipality.id: Reckoned(one.share, one.credit)
        for one in runs.lines(session, run_id, actor=actor)
        if one.share is not None and one.credit is not None
    }
