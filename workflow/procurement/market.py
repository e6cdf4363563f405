"""What is offered and what is needed: the input of everything here. Pure.

Places are bought by bids. Of one object at most one bid is taken, and no more beds than are free
in it, so that no object and no bed is bought twice.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, Self

from workflow.procurement.errors import ProcurementUnusable

#: More is a slip of the keyboard.
MOST_ORE: Final = 10_000_000
MOST_PLACES: Final = 1_000_000
MOST_POINTS: Final = 100


@dataclass(frozen=True, slots=True)
class Bid:
    """So many beds in a municipality at a price for a bed and a night."""

    id: str
    code: str
    beds: int
    price_ore: int
    #: Bids of the same object shut each other out; None: an object of its own.
    object: str | None = None
    #: The fewest that may be taken; None: all or nothing.
    min_beds: int | None = None
    #: Of the object's beds, those nobody has contracted; None: as many as are offered.
    free_beds: int | None = None
    #: How well it lies, of a hundred; None is not known.
    points: int | None = None
    #: A bed costs only the nights somebody sleeps in it.
    pay_when_used: bool = False
    name: str = ""
    #: For a person and a day, where meals are paid for themselves.
    meal_ore: int | None = None

    @property
    def place(self) -> str:
        """The object, or the bid where it has none of its own."""
        return f"bid:{self.id}" if self.object is None else f"object:{self.object}"

    @property
    def most(self) -> int:
        return self.beds if self.free_beds is None else min(self.beds, self.free_beds)

    @property
    def least(self) -> int:
        """The fewest beds it can be taken with; more than `most` where it cannot be taken."""
        return self.beds if self.min_beds is None else self.min_beds

    @property
    def open(self) -> bool:
        return 0 < self.least <= self.most

    def night(self, occupancy: int, *, meals: bool = False) -> int:
        """What a bed costs a night where so many of a hundred are slept in; hundredths of öre.

        Args:
            meals: all who sleep there are given meals, where these are paid for themselves.
        """
        given = (self.meal_ore or 0) * occupancy if meals else 0
        return self.price_ore * (occupancy if self.pay_when_used else 100) + given


@dataclass(frozen=True, slots=True)
class Need:
    """A municipality's number and the places there are for it."""

    code: str
    target: int
    procured: int = 0
    name: str = ""
    county: str = ""

    @property
    def remaining(self) -> int:
        return max(0, self.target - self.procured)

    def fill(self, more: int = 0) -> Fraction | None:
        """Places for the number; None where the number is 0."""
        return Fraction(self.procured + more, self.target) if self.target else None


@dataclass(frozen=True)
class Market:
    """Bids and needs in the order of their ids, so that the order of a file changes nothing."""

    bids: Sequence[Bid]
    needs: Sequence[Need]

    @classmethod
    def of(cls, bids: Sequence[Bid], needs: Sequence[Need]) -> Self:
        """Raises ProcurementUnusable: an id twice, or a bid where there is no municipality."""
        made = cls(sorted(bids, key=lambda one: one.id), sorted(needs, key=lambda one: one.code))
        _once([one.id for one in made.bids], "/bids")
        _once([one.code for one in made.needs], "/needs")
        for bid in made.bids:
            _check(bid, made.by_code)
        for need in made.needs:
            if not (0 <= need.target <= MOST_PLACES and 0 <= need.procured <= MOST_PLACES):
                raise ProcurementUnusable("a number of places", pointer="/needs", id=need.code)
        _one_place(made.bids)
        return made

    @cached_property
    def by_code(self) -> Mapping[str, Need]:
        return {one.code: one for one in self.needs}

    @cached_property
    def index(self) -> Mapping[str, int]:
        return {one.code: at for at, one in enumerate(self.needs)}

    @property
    def open(self) -> list[Bid]:
        """Those that can be taken at all."""
        return [one for one in self.bids if one.open]

    @property
    def places(self) -> dict[str, list[Bid]]:
        """The bids that can be taken, by the object they are of."""
        found: dict[str, list[Bid]] = {}
        for bid in self.open:
            found.setdefault(bid.place, []).append(bid)
        return found

    @property
    def capacity(self) -> int:
        """The most beds that can be bought: of each object its largest bid."""
        return sum(max(bid.most for bid in bids) for bids in self.places.values())

    def as_data(self) -> dict[str, Any]:
        return {
            "bids": [_told(one) for one in self.bids],
            "needs": [asdict(one) for one in self.needs],
        }

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        return cls([Bid(**one) for one in told["bids"]], [Need(**one) for one in told["needs"]])


def _told(bid: Bid) -> dict[str, Any]:
    """As plans were kept before meals were known of, where there are none."""
    told = asdict(bid)
    if bid.meal_ore is None:
        del told["meal_ore"]
    return told


def digest(told: Mapping[str, Any]) -> str:
    """SHA-256 of canonical JSON: keys in order, nothing between."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _once(names: Sequence[str], where: str) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise ProcurementUnusable("a second time", pointer=where, id=twice[0])


def _check(bid: Bid, needs: Mapping[str, Need]) -> None:
    if bid.code not in needs:
        raise ProcurementUnusable("no such municipality", pointer="/bids", id=bid.id)
    numbers = (
        0 < bid.beds <= MOST_PLACES
        and 0 <= bid.price_ore <= MOST_ORE
        and (bid.min_beds is None or 0 < bid.min_beds <= bid.beds)
        and (bid.free_beds is None or bid.free_beds >= 0)
        and (bid.meal_ore is None or 0 <= bid.meal_ore <= MOST_ORE)
        and (bid.points is None or 0 <= bid.points <= MOST_POINTS)
    )
    if not numbers:
        raise ProcurementUnusable("a number outside what it can be", pointer="/bids", id=bid.id)


def _one_place(bids: Sequence[Bid]) -> None:
    """An object lies in one municipality."""
    where: dict[str, str] = {}
    for bid in bids:
        if where.setdefault(bid.place, bid.code) != bid.code:
            raise ProcurementUnusable("an object of two", pointer="/bids", id=bid.id)
