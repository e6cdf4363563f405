"""Our own statistics in the form of IMDi's published file, small numbers hidden.

The file's columns and words are those `workflow.capacity.statistics` reads; places for minors are
counted with the others, as there.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy.orm import Session

from workflow.capacity.ledger import Figures
from workflow.capacity.queries import MunicipalityYear, years
from workflow.capacity.statistics import PERSONS, Figure, Mark
from workflow.capacity.suppression import suppress
from workflow.kernel.actor import Actor

#: One line of the file, in the order of `statistics.COLUMNS`.
Line = tuple[str, str, str, str, str, str]

#: What a figure is of one pool; None: nothing is registered.
_Reads = Callable[[Figures], int | None]


def publication(session: Session, year: int, *, actor: Actor) -> list[Line]:
    """The year's lines: every municipality of the year, in the order of its number, each figure.

    `:` is hidden; `.` is none: nothing registered. In a year with an adjusted request the original
    has lines of its own, and the other is the one that stands.
    """
    return list(lines(year, years(session, year, actor=actor).items))


def lines(year: int, municipalities: Sequence[MunicipalityYear]) -> Iterator[Line]:
    """The lines of a year's figures."""
    counted = {figure: _counts(municipalities, read) for figure, read in _figures(municipalities)}
    county_of = {seen.municipality_number: seen.county for seen in municipalities}
    shown = {
        figure: suppress(counts, county_of).municipalities for figure, counts in counted.items()
    }
    for seen in sorted(municipalities, key=lambda seen: seen.municipality_number):
        number = seen.municipality_number
        for figure, numbers in shown.items():
            count = numbers.get(number, Mark.NONE)
            said = count.value if isinstance(count, Mark) else _written(count)
            yield PERSONS, str(year), number, seen.name, figure, said


def _written(count: int | None) -> str:
    return Mark.HIDDEN.value if count is None else str(count)


def _counts(municipalities: Sequence[MunicipalityYear], read: _Reads) -> dict[str, int]:
    """By municipality number, both pools together; one without a number is left out."""
    counts = {}
    for seen in municipalities:
        said = [read(pool) for pool in (seen.ordinary, seen.minors)]
        numbers = [number for number in said if number is not None]
        if numbers:
            counts[seen.municipality_number] = sum(numbers)
    return counts


def _figures(municipalities: Sequence[MunicipalityYear]) -> list[tuple[Figure, _Reads]]:
    adjusted = any(
        pool.adjusted_request is not None
        for seen in municipalities
        for pool in (seen.ordinary, seen.minors)
    )
    original: list[tuple[Figure, _Reads]] = [(Figure.ORIGINAL_REQUEST, _original_request)]
    return [
        *(original if adjusted else []),
        (Figure.REQUEST, _request_that_stands),
        (Figure.DECIDED_PLACES, _decided_places),
        (Figure.SETTLED, _settled),
    ]


def _original_request(pool: Figures) -> int | None:
    return pool.original_request


def _request_that_stands(pool: Figures) -> int | None:
    return pool.original_request if pool.adjusted_request is None else pool.adjusted_request


def _decided_places(pool: Figures) -> int | None:
    return pool.decided_places


def _settled(pool: Figures) -> int | None:
    """None where nothing at all is registered: that nobody settled there is no figure of ours."""
    nothing = pool == Figures(None)
    return None if nothing else pool.settled
