"""Invented households. Their sizes follow what is known; ages, names and trades are only plausible.

No official mean size is published. The shares are drawn from: 72 % of the settled of 2018 were in
families, 18 % single adults; nearly half of the resettlement refugees are under 18; mean about 3.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from app.scenario.origins import ORIGINS, draw_in_norway, draw_quota
from workflow.cases import duf
from workflow.cases.states import Group, Need, Sex

#: The year ages are counted in: nobody is born after the first case is registered.
YEAR = 2019
#: Share of households of each size, per cent; the last stands for eight to ten.
SIZE_SHARES: Final = {1: 28, 2: 12, 3: 13, 4: 15, 5: 13, 6: 9, 7: 5, 8: 5}
LARGEST = 10

#: Codes; their words stand in templates/scenario/nb.toml.
RELATIONS = ("head", "spouse", "child", "parent")
EDUCATIONS = ("none", "primary", "lower_secondary", "upper_secondary", "vocational", "university")
OCCUPATIONS = (
    "baker",
    "builder",
    "carpenter",
    "cook",
    "driver",
    "electrician",
    "farmer",
    "hairdresser",
    "homemaker",
    "mechanic",
    "nurse",
    "pharmacist",
    "shopkeeper",
    "tailor",
    "teacher",
    "welder",
)
_LEARNED = frozenset({"nurse", "pharmacist", "teacher"})
_EDUCATION_SHARES = (10, 25, 25, 20, 10, 10)


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """One invented person; the DUF number is of the series for tests."""

    name: str
    duf_number: str
    birth_year: int
    sex: Sex
    nationality: str
    relation: str
    languages: tuple[str, ...]
    occupation: str | None
    education: str | None


@dataclass(frozen=True, slots=True)
class HouseholdPlan:
    """One invented household; who comes first is the one the others are related to."""

    group: Group
    departure_country: str | None
    persons: tuple[PersonPlan, ...]
    needs: tuple[Need, ...]

    @property
    def size(self) -> int:
        return len(self.persons)


class _Member(NamedTuple):
    relation: str
    sex: Sex
    #: Years, in YEAR.
    age: int


def draw_sizes(households: int, rng: Random) -> list[int]:
    """Sizes drawn one by one from the shares."""
    return [
        rng.randint(size, LARGEST) if size == max(SIZE_SHARES) else size
        for size in rng.choices(list(SIZE_SHARES), weights=list(SIZE_SHARES.values()), k=households)
    ]


def exact_sizes(households: int, persons: int, rng: Random) -> list[int]:
    """Sizes in the shares to the nearest household, in any order, of exactly so many persons.

    Raises:
        ValueError: the households of eight to ten cannot make up for the difference.
    """
    sizes = [size for size, count in _quotas(households).items() for _ in range(count)]
    large = [i for i, size in enumerate(sizes) if size == max(SIZE_SHARES)]
    missing = persons - sum(sizes)
    if not 0 <= missing <= len(large) * (LARGEST - max(SIZE_SHARES)):
        raise ValueError(f"{households} households in the shares are not {persons} persons")
    for i in rng.sample([i for i in large for _ in range(LARGEST - max(SIZE_SHARES))], missing):
        sizes[i] += 1
    rng.shuffle(sizes)
    return sizes


def _quotas(households: int) -> dict[int, int]:
    """Households of each size by largest remainder."""
    counts = {size: households * share // 100 for size, share in SIZE_SHARES.items()}
    left = households - sum(counts.values())
    by_remainder = sorted(
        SIZE_SHARES, key=lambda size: (-(households * SIZE_SHARES[size] % 100), size)
    )
    for size in by_remainder[:left]:
        counts[size] += 1
    return counts


class Population:
    """Draws households from one random source; no two persons get the same DUF number."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._running = iter(duf.TEST_SERIES)

    def household(self, group: Group, size: int) -> HouseholdPlan:
        """A household of a group; unaccompanied minors come alone.

        Raises:
            ValueError: a minor in company, or a size nobody has.
        """
        if not 1 <= size <= LARGEST or (group is Group.UNACCOMPANIED_MINOR and size != 1):
            raise ValueError(f"no household of {group} has {size} persons")
        if group is Group.RESETTLEMENT:
            country, nationality = draw_quota(self._rng)
        else:
            country, nationality = None, draw_in_norway(self._rng)
        members = self._members(group, size)
        persons = tuple(self._persons(nationality, members))
        return HouseholdPlan(group, country, persons, self._needs())

    def _members(self, group: Group, size: int) -> list[_Member]:
        rng = self._rng
        if group is Group.UNACCOMPANIED_MINOR:
            return [_Member("head", _either(rng, women=0.2), rng.randint(13, 16))]
        if size == 1:
            return [_Member("head", _either(rng, women=0.35), rng.randint(19, 55))]
        head = _Member("head", _either(rng, women=0.5), rng.randint(max(22, 16 + 2 * size), 48))
        members = [head]
        if rng.random() < (0.5 if size == 2 else 0.75):
            other = Sex.MALE if head.sex is Sex.FEMALE else Sex.FEMALE
            members.append(_Member("spouse", other, max(20, head.age + rng.randint(-6, 4))))
        if size >= 7 and rng.random() < 0.5:
            members.append(
                _Member("parent", _either(rng, women=0.6), head.age + rng.randint(18, 30))
            )
        children = size - len(members)
        oldest = max(children, min(21, min(member.age for member in members) - 17))
        ages = sorted(rng.sample(range(oldest), children), reverse=True)
        return members + [_Member("child", _either(rng, women=0.5), age) for age in ages]

    def _persons(self, nationality: str, members: list[_Member]) -> Iterator[PersonPlan]:
        rng, origin = self._rng, ORIGINS[nationality]
        family, languages = rng.choice(origin.families), rng.choice(origin.languages)
        given = {
            Sex.FEMALE: iter(rng.sample(origin.women, len(origin.women))),
            Sex.MALE: iter(rng.sample(origin.men, len(origin.men))),
        }
        for member in members:
            education = _education(member.age, rng)
            learned = education == "university"
            yield PersonPlan(
                name=f"{next(given[member.sex])} Test-{family}",
                duf_number=duf.make(YEAR - rng.randint(0, 1), next(self._running)),
                birth_year=YEAR - member.age,
                sex=member.sex,
                nationality=nationality,
                relation=member.relation,
                languages=(*languages, "en") if learned else languages,
                occupation=_occupation(member.age, learned=learned, rng=rng),
                education=education,
            )

    def _needs(self) -> tuple[Need, ...]:
        rates = {Need.SPECIALIST_HEALTH: 0.08, Need.ACCESSIBILITY: 0.04, Need.SCHOOL: 0.03}
        return tuple(need for need, rate in rates.items() if self._rng.random() < rate)


def _either(rng: Random, *, women: float) -> Sex:
    return Sex.FEMALE if rng.random() < women else Sex.MALE


def _education(age: int, rng: Random) -> str | None:
    """None before school; what is behind them after."""
    if age < 6:
        return None
    behind = sum(age >= least for least in (0, 12, 15, 18, 19, 22))
    return rng.choices(EDUCATIONS[:behind], weights=_EDUCATION_SHARES[:behind])[0]


def _occupation(age: int, *, learned: bool, rng: Random) -> str | None:
    if age < 18 or age > 67:
        return None
    return rng.choice([trade for trade in OCCUPATIONS if (trade in _LEARNED) is learned])
