"""What a report tells, in parts by county and one of the country (`00`), and their digests.

A part is taken once. Page, PDF and workbook are made of it alone, so they come out the same again;
they show what may be published, a county's own board reads its part in full.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.allocation import counts, targets
from workflow.allocation.counts import CountSeen
from workflow.allocation.models import PeopleCountLine, TargetChange, TargetVersion
from workflow.kernel.actor import SYSTEM
from workflow.kernel.calendar import local_day
from workflow.keys.evenness import evenness
from workflow.municipalities.sweden import COUNTIES, Place, places
from workflow.reports import contracts
from workflow.reports.errors import NothingToReport
from workflow.reports.states import COUNTRY, CostKind

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a final report begins: the interim report and its parts."""

    report_id: str
    sha256: str
    day: date
    parts: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class Cost:
    """What something has cost from the beginning of the assignment, in whole kronor."""

    what: str
    kronor: int


def digest(figures: Any) -> str:
    """SHA-256 of it as canonical JSON (sorted names, no space, UTF-8), as 64 digits."""
    text = json.dumps(figures, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def take(
    session: Session,
    *,
    year: int,
    day: date,
    costs: Sequence[Cost],
    opening: Opening | None,
    at: datetime,
) -> dict[str, Figures]:
    """Every part as of the end of `day`, by county.

    Raises:
        NothingToReport: the year has no targets by then, or nobody has been counted.
    """
    register = places(session)
    closing, moved = _targets(session, year, day, since=opening.day if opening else None)
    count = counts.latest(session, until=day, actor=SYSTEM)
    if not closing or count is None:
        raise NothingToReport("no targets, or nobody counted", year=year, day=day)
    people = _people(session, count)
    held = None
    if opening is not None:
        before = counts.latest(session, until=opening.day, actor=SYSTEM)
        held = _people(session, before) if before else {}
    paid = contracts.take(session, day, opening=opening.parts if opening else None)
    parts: dict[str, Figures] = {}
    for code in sorted({place.county for place in register}):
        inside = [place for place in register if place.county == code]
        began = _lines_of(opening.parts.get(code)) if opening else {}
        lines = []
        for place in inside:
            line = _line(place, closing.get(place.id), people[place.id])
            if opening is not None and held is not None:
                line["since"] = _since(
                    began.get(place.number), moved.get(place.id, 0), held.get(place.id)
                )
            lines.append(line)
        parts[code] = {
            "county": code,
            "name": COUNTIES[code],
            "municipalities": lines,
            "sums": _sums(lines, count, code),
            "contracts": paid.get(code),
        }
    every = [line for part in parts.values() for line in part["municipalities"]]
    parts[COUNTRY] = {
        "year": year,
        "day": day.isoformat(),
        "taken_at": at.isoformat(),
        "targets_version": _last_version(session, year, day),
        "count": {
            "day": count.day.isoformat(),
            "source": count.source,
            "sha256": count.sha256,
        },
        "sums": _sums(every, count, counts.COUNTRY),
        "evenness": counts.told(
            evenness(
                [line["in_the_number"] for line in every], [line["target"] or 0 for line in every]
            )
        ),
        "costs": _costs(costs, opening, paid.get(COUNTRY)),
        "contracts": paid.get(COUNTRY),
        "counties": [
            {
                "county": code,
                "name": part["name"],
                "sums": part["sums"],
                "contracts": part["contracts"],
            }
            for code, part in parts.items()
        ],
        "opening": {
            "report": opening.report_id,
            "sha256": opening.sha256,
            "day": opening.day.isoformat(),
            "sums": opening.parts[COUNTRY]["sums"],
            "evenness": opening.parts[COUNTRY]["evenness"],
        }
        if opening
        else None,
    }
    return parts


def _targets(
    session: Session, year: int, day: date, *, since: date | None
) -> tuple[dict[int, int], dict[int, int]]:
    """The targets at the end of a day, and what changed after `since` until then.

    The first are those that stand with every later change taken back; the second is the sum of
    what the versions between changed: opening + changes = closing is a check, not a definition.
    """
    stand: dict[int, int | None] = dict(targets.standing(session, year))
    moved: dict[int, int] = {}
    rows = session.execute(
        select(
            TargetVersion.at,
            TargetChange.municipality_id,
            TargetChange.before,
            TargetChange.after,
        )
        .join(TargetChange, TargetChange.version_id == TargetVersion.id)
        .where(TargetVersion.year == year)
        .order_by(TargetVersion.number.desc())
    )
    for when, municipality_id, before, after in rows:
        on = local_day(when)
        if on > day:
            stand[municipality_id] = before
        elif since is not None and on > since:
            moved[municipality_id] = moved.get(municipality_id, 0) + after - (before or 0)
    return {key: number for key, number in stand.items() if number is not None}, moved


def _last_version(session: Session, year: int, day: date) -> int:
    versions = session.execute(
        select(TargetVersion.number, TargetVersion.at).where(TargetVersion.year == year)
    )
    return max((row[0] for row in versions if local_day(row[1]) <= day), default=0)


def _people(session: Session, count: CountSeen) -> dict[int, Figures]:
    rows = session.execute(
        select(
            PeopleCountLine.municipality_id,
            PeopleCountLine.in_the_number,
            PeopleCountLine.own_housing,
            PeopleCountLine.published_in_the_number,
            PeopleCountLine.published_own_housing,
        ).where(PeopleCountLine.count_id == count.id)
    )
    return {
        row[0]: {
            "in_the_number": row[1],
            "own_housing": row[2],
            "published_in_the_number": row[3],
            "published_own_housing": row[4],
        }
        for row in rows
    }


def _line(place: Place, target: int | None, people: Figures) -> Figures:
    return {"number": place.number, "name": place.name, "target": target, **people}


def _lines_of(part: Figures | None) -> dict[str, Figures]:
    return {line["number"]: line for line in part["municipalities"]} if part else {}


def _since(began: Figures | None, changed: int, held: Figures | None) -> Figures:
    """Where a municipality began, what changed its target, and how many it now had then."""
    return {
        "target": began["target"] if began else None,
        "target_changes": changed,
        "in_the_number": began["in_the_number"] if began else None,
        "published_in_the_number": began["published_in_the_number"] if began else None,
        "held": held["in_the_number"] if held else None,
        "published_held": held["published_in_the_number"] if held else None,
    }


def _sums(lines: Sequence[Figures], count: CountSeen, whose: str) -> Figures:
    decided = [line["target"] for line in lines if line["target"] is not None]
    return {
        "target": sum(decided) if decided else None,
        "in_the_number": sum(line["in_the_number"] for line in lines),
        "own_housing": sum(line["own_housing"] for line in lines),
        **{
            f"published_{kind}": count.sums.get(kind, {}).get(whose)
            for kind in counts.PUBLISHED_KINDS
        },
    }


def _costs(costs: Sequence[Cost], opening: Opening | None, paid: Figures | None) -> list[Figures]:
    """As they were typed; of accommodation what the contracts come to, where nobody typed it."""
    began = (
        {one["what"]: one["kronor"] for one in opening.parts[COUNTRY]["costs"]} if opening else {}
    )
    told = {str(one.what): one.kronor for one in costs}
    if paid is not None:
        told.setdefault(CostKind.ACCOMMODATION.value, contracts.kronor(paid))
    return [
        {"what": what, "kronor": told.get(what, 0), "opening": began.get(what, 0)}
        for what in sorted(told.keys() | began.keys())
    ]
