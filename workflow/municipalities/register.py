"""Files of municipalities and airports: the shipped ones, and those of other years.

Pure: rows in, dataclasses and rejected rows out. The files and their columns are described in
data/README.md.
"""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import BytesIO
from math import asin, cos, radians, sin, sqrt
from typing import BinaryIO

from workflow.kernel.errors import NotFound
from workflow.kernel.tables import RejectedRow, Row, read_table
from workflow.municipalities.public_columns import in_our_columns
from workflow.municipalities.states import LetterLanguage

SHIPPED_YEARS = (2020,)
#: Mean radius of the Earth (IUGG), km.
EARTH_RADIUS_KM = 6371.0088
#: Stands between the parallel names of an official name.
BETWEEN_NAMES = " - "

MUNICIPALITY_COLUMNS = (
    "number",
    "official_name",
    "norwegian_name",
    "sami_name",
    "county",
    "organisation_number",
    "latitude",
    "longitude",
    "sami_area",
    "nearest_airport",
    "nearest_airport_km",
    "second_airport",
    "second_airport_km",
)
#: Either of them may say the language of letters to the municipality; the second is SSB's word.
LETTER_LANGUAGE_COLUMNS = ("letter_language", "maalform")
AIRPORT_COLUMNS = ("iata", "icao", "name", "latitude", "longitude", "scheduled")

_NUMBER = re.compile(r"[0-9]{4}")
_IATA = re.compile(r"[A-Z]{3}")
_ICAO = re.compile(r"[A-Z]{4}")
_WHOLE = re.compile(r"[0-9]{1,5}")
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,10})?")
_FLAGS = {"0": False, "1": True}
_LETTER_LANGUAGES = {
    "bokmål": LetterLanguage.BOKMAL,
    "nynorsk": LetterLanguage.NYNORSK,
    "nøytral": LetterLanguage.NEUTRAL,
}


@dataclass(frozen=True, slots=True)
class AirportRow:
    iata: str
    icao: str
    name: str
    latitude: Decimal
    longitude: Decimal
    #: Scheduled traffic; a strip without it is never proposed.
    scheduled: bool


@dataclass(frozen=True, slots=True)
class MunicipalityRow:
    """One municipality as a file tells of it; empty airport columns are None."""

    number: str
    #: Every official name, parted by BETWEEN_NAMES.
    official_name: str
    norwegian_name: str
    sami_name: str | None
    county: str
    organisation_number: str
    latitude: Decimal
    longitude: Decimal
    #: In the administrative area of the Sami language.
    sami_area: bool
    nearest_airport: str | None
    nearest_airport_km: int | None
    second_airport: str | None
    second_airport_km: int | None
    #: None: the file does not say.
    letter_language: LetterLanguage | None = None
    #: Where it stands in its file.
    line: int = field(default=0, compare=False)


def read_register(
    file: BinaryIO, *, airports: Container[str] | None = None
) -> tuple[list[MunicipalityRow], list[RejectedRow]]:
    """Municipalities of any year; a number or organisation number that comes twice is rejected.

    The columns are ours, or those of public files (`public_columns`).

    Args:
        airports: a row that names an airport not among these is rejected; None: any will do.
    """
    names = {
        (one.number, one.norwegian_name): (one.official_name, one.sami_name)
        for one in shipped_register()
    }
    return _read_register(in_our_columns(file, names), airports=airports)


def _read_register(
    file: BinaryIO, *, airports: Container[str] | None
) -> tuple[list[MunicipalityRow], list[RejectedRow]]:
    accepted: list[MunicipalityRow] = []
    rejected: list[RejectedRow] = []
    lines: dict[str, int] = {}
    for row in read_table(
        file, delimiter=",", columns=MUNICIPALITY_COLUMNS, optional=LETTER_LANGUAGE_COLUMNS
    ):
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        repeated = _repeated(row, ("number", "organisation_number"), lines)
        problems = [*_municipality_problems(row), *_unknown_airports(row, airports), *repeated]
        if problems:
            rejected.append(problems[0])
        else:
            accepted.append(_municipality(row))
    return accepted, rejected


def read_airports(file: BinaryIO) -> tuple[list[AirportRow], list[RejectedRow]]:
    accepted: list[AirportRow] = []
    rejected: list[RejectedRow] = []
    lines: dict[str, int] = {}
    for row in read_table(file, delimiter=",", columns=AIRPORT_COLUMNS):
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        problems = [*_airport_problems(row), *_repeated(row, ("iata",), lines)]
        if problems:
            rejected.append(problems[0])
        else:
            accepted.append(_airport(row))
    return accepted, rejected


@cache
def shipped_register(year: int = 2020) -> tuple[MunicipalityRow, ...]:
    """The municipalities that come with the program.

    Raises:
        NotFound: no register of that year is shipped; SHIPPED_YEARS are.
    """
    if year not in SHIPPED_YEARS:
        raise NotFound("register")
    rows, rejected = _read_register(_shipped(f"municipalities_{year}.csv"), airports=None)
    _all_usable(rejected)
    return tuple(rows)


@cache
def shipped_airports() -> tuple[AirportRow, ...]:
    rows, rejected = read_airports(_shipped("airports.csv"))
    _all_usable(rejected)
    return tuple(rows)


def with_nearest_airports(
    municipality: MunicipalityRow, airports: Iterable[AirportRow]
) -> MunicipalityRow:
    """The same with its empty airport columns computed; what the file says stands."""
    if municipality.nearest_airport is not None:
        return municipality
    near = nearest_airports(municipality.latitude, municipality.longitude, airports)
    iata: list[str | None] = [airport.iata for airport, _ in near]
    km: list[int | None] = [distance for _, distance in near]
    return replace(
        municipality,
        nearest_airport=next(iter(iata), None),
        nearest_airport_km=next(iter(km), None),
        second_airport=next(iter(iata[1:]), None),
        second_airport_km=next(iter(km[1:]), None),
    )


def nearest_airports(
    latitude: Decimal | float,
    longitude: Decimal | float,
    airports: Iterable[AirportRow],
    *,
    count: int = 2,
) -> list[tuple[AirportRow, int]]:
    """The nearest airports with scheduled traffic and their distance in whole kilometres.

    Of two as near, the one first in the alphabet. A straight line: only a proposal (R20).
    """
    measured = (
        (airport, round(great_circle_km(latitude, longitude, airport.latitude, airport.longitude)))
        for airport in airports
        if airport.scheduled
    )
    return sorted(measured, key=lambda near: (near[1], near[0].iata))[:count]


def great_circle_km(
    latitude: Decimal | float,
    longitude: Decimal | float,
    other_latitude: Decimal | float,
    other_longitude: Decimal | float,
) -> float:
    """Distance of two points in degrees over a round Earth (haversine), km."""
    from_north, from_east = radians(latitude), radians(longitude)
    to_north, to_east = radians(other_latitude), radians(other_longitude)
    half_chord_squared = (
        sin((to_north - from_north) / 2) ** 2
        + cos(from_north) * cos(to_north) * sin((to_east - from_east) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half_chord_squared)))


def _shipped(name: str) -> BinaryIO:
    return BytesIO(files("workflow.municipalities").joinpath("data", name).read_bytes())


def _all_usable(rejected: list[RejectedRow]) -> None:
    if rejected:
        raise ValueError(f"a shipped file is damaged: {rejected[0]}")


def _repeated(row: Row, columns: Iterable[str], lines: dict[str, int]) -> Iterator[RejectedRow]:
    for column in columns:
        first = lines.setdefault(f"{column} {row[column]}", row.line)
        if first != row.line:
            problem = f"{row[column]} stands on line {first} already"
            yield row.rejected(column, problem, expected="each once")


def _municipality_problems(row: Row) -> Iterator[RejectedRow]:
    number = is_municipality_number(row["number"])
    yield from _unless(number, row, "number", "four digits, like 0301")
    for column in ("official_name", "norwegian_name", "county"):
        yield from _unless(row[column], row, column, "a name")
    names = row["official_name"].split(BETWEEN_NAMES)
    for column in ("norwegian_name", "sami_name"):
        known = not row[column] or row[column] in names
        yield from _unless(known, row, column, f"one of the official names {', '.join(names)}")
    yield from _unless(
        is_organisation_number(row["organisation_number"]),
        row,
        "organisation_number",
        "nine digits with a right check digit",
    )
    yield from _position_problems(row)
    yield from _unless(row["sami_area"] in _FLAGS, row, "sami_area", "0 or 1")
    for which in ("nearest", "second"):
        yield from _near_problems(row, f"{which}_airport", f"{which}_airport_km")
    no_gap = row["nearest_airport"] or not row["second_airport"]
    yield from _unless(no_gap, row, "nearest_airport", "the nearest before the second")
    for column in LETTER_LANGUAGE_COLUMNS:
        known = not row[column] or row[column].casefold() in _LETTER_LANGUAGES
        yield from _unless(known, row, column, "Bokmål, Nynorsk or Nøytral")


def _unknown_airports(row: Row, airports: Container[str] | None) -> Iterator[RejectedRow]:
    if airports is None:
        return
    for column in ("nearest_airport", "second_airport"):
        known = not row[column] or row[column] in airports
        yield from _unless(known, row, column, "an airport of the register")


def _airport_problems(row: Row) -> Iterator[RejectedRow]:
    yield from _unless(_IATA.fullmatch(row["iata"]), row, "iata", "three capital letters")
    yield from _unless(_ICAO.fullmatch(row["icao"]), row, "icao", "four capital letters")
    yield from _unless(row["name"], row, "name", "a name")
    yield from _position_problems(row)
    yield from _unless(row["scheduled"] in _FLAGS, row, "scheduled", "0 or 1")


def _near_problems(row: Row, airport: str, km: str) -> Iterator[RejectedRow]:
    if not row[airport] and not row[km]:
        return
    yield from _unless(_IATA.fullmatch(row[airport]), row, airport, "three capital letters")
    yield from _unless(_WHOLE.fullmatch(row[km]), row, km, "whole kilometres")


def _position_problems(row: Row) -> Iterator[RejectedRow]:
    for column, limit in (("latitude", 90), ("longitude", 180)):
        degrees = _degrees(row[column])
        inside = degrees is not None and -limit <= degrees <= limit
        yield from _unless(inside, row, column, f"degrees from -{limit} to {limit}")


def _unless(right: object, row: Row, column: str, expected: str) -> Iterator[RejectedRow]:
    if not right:
        yield row.rejected(
            column, f"{row[column]!r}" if row[column] else "empty", expected=expected
        )


def _degrees(text: str) -> Decimal | None:
    return Decimal(text) if _DEGREES.fullmatch(text) else None


def _municipality(row: Row) -> MunicipalityRow:
    return MunicipalityRow(
        number=row["number"],
        official_name=row["official_name"],
        norwegian_name=row["norwegian_name"],
        sami_name=row["sami_name"] or None,
        county=row["county"],
        organisation_number=row["organisation_number"],
        latitude=Decimal(row["latitude"]),
        longitude=Decimal(row["longitude"]),
        sami_area=_FLAGS[row["sami_area"]],
        nearest_airport=row["nearest_airport"] or None,
        nearest_airport_km=int(row["nearest_airport_km"]) if row["nearest_airport_km"] else None,
        second_airport=row["second_airport"] or None,
        second_airport_km=int(row["second_airport_km"]) if row["second_airport_km"] else None,
        letter_language=_letter_language(row),
        line=row.line,
    )


def _letter_language(row: Row) -> LetterLanguage | None:
    said = next((row[column] for column in LETTER_LANGUAGE_COLUMNS if row[column]), None)
    return None if said is None else _LETTER_LANGUAGES[said.casefold()]


def _airport(row: Row) -> AirportRow:
    return AirportRow(
        iata=row["iata"],
        icao=row["icao"],
        name=row["name"],
        latitude=Decimal(row["latitude"]),
        longitude=Decimal(row["longitude"]),
        scheduled=_FLAGS[row["scheduled"]],
    )


_ORGANISATION_NUMBER = re.compile(r"[89][0-9]{8}")
_ORGANISATION_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)


def is_municipality_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def is_organisation_number(text: str) -> bool:
    """Nine digits, the first 8 or 9, the last a modulus-11 check digit (Brønnøysundregistrene)."""
    if not _ORGANISATION_NUMBER.fullmatch(text):
        return False
    weighed = sum(
        int(digit) * weight for digit, weight in zip(text, _ORGANISATION_WEIGHTS, strict=False)
    )
    return (11 - weighed % 11) % 11 == int(text[8])
