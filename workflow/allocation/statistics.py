"""Statistics taken in with where they are from, and handed out with small numbers hidden."""

import csv
import hashlib
import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import column, insert, select, table
from sqlalchemy.orm import Session

from workflow.allocation.access import READS_ALL, in_full, only_the_agency
from workflow.allocation.errors import StatisticsUnusable
from workflow.allocation.models import Statistic, StatisticsSet
from workflow.capacity.suppression import suppress
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.kernel.tables import RejectedRow, Row, read_table
from workflow.municipalities.sweden import Place, places

#: Columns whose small numbers tell of nobody; every other column counts people.
OPEN_COLUMNS: Final = frozenset({"population", "employment", "tax", "gdp", "unemployment"})
_WHO: Final = ("name", "county")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_PUBLISHED = table(
    "published_statistics",
    *(column(name) for name in ("set_id", "municipality_id", "county", "name", "published")),
)
#: By municipality's id and column; None is not known.
Values = Mapping[int, Mapping[str, Decimal | None]]


@dataclass(frozen=True, slots=True)
class NewStatistics:
    title: str
    source: str
    #: The day the numbers are of.
    day: date


@dataclass(frozen=True, slots=True)
class StatisticsSeen:
    id: int
    title: str
    source: str
    day: date
    columns: list[str]
    #: Those of whose numbers the small ones are hidden in what is published.
    people_columns: list[str]
    sha256: str
    at: datetime
    actor: str


def take_in(
    session: Session, new: NewStatistics, file: bytes, *, actor: Actor, at: datetime
) -> int:
    """Take in a CSV of `code` and columns of numbers; an empty field is not known.

    Raises:
        NotThisRole; StatisticsUnusable: with the lines; nothing is taken in.
    """
    only_the_agency(actor)
    known = {place.number: place for place in places(session)}
    columns, rows = _read(file, known)
    values = {known[code].id: numbers for code, numbers in rows.items()}
    return keep(
        session, new, columns, values, digest=hashlib.sha256(file).hexdigest(), actor=actor, at=at
    )


def keep(
    session: Session,
    new: NewStatistics,
    columns: Sequence[str],
    values: Values,
    *,
    digest: str,
    actor: Actor,
    at: datetime,
) -> int:
    """The same for numbers that are at hand."""
    only_the_agency(actor)
    people = [name for name in columns if name not in OPEN_COLUMNS]
    made = session.execute(
        insert(StatisticsSet)
        .values(
            title=new.title,
            source=new.source,
            day=new.day,
            columns=list(columns),
            people_columns=people,
            sha256=digest,
            at=at,
            actor=actor.name,
        )
        .returning(StatisticsSet.id)
    ).scalar_one()
    session.execute(insert(Statistic), _rows(places(session), made, columns, people, values))
    changed = audit.Change(
        audit.subject(audit.Kind.STATISTICS, made),
        after={"day": new.day, "columns": list(columns), "sha256": digest, "rows": len(values)},
    )
    audit.record(session, changed, "take_in_statistics", actor=actor, at=at)
    return made


def _rows(
    register: list[Place],
    set_id: int,
    columns: Sequence[str],
    people: Collection[str],
    values: Values,
) -> list[dict[str, Any]]:
    rows = []
    for name in columns:
        numbers = {place.number: values.get(place.id, {}).get(name) for place in register}
        published = _published(numbers) if name in people else numbers
        rows += [
            {
                "set_id": set_id,
                "municipality_id": place.id,
                "name": name,
                "county": place.county,
                "value": numbers[place.number],
                "published": published[place.number],
            }
            for place in register
            if place.id in values
        ]
    return rows


def _published(numbers: Mapping[str, Decimal | None]) -> Mapping[str, Decimal | None]:
    """Small numbers hidden, and those that would give them away; parts of people are not counts."""
    known = {code: number for code, number in numbers.items() if number is not None}
    if any(number < 0 or number % 1 for number in known.values()):
        return dict.fromkeys(numbers)
    whole = {code: int(number) for code, number in known.items()}
    shown = suppress(whole, {code: code[:2] for code in whole}).municipalities
    return {
        code: None if (number := shown.get(code)) is None else Decimal(number) for code in numbers
    }


def sets(session: Session, *, actor: Actor) -> list[StatisticsSeen]:
    """All of them, the newest first."""
    rows = session.execute(_SEEN.order_by(StatisticsSet.id.desc()))
    return [StatisticsSeen(*row) for row in rows]


def one(session: Session, set_id: int, *, actor: Actor) -> StatisticsSeen:
    """Raises NotFound."""
    row = session.execute(_SEEN.where(StatisticsSet.id == set_id)).one_or_none()
    if row is None:
        raise NotFound("statistics")
    return StatisticsSeen(*row)


def values_of(session: Session, set_id: int, *, actor: Actor) -> Values:
    """As they are where the actor reads them in full, the others' as published."""
    found: dict[int, dict[str, Decimal | None]] = {}
    if actor.role not in READS_ALL:
        rows = session.execute(
            select(_PUBLISHED.c.municipality_id, _PUBLISHED.c.name, _PUBLISHED.c.published).where(
                _PUBLISHED.c.set_id == set_id
            )
        )
        for municipality_id, name, number in rows:
            found.setdefault(municipality_id, {})[name] = number
    own = session.execute(
        select(Statistic.municipality_id, Statistic.name, Statistic.value).where(
            Statistic.set_id == set_id, in_full(Statistic, actor)
        )
    )
    for municipality_id, name, number in own:
        found.setdefault(municipality_id, {})[name] = number
    return found


def hidden_in(session: Session, set_id: int, names: Collection[str]) -> set[int]:
    """Ids of municipalities of which one of these numbers is not published."""
    return set(
        session.scalars(
            select(_PUBLISHED.c.municipality_id).where(
                _PUBLISHED.c.set_id == set_id,
                _PUBLISHED.c.name.in_(list(names)),
                _PUBLISHED.c.published.is_(None),
            )
        )
    )


def as_file(session: Session, set_id: int, *, actor: Actor) -> str:
    """The CSV `bosetting key compute` takes: in full for who reads all, else as published."""
    told = one(session, set_id, actor=actor)
    values = values_of(session, set_id, actor=actor)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("code", *_WHO, *told.columns))
    for place in places(session):
        if (numbers := values.get(place.id)) is not None:
            fields = (numbers.get(name) for name in told.columns)
            written = ("" if number is None else f"{number:f}" for number in fields)
            writer.writerow((place.number, place.name, place.county, *written))
    return out.getvalue()


def _read(
    file: bytes, known: Mapping[str, Place]
) -> tuple[list[str], dict[str, dict[str, Decimal | None]]]:
    columns = _columns(file)
    rows: dict[str, dict[str, Decimal | None]] = {}
    rejected: list[RejectedRow] = []
    for row in read_table(
        io.BytesIO(file), delimiter=",", columns=("code", *columns), optional=_WHO
    ):
        if isinstance(row, RejectedRow):
            rejected.append(row)
        elif row["code"] not in known:
            shown = f"{row['code'][:20]!r}"
            rejected.append(row.rejected("code", shown, expected="a municipality of Sweden"))
        elif row["code"] in rows:
            rejected.append(row.rejected("code", f"{row['code']} twice", expected="each once"))
        else:
            rejected += _not_numbers(row, columns)
            rows[row["code"]] = {
                name: Decimal(row[name]) if _NUMBER.fullmatch(row[name]) else None
                for name in columns
            }
    refuse(rejected, rows)
    return columns, rows


def refuse(rejected: Sequence[RejectedRow], rows: Collection[object]) -> None:
    """Raises StatisticsUnusable where a line cannot be used, or there is none."""
    if not rejected and rows:
        return
    lines = [str(one) for one in rejected[:20]] or ["no rows"]
    raise StatisticsUnusable(
        "lines cannot be used",
        pointer="/table",
        count=max(len(rejected), 1),
        problems="; ".join(lines),
    )


def _not_numbers(row: Row, columns: Sequence[str]) -> list[RejectedRow]:
    return [
        row.rejected(name, f"{row[name][:40]!r}", expected="a number like 1234 or 0.75, or nothing")
        for name in columns
        if row[name] and not _NUMBER.fullmatch(row[name])
    ]


def _columns(file: bytes) -> list[str]:
    first = file.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").strip()
    names = [name.strip().strip('"') for name in first.split(",")]
    columns = [name for name in names if name not in {"code", *_WHO}]
    wrong = [name for name in columns if not _NAME.fullmatch(name)]
    if not columns or wrong or "code" not in names:
        expected = "a header of code and columns like population, in small letters"
        named = ", ".join(name for name in wrong if name)
        problem = f"{named[:80]!r}" if named else "not the header"
        refuse([RejectedRow(1, "", problem, expected)], ())
    return columns


_SEEN = select(
    StatisticsSet.id,
    StatisticsSet.title,
    StatisticsSet.source,
    StatisticsSet.day,
    StatisticsSet.columns,
    StatisticsSet.people_columns,
    StatisticsSet.sha256,
    StatisticsSet.at,
    StatisticsSet.actor,
)
