"""What a register file says that we do not know yet. Pure: no table is touched.

A municipality is told by its organisation number, which it keeps when it is renamed or renumbered;
where that says nothing, by its number on the day of the file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from workflow.municipalities.register import AirportRow, MunicipalityRow, with_nearest_airports

#: What the database keeps of a degree: about a metre.
_DEGREE = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class Called:
    """What a change of which begins a new period."""

    number: str
    official_name: str
    norwegian_name: str
    sami_name: str | None
    county: str


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a municipality beside its name, without a period."""

    organisation_number: str | None
    latitude: Decimal | None
    longitude: Decimal | None
    sami_area: bool
    nearest_airport: str | None
    nearest_airport_km: int | None
    second_airport: str | None
    second_airport_km: int | None
    letter_language: str | None


@dataclass(frozen=True, slots=True)
class Period:
    """Half-open."""

    called: Called
    valid_from: date
    valid_to: date | None

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Known:
    """One municipality of ours, through all its periods in their order."""

    id: int
    details: Details
    periods: tuple[Period, ...]

    def on(self, day: date) -> Period | None:
        return next((period for period in self.periods if period.covers(day)), None)

    @property
    def latest(self) -> Period:
        return self.periods[-1]


@dataclass(frozen=True, slots=True)
class Change:
    """A municipality of ours and what the file says of it."""

    known: Known
    row: MunicipalityRow
    #: It was called otherwise before the day of the file, and is called so from it on.
    begins_period: bool
    #: It is called otherwise on that very day: what we knew was wrong.
    corrects_period: bool

    @property
    def before(self) -> Called:
        return self.known.latest.called

    @property
    def after(self) -> Called:
        return called(self.row)


@dataclass(slots=True)
class Changes:
    """Every row of the file is in exactly one of the first five, or in `unchanged`."""

    added: list[MunicipalityRow] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    #: What we know is of a later day than the file: it stays.
    older: list[MunicipalityRow] = field(default_factory=list)
    #: Its number belongs to one that is not in the file; not stored.
    taken: list[tuple[MunicipalityRow, Known]] = field(default_factory=list)
    unchanged: int = 0
    #: In force on the day of the file, and not in it.
    missing: list[Known] = field(default_factory=list)


def called(row: MunicipalityRow) -> Called:
    return Called(
        row.number, row.official_name, row.norwegian_name, row.sami_name or None, row.county
    )


def details(row: MunicipalityRow) -> Details:
    return Details(
        organisation_number=row.organisation_number,
        latitude=row.latitude.quantize(_DEGREE),
        longitude=row.longitude.quantize(_DEGREE),
        sami_area=row.sami_area,
        nearest_airport=row.nearest_airport,
        nearest_airport_km=row.nearest_airport_km,
        second_airport=row.second_airport,
        second_airport_km=row.second_airport_km,
        letter_language=row.letter_language,
    )


def airport_as_stored(row: AirportRow) -> AirportRow:
    return replace(
        row, latitude=row.latitude.quantize(_DEGREE), longitude=row.longitude.quantize(_DEGREE)
    )


def compare(
    rows: Iterable[MunicipalityRow],
    known: Sequence[Known],
    airports: Sequence[AirportRow],
    day: date,
) -> Changes:
    """What the rows of a file that holds from `day` on change of what is known."""
    complete = [with_nearest_airports(row, airports) for row in rows]
    meant = _match(complete, known, day)
    found = Changes(missing=[one for one in known if one.on(day) and one.id not in _ids(meant)])
    kept = {period.called.number: one for one in found.missing if (period := one.on(day))}
    for row in complete:
        one = meant.get(row.number)
        then = one.on(day) if one else None
        if row.number in kept:
            found.taken.append((row, kept[row.number]))
        elif then is not None and then.called == called(row) and not _details_differ(row, one):
            found.unchanged += 1
        elif _ours_is_later(row, one, known, day):
            found.older.append(row)
        elif one is None or then is None:
            found.added.append(row)
        else:
            differs = then.called != called(row)
            begins = differs and then.valid_from < day
            found.changed.append(
                Change(one, row, begins_period=begins, corrects_period=differs and not begins)
            )
    return found


def _match(rows: Sequence[MunicipalityRow], known: Sequence[Known], day: date) -> dict[str, Known]:
    """Whom each row means, by its number; a municipality is meant by one row at most."""
    there = [one for one in known if one.on(day)]
    by_organisation = {one.details.organisation_number: one for one in there}
    by_number = {period.called.number: one for one in there if (period := one.on(day))}
    found = {
        row.number: by_organisation[row.organisation_number]
        for row in rows
        if row.organisation_number in by_organisation
    }
    taken = _ids(found)
    for row in rows:
        one = by_number.get(row.number)
        if row.number not in found and one is not None and one.id not in taken:
            found[row.number] = one
    return found


def _ids(matched: Mapping[str, Known]) -> set[int]:
    return {one.id for one in matched.values()}


def _ours_is_later(
    row: MunicipalityRow, one: Known | None, known: Sequence[Known], day: date
) -> bool:
    """The municipality was renamed or ended after the day, or another has the number later."""
    if one is not None and (one.on(day) is not one.latest or one.latest.valid_to is not None):
        return True
    return any(
        period.called.number == row.number and period.valid_from > day
        for other in known
        if other is not one
        for period in other.periods
    )


def _details_differ(row: MunicipalityRow, known: Known | None) -> bool:
    said = details(row)
    if known is not None and said.letter_language is None:  # the file does not say: ours stands
        said = replace(said, letter_language=known.details.letter_language)
    return known is None or said != known.details
