"""Who arrives in a municipality in a week, to be printed and taken to the airport."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.typed import typed_week
from workflow.kernel.actor import MUNICIPALITY
from workflow.kernel.calendar import local_day
from workflow.kernel.weeks import Week
from workflow.travel import checklist, worklists
from workflow.travel.seen import ArrivalSeen

router = APIRouter(route_class=InOneThread)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One household, and the last days of what follows its arrival."""

    seen: ArrivalSeen
    deadlines: tuple[checklist.Deadline, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week, and who arrives."""

    on: date
    arrivals: list[Arrival]


@router.get("/kommune/ankomster")
def arrivals(reader: Reader) -> Response:
    """The arrivals of a week, day by day."""
    actor = reader.only(*MUNICIPALITY)
    week = asked_week(reader, reader.request.query_params.get("uke"))
    found = worklists.arrivals(
        reader.session, week=week, municipality_id=actor.municipality_id, actor=actor
    )
    by_day: dict[date, list[Arrival]] = defaultdict(list)
    for seen in found:
        on = local_day(seen.arrives_at)
        by_day[on].append(Arrival(seen, checklist.deadlines(on, quarantine=seen.quarantine)))
    return reader.page(
        "arrivals/week.html",
        week=week,
        before=Week.of(week.monday - timedelta(weeks=1)),
        after=Week.of(week.monday + timedelta(weeks=1)),
        days=[Day(on, by_day[on]) for on in days_of(week)],
        persons=sum(seen.persons_count for seen in found if seen.state != "cancelled"),
        total=len(found),
    )


def asked_week(reader: Visit, text: str | None) -> Week:
    """The week of an address; this one where it says none. What is no week is told."""
    written = (text or "").strip()
    if written:
        try:
            return typed_week(written, today=reader.today)
        except ValueError:
            reader.unknown_filters.append(written[:40])
    return Week.of(reader.today)


def days_of(week: Week) -> list[date]:
    return [week.monday + timedelta(days=day) for day in range(7)]
