"""What is known that morning of the entry of those who have a municipality (R04).

The numbers are assumed: most unknown, some possible or possible from a day, a few not possible.
Lebanon and Jordan come first, as IMDi then gave priority to arrivals from the Middle East.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from random import Random

from app.scenario.lives import DAY, UDI
from app.scenario.plan import RECORD_ENTRY, CasePlan, EntryPlan, PlannedStep, withdrawn_before
from app.scenario.workdays import moment
from workflow.cases.states import EntryStatus
from workflow.kernel.actor import Role

#: Cases of the 215; of the rest it is unknown.
KNOWN = {
    EntryStatus.POSSIBLE: 32,
    EntryStatus.POSSIBLE_FROM: 40,
    EntryStatus.NOT_POSSIBLE: 12,
}
#: Of the unknown ones, cases where entry is possible for all but one person (R15).
ALL_BUT_ONE = 6
_SMALLEST_MIXED = 3
_MIDDLE_EAST = frozenset({"LB", "JO"})
_FIRST_ENTRY = date(2020, 4, 20)
#: Nobody is promised an entry later than this many days on.
_ENTRY_WITHIN = 80


def exit_permits_come(cases: Sequence[CasePlan], rng: Random) -> list[CasePlan]:
    """Cases that were withdrawn when nobody knew whether they could leave; that morning they can.

    Entry was unknown at the withdrawal, so that they are of track B.
    """
    return [_called_back(case, rng) for case in cases]


def _called_back(case: CasePlan, rng: Random) -> CasePlan:
    registered, withdrawn = case.steps[0].entry, case.steps[-1]
    expires = registered.permit_expires_on if registered else None
    nobody_knows = PlannedStep(
        RECORD_ENTRY,
        withdrawn.at - timedelta(minutes=30),
        Role.TRAVEL_OFFICER,
        entry=EntryPlan(EntryStatus.UNKNOWN, UDI, permit_expires_on=expires),
    )
    can_leave = PlannedStep(
        RECORD_ENTRY,
        moment(DAY, rng, time(8, 5), time(8, 30)),
        Role.TRAVEL_OFFICER,
        entry=EntryPlan(EntryStatus.POSSIBLE, UDI, permit_expires_on=expires),
    )
    return replace(case, steps=(*case.steps[:-1], nobody_knows, withdrawn, can_leave))


def tell_what_is_known(cases: Sequence[CasePlan], rng: Random) -> tuple[CasePlan, ...]:
    """The same cases; those a withdrawal takes end with what UDI says that morning."""
    concerned = sorted(
        withdrawn_before(cases, DAY),
        key=lambda case: rng.random() - 0.6 * (case.household.departure_country in _MIDDLE_EAST),
    )
    statuses = [status for status, number in KNOWN.items() for _ in range(number)]
    unknown = concerned[len(statuses) :]
    statuses += [EntryStatus.UNKNOWN] * len(unknown)
    told: dict[str, tuple[PlannedStep, ...]] = {
        case.key: (_told(case, status, rng),)
        for case, status in zip(concerned, statuses, strict=True)
    }
    several = [case for case in unknown if case.household.size >= _SMALLEST_MIXED]
    for case in several[:ALL_BUT_ONE]:
        told[case.key] += (_possible_for_the_others(case, told[case.key][0]),)
    return tuple(replace(case, steps=case.steps + told.get(case.key, ())) for case in cases)


def _told(case: CasePlan, status: EntryStatus, rng: Random) -> PlannedStep:
    permit = case.steps[0].entry
    expires = permit.permit_expires_on if permit else None
    entry = EntryPlan(status, UDI, permit_expires_on=expires)
    if status is EntryStatus.POSSIBLE_FROM:
        day = _FIRST_ENTRY + timedelta(days=rng.randrange(_ENTRY_WITHIN))
        entry = replace(entry, from_on=min(day, expires or day))
    at = moment(DAY, rng, time(7, 35), time(7, 55))
    return PlannedStep(RECORD_ENTRY, at, Role.TRAVEL_OFFICER, entry=entry)


def _possible_for_the_others(case: CasePlan, told: PlannedStep) -> PlannedStep:
    """A second word, minutes later: all can come but the one who is last in the household."""
    assert told.entry is not None  # noqa: S101  it tells of entry
    return replace(
        told,
        at=told.at + timedelta(minutes=4),
        entry=replace(told.entry, status=EntryStatus.POSSIBLE),
        persons=tuple(range(case.household.size - 1)),
    )
