"""A month's used nights of many call-offs in one file, recorded whole or not at all."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.accommodation import occupancy, signed
from workflow.accommodation.access import only_the_buyer
from workflow.accommodation.errors import OccupancyFileUnusable
from workflow.accommodation.models import AccommodationContract, CallOff
from workflow.accommodation.nights import Slept
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import DomainError
from workflow.kernel.tables import RejectedRow, Row, read_table

COLUMNS: Final = ("call_off", "since", "until", "place_nights")
#: For who fills it in; not read.
#: Days with meals that are paid for themselves; empty is not known.
MEALS: Final = "meal_days"
BESIDE: Final = ("municipality", "supplier", "places")
MOST_LINES: Final = 2_000
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    call_off_id: UUID
    slept: Slept


def read(file: bytes) -> tuple[list[Line], list[RejectedRow]]:
    """Its lines, parted by commas or semicolons; one without place-nights says nothing yet."""
    delimiter = ";" if b";" in file.split(b"\n", 1)[0] else ","
    lines: list[Line] = []
    rejected: list[RejectedRow] = []
    table = read_table(
        io.BytesIO(file), delimiter=delimiter, columns=COLUMNS, optional=(MEALS, *BESIDE)
    )
    for row in table:
        if isinstance(row, RejectedRow):
            rejected.append(row)
        elif row["place_nights"]:
            told = _line(row)
            if isinstance(told, Line):
                lines.append(told)
            else:
                rejected.append(told)
    return lines, rejected


def _line(row: Row) -> Line | RejectedRow:
    many, meals = row["place_nights"], row[MEALS]
    for column, told in (("place_nights", many), (MEALS, meals or "0")):
        if not (told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS):
            return row.rejected(column, f"{told[:40]!r}", expected="a whole number")
    try:
        call_off_id = UUID(row["call_off"])
    except ValueError:
        return row.rejected("call_off", f"{row['call_off'][:40]!r}", expected="a call-off's id")
    days = []
    for column in ("since", "until"):
        try:
            days.append(date.fromisoformat(row[column]))
        except ValueError:
            return row.rejected(column, f"{row[column][:40]!r}", expected="a day, 2022-07-31")
    slept = Slept(days[0], days[1], int(many), int(meals) if meals else None)
    return Line(row.line, call_off_id, slept)


def take_in(session: Session, file: bytes, source: str, *, actor: Actor, at: datetime) -> int:
    """Record what a file says; returns how many lines.

    Raises:
        NotTheBuyer; Invalid: no source; OccupancyFileUnusable: with the lines, none was recorded.
    """
    only_the_buyer(actor)
    lines, rejected = read(file)
    problems = [str(one) for one in rejected]
    if len(lines) > MOST_LINES:
        problems.append(f"{len(lines)} lines, expected at most {MOST_LINES}")
    elif not problems:
        _lock(session, lines)
        problems = _recorded(session, lines, source, actor=actor, at=at)
    if problems or not lines:
        raise OccupancyFileUnusable(
            "lines cannot be recorded",
            pointer="/table",
            problems="; ".join(problems[:20]) or "no lines with place-nights",
        )
    return len(lines)


def _lock(session: Session, lines: Sequence[Line]) -> None:
    """All the contracts at once, by id, so that two files do not wait for each other."""
    drawn = select(CallOff.contract_id).where(CallOff.id.in_([one.call_off_id for one in lines]))
    session.execute(
        select(AccommodationContract.id)
        .where(AccommodationContract.id.in_(drawn))
        .order_by(AccommodationContract.id)
        .with_for_update()
    )


def _recorded(
    session: Session, lines: Sequence[Line], source: str, *, actor: Actor, at: datetime
) -> list[str]:
    problems = []
    for one in lines:
        try:
            occupancy.record(session, one.call_off_id, one.slept, source, actor=actor, at=at)
        except DomainError as refusal:
            problems.append(f"{one.number}: {refusal.message}")
    return problems


def to_fill_in(
    session: Session, since: date, until: date, *, county: str | None, actor: Actor, at: datetime
) -> list[list[str]]:
    """The file with all but place-nights: each call-off's nights of a time that have been."""
    latest = min(until, local_day(at) - timedelta(days=1))
    rows = [[*COLUMNS, MEALS, *BESIDE]]
    for one in signed.call_offs(session, since, latest, actor=actor):
        first, last = max(since, one.starts_on), min(latest, one.ends_on)
        if first <= last and county in {None, one.municipality.county}:
            nights = str(one.id), first.isoformat(), last.isoformat(), "", ""
            rows.append([*nights, one.municipality.name, one.supplier, str(one.beds)])
    return rows
