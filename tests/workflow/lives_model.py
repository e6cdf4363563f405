"""What cases and places should be like, in plain Python: the model the application is held to."""

from dataclasses import dataclass, field
from uuid import UUID

from workflow.cases.states import CaseState, Group

S = CaseState
YEARS = (2020, 2021)
HOLDING = {
    S.DISTRIBUTED,
    S.REDISTRIBUTED,
    S.ACCEPTED,
    S.PLACED,
    S.TRAVEL_BOOKED,
    S.ARRIVED,
}
WITHDRAWABLE = HOLDING - {S.ARRIVED}


@dataclass
class Someone:
    id: UUID
    can_enter: bool = True
    arrived: bool = False
    settled: bool = False


@dataclass
class Household:
    id: UUID
    group: Group
    people: list[Someone]
    state: CaseState = S.REGISTERED
    town: int | None = None
    year: int = 2020
    week_year: int = 2020
    was_withdrawn: bool = False
    #: Towns whose no stands.
    declined: set[int] = field(default_factory=set)

    @property
    def resettled(self) -> bool:
        return self.group is Group.RESETTLEMENT

    @property
    def can_enter(self) -> bool:
        return all(person.can_enter for person in self.people)

    @property
    def waiting(self) -> list[Someone]:
        return [person for person in self.people if not person.settled]

    @property
    def some_settled(self) -> bool:
        return len(self.waiting) < len(self.people)

    @property
    def held(self) -> int:
        return len(self.waiting) if self.state in HOLDING else 0

    def leaves(self, state: CaseState) -> None:
        self.state, self.town = state, None

    def settle_if_all_are(self) -> None:
        if self.some_settled and not self.waiting:
            self.state = S.SETTLED


@dataclass
class Model:
    """Households, and the ceiling of each town's years; None where nothing is registered."""

    ceilings: dict[tuple[int, int], int | None]
    households: dict[UUID, Household] = field(default_factory=dict)

    @property
    def towns(self) -> list[int]:
        return sorted({town for town, _ in self.ceilings})

    def held(self, town: int, year: int) -> int:
        here = (one for one in self.households.values() if (one.town, one.year) == (town, year))
        return sum(one.held for one in here)

    def settled(self, town: int, year: int) -> int:
        """Everybody is settled in 2020; only where the plan was differs."""
        if year != YEARS[0]:
            return 0
        here = (one for one in self.households.values() if one.town == town)
        return sum(person.settled for one in here for person in one.people)

    def free(self, town: int, year: int) -> int:
        used = self.held(town, year) + self.settled(town, year)
        return max(0, (self.ceilings[town, year] or 0) - used)

    def stops_putting(self, one: Household, town: int) -> set[str]:
        """Every rule that a question to the town would break."""
        broken: set[str] = set()
        if one.state not in (S.REGISTERED, S.DECLINED, S.WITHDRAWN):
            return {"state.wrong"}
        if one.resettled and not one.can_enter:
            broken.add("entry.not_possible" if one.was_withdrawn else "entry.when_unknown")
        if town in one.declined:
            broken.add("municipality.declined")
        if self.ceilings[town, 2020] is None:
            broken.add("places.not_registered")
        elif self.free(town, 2020) < len(one.people):
            broken.add("places.none_free")
        return broken

    def stops_moving(self, one: Household, year: int) -> set[str]:
        """A plan in another year needs room there."""
        assert one.town is not None
        if year == one.year:
            return set()
        no_room = self.ceilings[one.town, year] is None or self.free(one.town, year) < one.held
        return {"places.year_full"} if no_room else set()
