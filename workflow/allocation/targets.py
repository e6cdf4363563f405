"""A year's targets, decided in versions: first, revised, corrected; what is carried over.

In a revision a number stays or is lowered, unless raising is meant. A number that is raised does
not hold inside the municipality's notice period, unless a reason is given.

Lock: the year, then its rows in the order of the municipalities' ids.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, func, insert, select, update
from sqlalchemy.orm import Session

from workflow.allocation import notice, runs, telling, terms
from workflow.allocation.access import only_the_agency
from workflow.allocation.decisions import Change, Decision, refuse
from workflow.allocation.errors import TargetsMissing, TargetsStand
from workflow.allocation.four_eyes import decision_needs_two
from workflow.allocation.models import (
    Target,
    TargetCarry,
    TargetChange,
    TargetVersion,
)
from workflow.allocation.states import VersionKind
from workflow.approvals.asked import Approved
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.db import rows_of
from workflow.kernel.errors import Invalid, ReasonMissing
from workflow.municipalities.sweden import county_of, places

#: The most one municipality's number may be.
MOST: Final = 100_000
_ONE_AT_A_TIME: Final = 0x74617267


def of_run(session: Session, run_id: UUID, *, actor: Actor) -> dict[int, int]:
    """The numbers of a run, by municipality's id. Raises NotFound."""
    runs.one(session, run_id, actor=actor)
    return {one.municipality.id: one.target for one in runs.lines(session, run_id, actor=actor)}


def preview(
    session: Session, year: int, numbers: Mapping[int, int], decision: Decision, *, actor: Actor
) -> list[Change]:
    """What the decision would change, in the order of the municipalities' numbers."""
    return _changes(session, year, numbers, decision)


def decide(
    session: Session,
    year: int,
    numbers: Mapping[int, int],
    decision: Decision,
    *,
    approved: Approved | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """Decide a year's numbers, or some of them; returns the version's id.

    Args:
        numbers: persons by municipality's id; who is not there keeps its number.
        approved: what a second person confirms.

    Raises:
        NotThisRole; TargetsStand; TargetsMissing; NothingChanges; TargetRaised; InsideNotice;
        ReasonMissing: a revision or a correction says why. SecondPersonNeeded; ApprovalStale.
        Invalid: a number that is none, or no municipality.
    """
    only_the_agency(actor)
    _refuse_malformed(session, numbers, decision)
    lock(session, year)
    known = session.scalar(select(func.count()).select_from(Target).where(Target.year == year))
    if decision.kind is VersionKind.FIRST and known:
        raise TargetsStand("the year has its targets already", year=year)
    if decision.kind is not VersionKind.FIRST and not known:
        raise TargetsMissing("the year has no targets yet", year=year)
    changes = _changes(session, year, numbers, decision)
    refuse(changes, decision)
    becomes = {one.municipality.id: one.after for one in changes}
    decision_needs_two(
        session, year, decision, approved, numbers=numbers, becomes=becomes, actor=actor
    )
    version = write(session, year, changes, decision, actor=actor, at=at)
    if decision.kind is VersionKind.FIRST:
        _used(session, year, version, changes, actor=actor, at=at)
    return version


def lock(session: Session, year: int) -> None:
    """Let one at a time change a year's numbers, until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME, year)))


def _refuse_malformed(session: Session, numbers: Mapping[int, int], decision: Decision) -> None:
    unknown = set(numbers) - {place.id for place in places(session)}
    if unknown or not all(0 <= number <= MOST for number in numbers.values()):
        raise Invalid("a number of people for each municipality", pointer="/numbers")
    if decision.effective_on < decision.told_on:
        raise Invalid(
            "holds before anybody is told",
            pointer="/effective_on",
            expected=f"{decision.told_on} or later",
        )
    if decision.kind in {VersionKind.REVISION, VersionKind.CORRECTION} and not decision.reason:
        raise ReasonMissing


def _changes(
    session: Session, year: int, numbers: Mapping[int, int], decision: Decision
) -> list[Change]:
    stand = standing(session, year)
    first = decision.kind is VersionKind.FIRST
    carries = _waiting(session, year) if first else {}
    days_of = terms.notice_days(session)
    changes = []
    for place in places(session):
        if place.id not in numbers:
            continue
        before = stand.get(place.id)
        after = max(0, numbers[place.id] + carries.get(place.id, 0))
        if before == after:
            continue
        days = days_of.get(place.id, notice.USUAL_DAYS)
        raised = after > (before or 0)
        changes.append(
            Change(
                place,
                before,
                after,
                carried=after - numbers[place.id],
                inside_notice=raised
                and notice.inside(decision.told_on, decision.effective_on, days),
                earliest_on=notice.earliest(decision.told_on, days),
            )
        )
    return changes


def write(
    session: Session,
    year: int,
    changes: list[Change],
    decision: Decision,
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """Write a version whose changes are allowed; the year is locked."""
    last = session.scalar(select(func.max(TargetVersion.number)).where(TargetVersion.year == year))
    early = any(one.inside_notice for one in changes)
    version = session.execute(
        insert(TargetVersion)
        .values(
            year=year,
            number=(last or 0) + 1,
            kind=decision.kind,
            run_id=decision.run_id,
            reason=decision.reason,
            notice_reason=decision.notice_reason if early else None,
            told_on=decision.told_on,
            effective_on=decision.effective_on,
            at=at,
            actor=actor.name,
        )
        .returning(TargetVersion.id)
    ).scalar_one()
    session.execute(
        insert(TargetChange),
        [
            {
                "version_id": version,
                "municipality_id": one.municipality.id,
                "county": one.municipality.county,
                "before": one.before,
                "after": one.after,
                "carried": one.carried,
                "inside_notice": one.inside_notice,
            }
            for one in changes
        ],
    )
    _set(session, year, version, changes)
    after = {
        "version": version,
        "kind": decision.kind,
        "run": decision.run_id,
        "told_on": decision.told_on,
        "effective_on": decision.effective_on,
        "targets": {one.municipality.number: one.after for one in changes},
    }
    before = {"targets": {one.municipality.number: one.before for one in changes}}
    changed = audit.Change(audit.subject(audit.Kind.TARGETS, year), before=before, after=after)
    audit.record(session, changed, "decide_targets", reason=decision.reason, actor=actor, at=at)
    telling.decided(session, year, version, changes, decision, at=at)
    return version


def _set(session: Session, year: int, version: int, changes: list[Change]) -> None:
    if again := [one for one in changes if one.before is not None]:
        each = rows_of(
            "again",
            {
                "id": ([one.municipality.id for one in again], Integer()),
                "persons": ([one.after for one in again], Integer()),
            },
        )
        session.execute(
            update(Target)
            .where(Target.year == year, Target.municipality_id == each.c.id)
            .values(persons=each.c.persons, version_id=version)
            .execution_options(synchronize_session=False)
        )
    new = [
        {
            "year": year,
            "municipality_id": one.municipality.id,
            "county": one.municipality.county,
            "persons": one.after,
            "version_id": version,
        }
        for one in changes
        if one.before is None
    ]
    if new:
        session.execute(insert(Target), new)


def standing(session: Session, year: int) -> dict[int, int]:
    """The numbers that stand, by municipality's id. No secret."""
    rows = session.execute(
        select(Target.municipality_id, Target.persons).where(Target.year == year)
    )
    return {row[0]: row[1] for row in rows}


def of_municipality(session: Session, municipality_id: int) -> dict[int, int]:
    """A municipality's numbers that stand, by year."""
    rows = session.execute(
        select(Target.year, Target.persons).where(Target.municipality_id == municipality_id)
    )
    return {row[0]: row[1] for row in rows}


def carry_over(
    session: Session,
    year: int,
    municipality_id: int,
    persons: int,
    *,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> int:
    """Add so many, or so many fewer, to a municipality's first number of `year` when it is made.

    Raises:
        NotThisRole; TargetsStand: the year has its first numbers; ReasonMissing; Invalid; NotFound.
    """
    only_the_agency(actor)
    if not persons or abs(persons) > MOST:
        raise Invalid("a number of people, or fewer", pointer="/persons")
    if not reason:
        raise ReasonMissing
    lock(session, year)
    place = next((one for one in places(session) if one.id == municipality_id), None)
    if place is None:
        raise Invalid("no municipality", pointer="/municipality")
    if standing(session, year):
        raise TargetsStand("the year has its targets already", year=year)
    made = session.execute(
        insert(TargetCarry)
        .values(
            year=year,
            municipality_id=municipality_id,
            county=county_of(place.number),
            persons=persons,
            reason=reason,
            at=at,
            actor=actor.name,
        )
        .returning(TargetCarry.id)
    ).scalar_one()
    changed = audit.Change(
        audit.subject(audit.Kind.TARGETS, year),
        after={"carried": {place.number: persons}},
    )
    audit.record(session, changed, "carry_over", reason=reason, actor=actor, at=at)
    telling.carried_over(session, year, place, persons, at=at)
    return made


def _waiting(session: Session, year: int) -> dict[int, int]:
    rows = session.execute(
        select(TargetCarry.municipality_id, func.sum(TargetCarry.persons))
        .where(TargetCarry.year == year, TargetCarry.version_id.is_(None))
        .group_by(TargetCarry.municipality_id)
    )
    return {row[0]: row[1] for row in rows}


def _used(
    session: Session,
    year: int,
    version: int,
    changes: list[Change],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """What waited has been added; what did not find room below 0 waits for the year after."""
    waited = _waiting(session, year)
    added = {one.municipality.id: one.carried for one in changes if one.municipality.id in waited}
    session.execute(
        update(TargetCarry)
        .where(
            TargetCarry.year == year,
            TargetCarry.version_id.is_(None),
            TargetCarry.municipality_id.in_(added),
        )
        .values(version_id=version)
        .execution_options(synchronize_session=False)
    )
    onward = year + 1
    while standing(session, onward):
        onward += 1
    for municipality_id, carried in sorted(added.items()):
        if left := waited[municipality_id] - carried:
            why = f"left over from {year}"
            carry_over(session, onward, municipality_id, left, reason=why, actor=actor, at=at)
