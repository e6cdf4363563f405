"""People counted where they live, taken in by municipality and day; nobody's name is in it."""

import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from sqlalchemy import column, insert, or_, select, table
from sqlalchemy.orm import Session

from workflow.allocation import targets
from workflow.allocation.access import READS_ALL, in_full, only_the_agency
from workflow.allocation.counting import read
from workflow.allocation.errors import CountInFuture
from workflow.allocation.models import PeopleCount, PeopleCountLine
from workflow.allocation.states import Counted
from workflow.allocation.statistics import refuse
from workflow.capacity.suppression import suppress
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.keys.evenness import Evenness, evenness
from workflow.municipalities.sweden import Place, place_of, places

#: What the sum of all is called among those of the counties.
COUNTRY: Final = "country"
PUBLISHED_KINDS: Final = (Counted.IN_THE_NUMBER, Counted.OWN_HOUSING)
_PUBLISHED = table(
    "published_count_lines",
    *(column(name) for name in ("count_id", "municipality_id", "in_the_number", "own_housing")),
)


@dataclass(frozen=True, slots=True)
class CountSeen:
    id: int
    day: date
    source: str
    sha256: str
    #: By measure, against the targets of its year; None where there were none.
    evenness: Mapping[str, float] | None
    #: By kind of count, then by county's digits and COUNTRY; None is hidden.
    sums: Mapping[str, Mapping[str, int | None]]
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class CountedHere:
    """One municipality; None is hidden."""

    in_the_number: int | None
    own_housing: int | None


def take_in(
    session: Session, day: date, source: str, file: bytes, *, actor: Actor, at: datetime
) -> int:
    """Take in a count; a municipality that is not in it has nobody.

    Raises:
        NotThisRole; CountInFuture; StatisticsUnusable: with the lines; nothing is taken in.
    """
    only_the_agency(actor)
    if day > local_day(at):
        raise CountInFuture("the day has not come", day=day)
    register = places(session)
    counted, rejected = read(io.BytesIO(file), {place.number for place in register})
    refuse(rejected, counted)
    stand = targets.standing(session, day.year)
    made = session.execute(
        insert(PeopleCount)
        .values(
            day=day,
            source=source,
            sha256=hashlib.sha256(file).hexdigest(),
            evenness=_measures(register, counted, stand),
            sums=_sums(register, counted),
            at=at,
            actor=actor.name,
        )
        .returning(PeopleCount.id)
    ).scalar_one()
    session.execute(insert(PeopleCountLine), _lines(made, register, counted))
    people = sum(one[Counted.IN_THE_NUMBER] for one in counted.values())
    changed = audit.Change(
        audit.subject(audit.Kind.PEOPLE_COUNT, made), after={"day": day, "people": people}
    )
    audit.record(session, changed, "count_people", actor=actor, at=at)
    return made


def _lines(
    count_id: int, register: list[Place], counted: Mapping[str, Counter[Counted]]
) -> list[dict[str, Any]]:
    of = {place.number: counted.get(place.number, Counter()) for place in register}
    county_of = {place.number: place.county for place in register}
    shown = {
        kind: suppress({number: one[kind] for number, one in of.items()}, county_of).municipalities
        for kind in PUBLISHED_KINDS
    }
    return [
        {
            "count_id": count_id,
            "municipality_id": place.id,
            "county": place.county,
            **{str(kind): of[place.number][kind] for kind in Counted},
            "published_in_the_number": shown[Counted.IN_THE_NUMBER][place.number],
            "published_own_housing": shown[Counted.OWN_HOUSING][place.number],
        }
        for place in register
    ]


def _sums(
    register: list[Place], counted: Mapping[str, Counter[Counted]]
) -> dict[str, dict[str, int | None]]:
    """Of counties and country, as everybody may read them."""
    county_of = {place.number: place.county for place in register}
    sums: dict[str, dict[str, int | None]] = {}
    for kind in PUBLISHED_KINDS:
        of = {number: counted.get(number, Counter[Counted]())[kind] for number in county_of}
        shown = suppress(of, county_of)
        sums[kind] = shown.counties | {COUNTRY: shown.country}
    return sums


def _measures(
    register: list[Place], counted: Mapping[str, Counter[Counted]], stand: Mapping[int, int]
) -> dict[str, float] | None:
    if not stand:
        return None
    placed = [
        counted.get(place.number, Counter[Counted]())[Counted.IN_THE_NUMBER] for place in register
    ]
    return told(evenness(placed, [stand.get(place.id, 0) for place in register]))


def told(even: Evenness) -> dict[str, float]:
    """The measures by name, rounded for people; those that are there."""
    measures: dict[str, Fraction | None] = {
        "lowest_fill": even.lowest_fill,
        "highest_fill": even.highest_fill,
        "fill_range": even.fill_range,
        "deviations": even.deviations,
        "deviations_share": even.deviations_share,
        "gini": even.gini,
    }
    return {name: round(float(value), 4) for name, value in measures.items() if value is not None}


def counts(session: Session, *, actor: Actor) -> list[CountSeen]:
    """All of them, the latest day first."""
    rows = session.execute(_SEEN.order_by(PeopleCount.day.desc(), PeopleCount.id.desc()).limit(500))
    return [CountSeen(*row) for row in rows]


def latest(
    session: Session, *, until: date | None = None, since: date | None = None, actor: Actor
) -> CountSeen | None:
    """The one that holds: of the last day, the last taken in."""
    wanted = _SEEN
    if until is not None:
        wanted = wanted.where(PeopleCount.day <= until)
    if since is not None:
        wanted = wanted.where(PeopleCount.day >= since)
    row = session.execute(
        wanted.order_by(PeopleCount.day.desc(), PeopleCount.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else CountSeen(*row)


def one(session: Session, count_id: int, *, actor: Actor) -> CountSeen:
    """Raises NotFound."""
    row = session.execute(_SEEN.where(PeopleCount.id == count_id)).one_or_none()
    if row is None:
        raise NotFound("count")
    return CountSeen(*row)


def lines(session: Session, count_id: int, *, actor: Actor) -> dict[int, CountedHere]:
    """By municipality's id: in full where the actor reads so, the others' as published."""
    found: dict[int, CountedHere] = {}
    if actor.role not in READS_ALL:
        published = select(
            _PUBLISHED.c.municipality_id, _PUBLISHED.c.in_the_number, _PUBLISHED.c.own_housing
        ).where(_PUBLISHED.c.count_id == count_id)
        found = {row[0]: CountedHere(row[1], row[2]) for row in session.execute(published)}
    own = select(
        PeopleCountLine.municipality_id,
        PeopleCountLine.in_the_number,
        PeopleCountLine.own_housing,
    ).where(PeopleCountLine.count_id == count_id, in_full(PeopleCountLine, actor))
    found |= {row[0]: CountedHere(row[1], row[2]) for row in session.execute(own)}
    return found


def hidden_of(session: Session, count_id: int, municipality_id: int) -> Place | None:
    """The municipality, where a number of its own is hidden from others; it reads that itself."""
    hidden = session.scalar(
        select(PeopleCountLine.municipality_id).where(
            PeopleCountLine.count_id == count_id,
            PeopleCountLine.municipality_id == municipality_id,
            or_(
                PeopleCountLine.published_in_the_number.is_(None),
                PeopleCountLine.published_own_housing.is_(None),
            ),
        )
    )
    return place_of(session, municipality_id) if hidden is not None else None


_SEEN = select(
    PeopleCount.id,
    PeopleCount.day,
    PeopleCount.source,
    PeopleCount.sha256,
    PeopleCount.evenness,
    PeopleCount.sums,
    PeopleCount.at,
    PeopleCount.actor,
)
