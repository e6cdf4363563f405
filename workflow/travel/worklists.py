"""What UDI and the municipalities plan by: what is to be booked, who arrives, what has changed."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    Select,
    and_,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from workflow.cases.indexes import RUNS_OUT_ON
from workflow.cases.models import Case, Person
from workflow.cases.queries import listed
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import OSLO, local_day
from workflow.kernel.errors import Invalid
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
from workflow.kernel.sorting import Columns, Sorted, day, moment, number, text
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Airport, Municipality
from workflow.municipalities.register import great_circle_km
from workflow.travel.models import Booking, BookingVersion, Meeting
from workflow.travel.queries import bookings_listed, quarantine_from, rules_of_quarantine
from workflow.travel.routes import as_read
from workflow.travel.seen import (
    ArrivalSeen,
    ChangeSeen,
    QueueItem,
    RunsOut,
)
from workflow.travel.states import BookingChange, BookingState

T = TypeVar("T")

#: Below this many days the municipality has less than the two weeks it is promised (1.2, step 12).
SHORT_NOTICE_DAYS = 14
_QUEUE_ORDER = "travel-queue"
_CHANGES_ORDER = "travel-changes"


def queue(
    session: Session,
    *,
    booked: bool | None = None,
    sort: str | None = None,
    after: str | None = None,
    limit: int = USUAL_PAGE,
    actor: Actor,
    at: datetime,
) -> Page[QueueItem]:
    """Resettlement cases that are placed or booked, what runs out first first.

    Args:
        sort: another order, a name of QUEUE_COLUMNS, with `-` for the other way.
        booked: only those booked (True), only those to be booked (False).
    """
    states = {
        None: (CaseState.PLACED, CaseState.TRAVEL_BOOKED),
        True: (CaseState.TRAVEL_BOOKED,),
        False: (CaseState.PLACED,),
    }
    waiting = _QUEUE.where(
        Case.group == Group.RESETTLEMENT, Case.state.in_(states[booked]), listed(actor)
    )
    today = local_day(at)
    if sort:
        ordered = Sorted(QUEUE_COLUMNS, sort, Case.case_number)
        return ordered.page(
            session, waiting, lambda row: _queue_item(row, today), limit=limit, after=after
        )
    if after is not None:
        last_day, last_number = unpack(after, _QUEUE_ORDER, str, str)
        waiting = waiting.where(
            tuple_(_runs_out_on, Case.case_number)
            > tuple_(literal(_in_cursor(date.fromisoformat, last_day), Date), literal(last_number))
        )
    rows = session.execute(waiting.order_by(_runs_out_on, Case.case_number).limit(limit + 1))
    return cut(
        [_queue_item(row, today) for row in rows],
        limit,
        _QUEUE_ORDER,
        lambda item: (item.runs_out_on.isoformat(), item.case_number),
    )


def arrivals(
    session: Session, *, week: Week, municipality_id: int | None = None, actor: Actor
) -> list[ArrivalSeen]:
    """Bookings that arrive in a week as Norway counts it, in the order of their arrival.

    Cancelled ones are among them while the case is still the municipality's, so that a printed week
    can be compared.
    """
    return arrivals_between(
        session,
        week.monday,
        week.monday + timedelta(days=7),
        municipality_id=municipality_id,
        actor=actor,
    )


def arrivals_between(
    session: Session,
    first_day: date,
    day_past: date,
    *,
    municipality_id: int | None = None,
    actor: Actor,
) -> list[ArrivalSeen]:
    """The same from a day on, up to another one."""
    first = datetime.combine(first_day, time(), OSLO)
    past = datetime.combine(day_past, time(), OSLO)
    wanted = _ARRIVALS.where(
        Booking.arrives_at >= first, Booking.arrives_at < past, bookings_listed(actor)
    )
    if municipality_id is not None:
        wanted = wanted.where(Booking.municipality_id == municipality_id)
    rules = rules_of_quarantine(session)
    return [
        _arrival(row, rules)
        for row in session.execute(wanted.order_by(Booking.arrives_at, Booking.id))
    ]


def changes(
    session: Session, *, after: str | None = None, limit: int = USUAL_PAGE, actor: Actor
) -> Page[ChangeSeen]:
    """Bookings moved, cancelled or taken back, the newest first."""
    wanted = _CHANGES.where(bookings_listed(actor))
    key = (BookingVersion.at, BookingVersion.booking_id, BookingVersion.version)
    if after is not None:
        at, booking_id, version = unpack(after, _CHANGES_ORDER, str, str, int)
        wanted = wanted.where(
            tuple_(*key)
            < tuple_(
                _in_cursor(datetime.fromisoformat, at),
                _in_cursor(UUID, booking_id),
                literal(version),
            )
        )
    newest_first = (column.desc() for column in key)
    rows = session.execute(wanted.order_by(*newest_first).limit(limit + 1))
    return cut(
        [ChangeSeen(*row) for row in rows],
        limit,
        _CHANGES_ORDER,
        lambda item: (item.at.isoformat(), str(item.booking_id), item.version),
    )


_runs_out_on: ColumnElement[date] = literal_column(RUNS_OUT_ON, Date)
_proposed_airport = func.coalesce(Municipality.preferred_airport, Municipality.nearest_airport)
_proposed = aliased(Airport)

_QUEUE: Select[*tuple[Any, ...]] = (
    select(
        Case.id,
        Case.case_number,
        Case.state,
        Case.persons_count,
        Case.needs,
        Case.departure_country,
        Case.entry_status,
        Case.entry_from_on,
        Case.municipality_id,
        Case.placed_on,
        Case.settlement_week,
        Case.permit_expires_on,
        Case.papers_expire_on,
        _runs_out_on.label("runs_out_on"),
        Municipality.number,
        Municipality.official_name,
        Municipality.nearest_airport,
        Municipality.nearest_airport_km,
        Municipality.preferred_airport,
        Municipality.latitude,
        Municipality.longitude,
        _proposed_airport.label("proposed_airport"),
        _proposed.latitude.label("airport_latitude"),
        _proposed.longitude.label("airport_longitude"),
        Booking.id.label("booking_id"),
        Booking.arrival_airport,
        Booking.arrives_at,
        Booking.flight,
        BookingVersion.at.label("changed_at"),
    )
    .join(Municipality, Municipality.id == Case.municipality_id)
    .outerjoin(_proposed, _proposed.iata == _proposed_airport)
    .outerjoin(Booking, and_(Booking.case_id == Case.id, Booking.state == BookingState.BOOKED))
    .outerjoin(
        BookingVersion,
        and_(BookingVersion.booking_id == Booking.id, BookingVersion.version == Booking.version),
    )
)


QUEUE_COLUMNS: Columns = {
    "case": text(Case.case_number),
    "persons": number(Case.persons_count),
    "from": text(Case.departure_country),
    "municipality": Municipality.sort_key,
    "week": text(Case.settlement_week),
    "runs_out": day(_runs_out_on),
    "travel": moment(Booking.arrives_at),
}


def _queue_item(row: Row[Any], today: date) -> QueueItem:
    days_left = (row.runs_out_on - today).days
    notice = days_left
    if row.arrives_at is not None:
        notice = (local_day(row.arrives_at) - local_day(row.changed_at)).days
    return QueueItem(
        case_id=row.id,
        case_number=row.case_number,
        state=row.state,
        persons_count=row.persons_count,
        needs=tuple(row.needs),
        departure_country=row.departure_country,
        entry_status=row.entry_status,
        entry_from_on=row.entry_from_on,
        municipality_id=row.municipality_id,
        municipality_number=row.number,
        municipality_name=row.official_name,
        placed_on=row.placed_on,
        settlement_week=row.settlement_week,
        permit_expires_on=row.permit_expires_on,
        papers_expire_on=row.papers_expire_on,
        runs_out=_what_runs_out(row),
        runs_out_on=row.runs_out_on,
        days_left=days_left,
        proposed_airport=row.proposed_airport,
        proposed_airport_km=_km_to_proposed(row),
        preferred=row.preferred_airport is not None,
        booking_id=row.booking_id,
        arrival_airport=row.arrival_airport,
        arrives_at=row.arrives_at,
        flight=row.flight,
        short_notice=notice < SHORT_NOTICE_DAYS,
    )


def _what_runs_out(row: Row[Any]) -> RunsOut:
    if row.runs_out_on == row.permit_expires_on:
        return RunsOut.PERMIT
    return RunsOut.PAPERS if row.runs_out_on == row.papers_expire_on else RunsOut.WEEK


def _km_to_proposed(row: Row[Any]) -> int | None:
    if row.proposed_airport is None or row.proposed_airport == row.nearest_airport:
        nearest_km: int | None = row.nearest_airport_km
        return nearest_km
    if row.latitude is None or row.longitude is None:
        return None
    return round(
        great_circle_km(row.latitude, row.longitude, row.airport_latitude, row.airport_longitude)
    )


_prior = aliased(BookingVersion)
_come = (
    select(
        func.count(Person.arrived_at).label("count"), func.min(Person.arrived_at).label("first_at")
    )
    .where(Person.case_id == Booking.case_id, Person.left_on.is_(None))
    .correlate(Booking)
    .lateral("come")
)

_ARRIVALS: Select[*tuple[Any, ...]] = (
    select(
        Booking.id,
        Booking.state,
        Booking.version,
        Case.id.label("case_id"),
        Case.case_number,
        Case.persons_count,
        Case.needs,
        Booking.municipality_id,
        Municipality.number,
        Municipality.official_name,
        Booking.arrival_airport,
        Airport.name.label("airport_name"),
        Booking.airport_reason,
        Booking.arrives_at,
        Booking.flight,
        Booking.route,
        _prior.arrives_at.label("prior_at"),
        _prior.arrival_airport.label("prior_airport"),
        _come.c.count.label("arrived_count"),
        _come.c.first_at,
        Meeting.who,
    )
    .join(Case, Case.id == Booking.case_id)
    .join(Municipality, Municipality.id == Booking.municipality_id)
    .join(Airport, Airport.iata == Booking.arrival_airport)
    .join(
        BookingVersion,
        and_(BookingVersion.booking_id == Booking.id, BookingVersion.version == Booking.version),
    )
    .outerjoin(
        _prior,
        and_(
            BookingVersion.change == BookingChange.RESCHEDULED,
            _prior.booking_id == Booking.id,
            _prior.version == Booking.version - 1,
        ),
    )
    .join(_come, true())
    # Said of the travel as it was, it says nothing of the travel as it is.
    .outerjoin(
        Meeting,
        and_(Meeting.booking_id == Booking.id, Meeting.booking_version == Booking.version),
    )
)


def _arrival(row: Row[Any], rules: Sequence[tuple[date, int]]) -> ArrivalSeen:
    came = row.state is BookingState.COMPLETED
    arrived_on = local_day(row.first_at if came and row.first_at is not None else row.arrives_at)
    return ArrivalSeen(
        booking_id=row.id,
        state=row.state,
        version=row.version,
        case_id=row.case_id,
        case_number=row.case_number,
        persons_count=row.persons_count,
        needs=tuple(row.needs),
        municipality_id=row.municipality_id,
        municipality_number=row.number,
        municipality_name=row.official_name,
        arrival_airport=row.arrival_airport,
        airport_name=row.airport_name,
        airport_reason=row.airport_reason,
        arrives_at=row.arrives_at,
        flight=row.flight,
        before_change_at=row.prior_at,
        before_change_airport=row.prior_airport,
        arrived_count=row.arrived_count if came else 0,
        quarantine=quarantine_from(rules, arrived_on),
        transit_help=tuple(
            (one.arrives_in, one.transit_help) for one in as_read(row.route) if one.transit_help
        ),
        met_by=row.who,
    )


_CHANGES: Select[*tuple[Any, ...]] = (
    select(
        BookingVersion.at,
        BookingVersion.change,
        BookingVersion.booking_id,
        BookingVersion.version,
        Case.id,
        Case.case_number,
        Booking.municipality_id,
        Municipality.official_name,
        BookingVersion.arrival_airport,
        BookingVersion.arrives_at,
        BookingVersion.reason,
        BookingVersion.actor,
    )
    .join(Booking, Booking.id == BookingVersion.booking_id)
    .join(Case, Case.id == Booking.case_id)
    .join(Municipality, Municipality.id == Booking.municipality_id)
    .where(
        BookingVersion.change.in_(
            [BookingChange.RESCHEDULED, BookingChange.CANCELLED, BookingChange.REINSTATED]
        )
    )
)


def _in_cursor(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except ValueError as wrong:
        raise Invalid("not a cursor of this list", pointer="cursor") from wrong
