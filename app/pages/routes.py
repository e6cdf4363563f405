"""The flights of a journey as a form asks for them: each by the clock of the place it is at."""

from datetime import date, datetime, time
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from app.pages.form import Form
from app.pages.moments import fault_at, typed_clock
from workflow.travel.routes import Segment

#: Rows of the form; more flights than these come by the API.
ROWS: Final = 4
_FIELDS: Final = ("departs_from", "departs_on", "departs_clock", "flight", "arrives_in")
_FIELDS_OF_ARRIVAL: Final = ("arrives_on", "arrives_clock", "transit_help")


def is_typed(form: Form) -> bool:
    """Whether anything of a route was typed."""
    return any(_is_filled(form, number) for number in range(ROWS))


def route(
    form: Form, arrival_airport: str | None, arrives_at: datetime | None, flight: str | None
) -> tuple[Segment, ...]:
    """The rows that are filled in; the last one lands as the booking says.

    Faults of a row are told at its own fields.
    """
    filled = [number for number in range(ROWS) if _is_filled(form, number)]
    found = [_segment(form, number, last=number == filled[-1]) for number in filled]
    segments = [one for one in found if one is not None]
    if form.errors or not segments or arrival_airport is None or arrives_at is None:
        return ()
    *before, (last_flight, departs_from, departs_at, _) = segments
    landing = Segment(last_flight or flight, departs_from, departs_at, arrival_airport, arrives_at)
    return (*(one[3] for one in before if one[3] is not None), landing)


_Row = tuple[str | None, str, datetime, Segment | None]


def _segment(form: Form, number: int, *, last: bool) -> _Row | None:
    """Flight, from where, when; and all of it where another flight follows."""
    departs_from = _place(form, number, "departs_from")
    departs_at = _moment(form, number, "departs_on", "departs_clock", departs_from)
    flight = form.text(_name("flight", number))
    if last:
        return (flight, departs_from, departs_at, None) if departs_from and departs_at else None
    arrives_in = _place(form, number, "arrives_in")
    arrives_at = _moment(form, number, "arrives_on", "arrives_clock", arrives_in)
    if not (departs_from and departs_at and arrives_in and arrives_at):
        return None
    help_there = form.text(_name("transit_help", number))
    whole = Segment(flight, departs_from, departs_at, arrives_in, arrives_at, help_there)
    return flight, departs_from, departs_at, whole


def _place(form: Form, number: int, field: str) -> str | None:
    name = _name(field, number)
    code = (form.text(name) or "").upper()
    if code not in _zones():
        fault_at(form, name, "airport", field=field)
        return None
    return code


def _moment(form: Form, number: int, on: str, at: str, place: str | None) -> datetime | None:
    day: date | None = form.day(_name(on, number), label_of=on)
    if day is None:
        fault_at(form, _name(on, number), "missing", field=on)
    try:
        hour: time | None = typed_clock(form.text(_name(at, number)) or "")
    except ValueError:
        fault_at(form, _name(at, number), "clock", field=at)
        hour = None
    if day is None or hour is None or place is None:
        return None
    there = datetime.combine(day, hour, ZoneInfo(_zones()[place]))
    # The offset of that day is what is kept, not the rules it comes from.
    return datetime.fromisoformat(there.isoformat())


def _is_filled(form: Form, number: int) -> bool:
    return any(form.text(_name(field, number)) for field in (*_FIELDS, *_FIELDS_OF_ARRIVAL))


def _name(field: str, number: int) -> str:
    return f"route_{number}_{field}"


@cache
def _zones() -> dict[str, str]:
    """The time zone of every airport, by its three letters."""
    import airportsdata  # noqa: PLC0415  read when the first route is typed

    return {code: airport["tz"] for code, airport in airportsdata.load("IATA").items()}
