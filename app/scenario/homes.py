"""Homes and capacity reported until then: some held for a case, most still open."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from random import Random

from app.scenario.lives import DAY
from app.scenario.plan import CasePlan, VacancyPlan
from app.scenario.towns import Towns
from app.scenario.workdays import Workdays, moment
from workflow.cases.states import CaseState, Group
from workflow.kernel.calendar import local_day
from workflow.kernel.weeks import Week
from workflow.vacancies.states import VacancyKind

#: Homes that a yes named, by group.
HELD = {Group.RESETTLEMENT: 12, Group.RECEPTION_CENTRE: 6}
OPEN_HOMES = 16
OPEN_CAPACITY = 8
#: Weeks that a home can be kept free, where it is said.
LONGEST_FREE = 12
_HOLDING = frozenset({CaseState.ACCEPTED, CaseState.PLACED, CaseState.TRAVEL_BOOKED})
_FIRST_REPORT = date(2020, 1, 13)
_LAST_REPORT = date(2020, 3, 11)
_ACCESSIBLE_SHARE = 0.25


def report_homes(
    cases: Sequence[CasePlan], towns: Towns, workdays: Workdays, rng: Random
) -> tuple[list[CasePlan], tuple[VacancyPlan, ...]]:
    """The cases, some with the home their yes named, and all reported homes in time's order."""
    keys = (f"V{number:03}" for number in count(1))
    named: dict[str, VacancyPlan] = {}
    for group, number in HELD.items():
        able = [case for case in cases if case.group is group and case.state in _HOLDING]
        for case in rng.sample(able, number):
            named[case.key] = _home_for(next(keys), case, workdays, rng)
    days = workdays.between(_FIRST_REPORT, _LAST_REPORT)
    kinds = [VacancyKind.HOME] * OPEN_HOMES + [VacancyKind.CAPACITY] * OPEN_CAPACITY
    numbers = rng.sample(towns.with_room(6), len(kinds))
    reported = [
        VacancyPlan(
            key=next(keys),
            municipality_number=number,
            at=moment(rng.choice(days), rng),
            kind=kind,
            places=rng.randint(2, 6),
            available_from_week=Week.of(DAY + timedelta(weeks=rng.randint(1, 10))),
            group=rng.choice([None, None, Group.RECEPTION_CENTRE, Group.RESETTLEMENT]),
            accessible=kind is VacancyKind.HOME and rng.random() < _ACCESSIBLE_SHARE,
        )
        for number, kind in zip(numbers, kinds, strict=True)
    ]
    told = [_in_full(number, home) for number, home in enumerate(reported)]
    homes = sorted([*named.values(), *told], key=lambda home: (home.at, home.key))
    return [_naming(case, named.get(case.key)) for case in cases], tuple(homes)


def _in_full(number: int, home: VacancyPlan) -> VacancyPlan:
    """Every second home says how many rooms it has; some that they are fit for quarantine."""
    if home.kind is not VacancyKind.HOME:
        return home
    last = Week.of(home.available_from_week.monday + timedelta(weeks=LONGEST_FREE))
    return replace(
        home,
        rooms=home.places // 2 + 1 if number % 2 == 0 else None,
        available_until_week=last if number % 4 == 0 else None,
        quarantine=number % 3 == 0,
    )


def _home_for(key: str, case: CasePlan, workdays: Workdays, rng: Random) -> VacancyPlan:
    """A home reported days before the yes that names it, large enough."""
    accepted = [step for step in case.steps if step.trigger == "accept"][-1]
    assert accepted.municipality_number is not None  # noqa: S101  it accepted
    day = local_day(accepted.at)
    return VacancyPlan(
        key=key,
        municipality_number=accepted.municipality_number,
        at=moment(workdays.back(day, rng.randint(1, 8)), rng),
        kind=VacancyKind.HOME,
        places=case.household.size + rng.randint(0, 1),
        available_from_week=Week.of(day + timedelta(weeks=rng.randint(1, 3))),
        group=rng.choice([None, case.group]),
        accessible=rng.random() < _ACCESSIBLE_SHARE,
    )


def _naming(case: CasePlan, home: VacancyPlan | None) -> CasePlan:
    if home is None:
        return case
    last = max(n for n, step in enumerate(case.steps) if step.trigger == "accept")
    accepted = replace(case.steps[last], vacancy=home.key)
    return replace(case, steps=(*case.steps[:last], accepted, *case.steps[last + 1 :]))
