"""The flights of a booking one after the other, each by the clock of the place it is at.

Transit help: who meets the travellers between two flights (at Gardermoen it is Norsk Folkehjelp,
domain-norway 1.2 step 12), said with the flight they come by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from workflow.kernel.errors import Invalid

#: Flights of one journey.
MOST: Final = 6


@dataclass(frozen=True, slots=True)
class Segment:
    """One flight. Places are IATA codes; the times keep the offset they were given with."""

    flight: str | None
    departs_from: str
    departs_at: datetime
    arrives_in: str
    arrives_at: datetime
    #: Who helps there before the next flight; None: nobody, or not known.
    transit_help: str | None = None


Route = tuple[Segment, ...]


class RouteBroken(Invalid):
    """The flights do not follow one another to the arrival that is booked."""

    code = "travel.route_broken"

    def __init__(self, *, segment: int, expected: str) -> None:
        super().__init__(
            f"flight {segment + 1} does not fit",
            pointer=f"/route/{segment}",
            expected=expected,
            segment=segment + 1,
        )


def refuse_broken(route: Sequence[Segment], arrival_airport: str, arrives_at: datetime) -> None:
    """Each flight lands before the next one leaves from there, the last one as it is booked.

    Raises:
        RouteBroken.
    """
    for number, segment in enumerate(route):
        if segment.arrives_at <= segment.departs_at:
            raise RouteBroken(segment=number, expected="an arrival after the departure")
        if segment.arrives_in == segment.departs_from:
            raise RouteBroken(segment=number, expected="an arrival at another place")
    for number, (one, following) in enumerate(pairwise(route)):
        if following.departs_from != one.arrives_in:
            expected = f"a departure from {one.arrives_in}, where the flight before it lands"
            raise RouteBroken(segment=number + 1, expected=expected)
        if following.departs_at <= one.arrives_at:
            expected = "a departure after the flight before it has landed"
            raise RouteBroken(segment=number + 1, expected=expected)
    if route and (route[-1].arrives_in, route[-1].arrives_at) != (arrival_airport, arrives_at):
        raise RouteBroken(
            segment=len(route) - 1, expected="the airport and the time of the booking's arrival"
        )


def as_written(route: Sequence[Segment]) -> list[dict[str, Any]] | None:
    """As a booking keeps it; None where nothing is known."""
    return [
        {
            "flight": one.flight,
            "departs_from": one.departs_from,
            "departs_at": one.departs_at.isoformat(),
            "arrives_in": one.arrives_in,
            "arrives_at": one.arrives_at.isoformat(),
            "transit_help": one.transit_help,
        }
        for one in route
    ] or None


def as_read(written: Sequence[dict[str, Any]] | None) -> Route:
    return tuple(
        Segment(
            one["flight"],
            one["departs_from"],
            datetime.fromisoformat(one["departs_at"]),
            one["arrives_in"],
            datetime.fromisoformat(one["arrives_at"]),
            one["transit_help"],
        )
        for one in written or ()
    )
