"""The cases that exist on the morning of 12 March 2020, and how they came there.

About 750 resettlement refugees had a permit and a municipality and had not come (regjeringen.no,
13 March 2020): here exactly 750 persons in 215 cases, distributed or placed before 12 March, are
what a withdrawal with that cut-off takes. Around them: cases distributed that very morning (the
border: not taken), cases that have just arrived, new ones with and without a known arrival, nine
withdrawn one by one in the weeks before whose exit permits have come that morning; and the
reception centres' cases, unaccompanied minors and people living privately, in every state, who go
on as usual.

Settled until then: 542 persons, what ten even weeks of the year's 2,819 make. How many cases stand
in which state is assumed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import count
from random import Random

from app.scenario.figures import (
    ADJUSTED_REQUEST_ON,
    ORIGINAL_REQUEST_ON,
    MunicipalityFigures,
)
from app.scenario.homes import report_homes
from app.scenario.known import exit_permits_come, tell_what_is_known
from app.scenario.lives import DAY, Setting, live
from app.scenario.people import HouseholdPlan, Population, draw_sizes, exact_sizes
from app.scenario.plan import CasePlan, PlacesPlan, ScenarioPlan
from app.scenario.towns import Towns
from app.scenario.workdays import Workdays, moment
from workflow.capacity.states import Pool
from workflow.cases.states import Group
from workflow.kernel.calendar import OSLO
from workflow.municipalities.register import MunicipalityRow

#: The clock starts here; all that is planned lies before.
STARTS_AT = datetime(2020, 3, 12, 10, 0, tzinfo=OSLO)
#: Days between which the councils' decisions were registered; the deadline was 20 December.
DECIDED_BETWEEN = (date(2019, 11, 4), date(2019, 12, 20))
WITHDRAWN_PERSONS = 750
SETTLED_PERSONS = 542
RECEPTION_CENTRES = (
    "Testmottaket Nord",
    "Testmottaket Vest",
    "Testmottaket Sør",
    "Testmottaket Øst",
)

_FIRST_DAY = date(2019, 9, 2)
_EVE = date(2020, 3, 11)
_ASK = ("distribute",)
_YES = (*_ASK, "accept")
_PLACED = (*_YES, "decide")
_BOOKED = (*_PLACED, "book_travel")
_NO_FIRST = (*_ASK, "decline")
_RETRACTED_FIRST = (*_YES, "retract")


@dataclass(frozen=True, slots=True)
class Sort:
    """So many cases of a group with the same triggers, the last one between two days."""

    count: int
    triggers: tuple[str, ...]
    first: date
    last: date = _EVE
    entry_known: bool = True


#: What the withdrawal takes.
HOLDING = (
    Sort(40, _ASK, date(2020, 3, 5)),
    Sort(6, _NO_FIRST + _ASK, date(2020, 3, 5)),
    Sort(20, _ASK, date(2020, 2, 14), date(2020, 3, 3)),  # the answer is overdue
    Sort(26, _YES, date(2020, 2, 17)),
    Sort(4, (*_YES, "change_week"), date(2020, 2, 24)),
    Sort(74, _PLACED, date(2020, 1, 20)),
    Sort(6, _NO_FIRST + _PLACED, date(2020, 2, 10)),
    Sort(2, _RETRACTED_FIRST + _PLACED, date(2020, 2, 17)),
    Sort(4, (*_BOOKED, "cancel_travel"), date(2020, 3, 2)),
    Sort(28, _BOOKED, date(2020, 1, 27)),
    Sort(5, (*_BOOKED, "reschedule"), date(2020, 2, 10)),
)
#: Resettlement cases it does not take.
BESIDE = (
    Sort(6, _ASK, DAY, DAY),  # the border
    Sort(3, (*_BOOKED, "arrive"), date(2020, 3, 10)),
    Sort(8, (), date(2020, 3, 2)),
    Sort(12, (), date(2020, 2, 3), entry_known=False),
    Sort(3, _NO_FIRST, date(2020, 2, 24)),
    Sort(1, ("lapse",), date(2020, 2, 3)),
    Sort(1, (*_YES, "lapse"), date(2020, 2, 3)),
)
#: Withdrawn one by one before that day; now they can come, and no municipality comes first (R26).
CALLED_BACK = (Sort(9, (*_YES, "withdraw"), date(2020, 2, 24), date(2020, 3, 6)),)
SETTLED = {
    Group.RESETTLEMENT: Sort(65, (*_BOOKED, "arrive", "settle"), date(2020, 1, 27)),
    Group.RECEPTION_CENTRE: Sort(84, (*_PLACED, "settle"), date(2020, 1, 27)),
    Group.PRIVATE: Sort(6, (*_PLACED, "settle"), date(2020, 1, 27)),
}
AS_USUAL = {
    Group.RECEPTION_CENTRE: (
        Sort(16, (), date(2020, 2, 17)),
        Sort(15, _ASK, date(2020, 3, 5)),
        Sort(3, _ASK, date(2020, 2, 24), date(2020, 3, 3)),
        Sort(10, _YES, date(2020, 2, 24)),
        Sort(22, _PLACED, date(2020, 2, 17)),
        Sort(3, _NO_FIRST, date(2020, 2, 24)),
        Sort(2, _NO_FIRST + _PLACED, date(2020, 2, 24)),
    ),
    Group.UNACCOMPANIED_MINOR: (
        Sort(2, (), date(2020, 2, 24)),
        Sort(2, _ASK, date(2020, 3, 5)),
        Sort(1, _YES, date(2020, 3, 2)),
        Sort(4, _PLACED, date(2020, 2, 17)),
        Sort(5, (*_PLACED, "settle"), date(2020, 1, 27)),
    ),
    Group.PRIVATE: (
        Sort(2, (), date(2020, 2, 17)),
        Sort(1, _ASK, date(2020, 3, 5)),
        Sort(3, _PLACED, date(2020, 2, 17)),
    ),
}


def march_2020(
    seed: int, register: Iterable[MunicipalityRow], figures: Sequence[MunicipalityFigures]
) -> ScenarioPlan:
    """All that exists when the clock starts; the same for the same seed, register and figures."""
    rng = Random(seed)  # noqa: S311  invented cases, no secret
    workdays = Workdays(_FIRST_DAY, DAY)
    places = tuple(_places(one, workdays, rng) for one in figures)
    writer = _Writer(places, workdays, register, rng)
    holding = writer.write(Group.RESETTLEMENT, HOLDING, persons=WITHDRAWN_PERSONS)
    settled = writer.write_settled()
    beside = writer.write(Group.RESETTLEMENT, BESIDE)
    as_usual = [case for group, sorts in AS_USUAL.items() for case in writer.write(group, sorts)]
    called_back = exit_permits_come(writer.write(Group.RESETTLEMENT, CALLED_BACK), rng)
    cases, homes = report_homes(
        [*holding, *settled, *beside, *as_usual, *called_back], writer.towns, workdays, rng
    )
    return ScenarioPlan(seed, STARTS_AT, places, homes, tell_what_is_known(cases, rng))


def _places(figures: MunicipalityFigures, workdays: Workdays, rng: Random) -> PlacesPlan:
    """Most councils decided in good time; who is not registered never did."""
    days = workdays.between(*DECIDED_BETWEEN)
    decided_at = moment(days[int(len(days) * rng.random() ** 1.5)], rng)
    return PlacesPlan(
        figures,
        requested_at=moment(ORIGINAL_REQUEST_ON, rng, time(9), time(10)),
        adjusted_at=moment(ADJUSTED_REQUEST_ON, rng, time(7), time(7, 30)),
        decided_at=None if figures.decided_places is None else decided_at,
    )


class _Writer:
    """Writes cases sort by sort, each with a household and a key of its own."""

    def __init__(
        self,
        places: Sequence[PlacesPlan],
        workdays: Workdays,
        register: Iterable[MunicipalityRow],
        rng: Random,
    ) -> None:
        self.towns = Towns(places, rng)
        self._workdays = workdays
        self._rng = rng
        self._population = Population(rng)
        self._keys = count(1)
        airports = {row.number: row.nearest_airport or "" for row in register}
        self._setting = Setting(rng, workdays, self._ask, airports)

    def write(
        self, group: Group, sorts: Sequence[Sort], *, persons: int | None = None
    ) -> list[CasePlan]:
        """The cases of a group, of exactly so many persons if it is said."""
        households = sum(sort.count for sort in sorts)
        if group is Group.UNACCOMPANIED_MINOR:
            sizes = [1] * households
        elif persons is None:
            sizes = draw_sizes(households, self._rng)
        else:
            sizes = exact_sizes(households, persons, self._rng)
        drawn = iter(sizes)
        return [self._case(group, sort, next(drawn)) for sort in sorts for _ in range(sort.count)]

    def write_settled(self) -> list[CasePlan]:
        households = sum(sort.count for sort in SETTLED.values())
        sizes = iter(exact_sizes(households, SETTLED_PERSONS, self._rng))
        return [
            self._case(group, sort, next(sizes))
            for group, sort in SETTLED.items()
            for _ in range(sort.count)
        ]

    def _case(self, group: Group, sort: Sort, size: int) -> CasePlan:
        in_centre = group in {Group.RECEPTION_CENTRE, Group.UNACCOMPANIED_MINOR}
        case = live(
            self._setting,
            f"S{next(self._keys):04}",
            self._population.household(group, size),
            sort.triggers,
            self._rng.choice(self._workdays.between(sort.first, sort.last)),
            reception_centre=self._rng.choice(RECEPTION_CENTRES) if in_centre else None,
            entry_known=sort.entry_known,
        )
        if sort.last < DAY:
            return case
        early = replace(case.steps[-1], at=moment(DAY, self._rng, time(8, 5), time(9, 45)))
        return replace(case, steps=(*case.steps[:-1], early))

    def _ask(self, at: datetime, household: HouseholdPlan, but: Sequence[str]) -> str:
        minor = household.group is Group.UNACCOMPANIED_MINOR
        return self.towns.ask(at, household.size, Pool.MINORS if minor else Pool.ORDINARY, but)
