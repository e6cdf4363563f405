"""UDI moves travel and cancels it; every version stays, the place stays held (R21)."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from tests.factories import (
    a_case,
    a_municipality,
    an_airport,
    booked,
    centre,
    officer,
    placed,
    places,
    udi,
    writer,
)
from workflow.capacity.errors import YearFull
from workflow.capacity.models import PlaceAccount
from workflow.cases import commands as cases
from workflow.cases.entry import Entry
from workflow.cases.errors import WrongState
from workflow.cases.models import Case, CaseStep
from workflow.cases.states import CaseState, EntryStatus
from workflow.kernel.errors import NotAllowed, NotFound, ReasonMissing
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.weeks import Week
from workflow.travel import commands, queries
from workflow.travel.errors import (
    AirportReasonMissing,
    ArrivesAfterPermit,
    ArrivesBeforeEntry,
    ArrivesInPast,
    BookingClosed,
)
from workflow.travel.states import BookingChange, BookingState

#: The day after the settlement decision of a case made by the factories.
NOW = datetime(2020, 4, 4, 9, tzinfo=UTC)
ARRIVES = datetime(2020, 6, 9, 11, 30, tzinfo=UTC)
INTO_2021 = Entry(
    EntryStatus.POSSIBLE,
    source="UDI",
    from_on=date(2020, 4, 15),
    permit_expires_on=date(2021, 3, 31),
)
LAST_WEEK = Week(2020, 52)
JANUARY = datetime(2021, 1, 5, 11, tzinfo=UTC)


def book(session, case_id, **changes):
    given = {
        "arrival_airport": "TRD",
        "arrives_at": ARRIVES,
        "flight": "SK362",
        "actor": udi(),
        "at": NOW,
    }
    return commands.book(session, case_id, **(given | changes))


def move(session, booking_id, **changes):
    given = {
        "arrives_at": ARRIVES + timedelta(days=2),
        "flight": "DY740",
        "reason": "Avgangen er flyttet",
        "actor": udi(),
        "at": NOW + timedelta(days=1),
    }
    return commands.reschedule(session, booking_id, **(given | changes))


def cancel(session, booking_id, **changes):
    given = {"reason": "Avgangen er innstilt", "actor": udi(), "at": NOW + timedelta(days=1)}
    return commands.cancel(session, booking_id, **(given | changes))


def held(session, municipality_id):
    """Persons held by year."""
    return dict(
        session.execute(
            select(PlaceAccount.year, PlaceAccount.held)
            .where(PlaceAccount.municipality_id == municipality_id)
            .order_by(PlaceAccount.year)
        ).all()
    )


def state(session, case_id):
    return session.execute(select(Case.state, Case.places_year).where(Case.id == case_id)).one()


def last_event(session):
    return session.execute(
        select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)
    ).scalar_one()


@pytest.fixture
def municipality(session):
    return a_municipality(session, decided=10)


@pytest.fixture
def case_id(session, municipality):
    made = a_case(session)
    placed(session, made, municipality)
    return made


def test_a_moved_arrival_is_a_new_version_and_the_municipality_is_told_what_it_was(
    session, municipality, case_id
):
    booking_id = book(session, case_id)

    version = move(session, booking_id)

    [seen] = queries.bookings(session, case_id, actor=udi())
    told = last_event(session)
    assert version == seen.version == 2
    assert state(session, case_id).state is CaseState.TRAVEL_BOOKED
    assert [(v.change, v.arrives_at, v.flight, v.reason) for v in seen.versions] == [
        (BookingChange.BOOKED, ARRIVES, "SK362", None),
        (
            BookingChange.RESCHEDULED,
            ARRIVES + timedelta(days=2),
            "DY740",
            "Avgangen er flyttet",
        ),
    ]
    assert (told.type, told.municipality_id) == ("travel.rescheduled", municipality)
    assert told.facts["before"] == {
        "arrival_airport": "TRD",
        "arrives_at": "2020-06-09T11:30:00+00:00",
    }


def test_a_moved_arrival_keeps_its_airport_and_the_reason_for_it(session, case_id):
    an_airport(session, iata="OSL", name="Gardermoen")
    booking_id = book(session, case_id, arrival_airport="OSL", airport_reason="Ingen avgang")

    move(session, booking_id)

    [seen] = queries.bookings(session, case_id, actor=udi())
    assert (seen.arrival_airport, seen.airport_reason) == ("OSL", "Ingen avgang")


def test_a_move_to_another_airport_needs_its_reason_and_one_back_needs_none(session, case_id):
    an_airport(session, iata="OSL", name="Gardermoen")
    booking_id = book(session, case_id)

    with pytest.raises(AirportReasonMissing):
        move(session, booking_id, arrival_airport="OSL")
    move(session, booking_id, arrival_airport="OSL", airport_reason="Ingen avgang")
    move(session, booking_id, arrival_airport="TRD")

    [seen] = queries.bookings(session, case_id, actor=udi())
    assert [(v.arrival_airport, v.airport_reason) for v in seen.versions] == [
        ("TRD", None),
        ("OSL", "Ingen avgang"),
        ("TRD", None),
    ]


def test_a_move_is_held_to_the_same_days_as_a_booking_and_needs_a_reason(session, case_id):
    booking_id = book(session, case_id)

    with pytest.raises(ReasonMissing):
        move(session, booking_id, reason=None)
    with pytest.raises(ArrivesInPast):
        move(session, booking_id, arrives_at=NOW)
    with pytest.raises(ArrivesAfterPermit):
        move(session, booking_id, arrives_at=datetime(2020, 10, 1, 8, tzinfo=UTC))
    with pytest.raises(ArrivesBeforeEntry):
        move(session, booking_id, arrives_at=datetime(2020, 4, 14, 8, tzinfo=UTC))


def test_a_move_into_another_year_needs_room_there(session, municipality):
    case_id = a_case(session, entry=INTO_2021)
    booking_id = booked(session, case_id, municipality, week=LAST_WEEK)

    with pytest.raises(YearFull):
        move(session, booking_id, arrives_at=JANUARY)
    places(session, municipality, decided=2, year=2021)
    move(session, booking_id, arrives_at=JANUARY)

    assert held(session, municipality) == {2020: 0, 2021: 2}


def test_a_cancelled_flight_leaves_the_case_placed_and_its_place_held(
    session, municipality, case_id
):
    booking_id = book(session, case_id)

    cancel(session, booking_id)

    [seen] = queries.bookings(session, case_id, actor=udi())
    told = last_event(session)
    assert state(session, case_id).state is CaseState.PLACED
    assert held(session, municipality) == {2020: 2}
    assert seen.state is BookingState.CANCELLED
    assert [(v.version, v.change, v.reason) for v in seen.versions] == [
        (1, BookingChange.BOOKED, None),
        (2, BookingChange.CANCELLED, "Avgangen er innstilt"),
    ]
    assert (told.type, told.municipality_id) == ("travel.cancelled", municipality)
    assert told.facts["case_left"] is False


def test_a_cancellation_needs_a_reason(session, case_id):
    booking_id = book(session, case_id)

    with pytest.raises(ReasonMissing):
        cancel(session, booking_id, reason=None)


def test_after_a_cancelled_flight_the_plan_is_the_settlement_week_again(session, municipality):
    places(session, municipality, decided=2, year=2021)
    case_id = a_case(session, entry=INTO_2021)
    booking_id = booked(session, case_id, municipality, week=LAST_WEEK, arrives_at=JANUARY)

    cancel(session, booking_id)

    assert held(session, municipality) == {2020: 2, 2021: 0}
    assert state(session, case_id).places_year == 2020


def test_a_settlement_week_that_is_past_is_no_plan_so_the_place_stays(session, municipality):
    places(session, municipality, decided=2, year=2021)
    case_id = a_case(session, entry=INTO_2021)
    booking_id = booked(session, case_id, municipality, week=LAST_WEEK, arrives_at=JANUARY)

    cancel(session, booking_id, at=datetime(2020, 12, 22, 9, tzinfo=UTC))

    assert held(session, municipality) == {2020: 0, 2021: 2}


def test_a_cancelled_flight_is_never_refused_for_want_of_room(session):
    small = a_municipality(session, decided=2)
    places(session, small, decided=2, year=2021)
    case_id = a_case(session, entry=INTO_2021)
    booking_id = booked(session, case_id, small, week=LAST_WEEK, arrives_at=JANUARY)
    placed(session, a_case(session), small)  # takes what the booking has freed

    cancel(session, booking_id)

    assert state(session, case_id) == (CaseState.PLACED, 2021)
    assert held(session, small) == {2020: 2, 2021: 2}


def test_a_cancelled_case_is_booked_anew_and_both_bookings_are_kept(session, case_id):
    first = book(session, case_id)
    cancel(session, first)

    second = book(session, case_id, at=NOW + timedelta(days=2))

    seen = queries.bookings(session, case_id, actor=udi())
    assert [(one.id, one.state) for one in seen] == [
        (first, BookingState.CANCELLED),
        (second, BookingState.BOOKED),
    ]


def test_a_booking_that_is_closed_stays_as_it_is(session, case_id):
    first = book(session, case_id)
    cancel(session, first)
    with pytest.raises(WrongState):
        move(session, first)
    book(session, case_id, at=NOW + timedelta(days=2))

    with pytest.raises(BookingClosed) as refusal:
        move(session, first, at=NOW + timedelta(days=2))
    with pytest.raises(BookingClosed):
        cancel(session, first)

    assert refusal.value.facts == {"state": "cancelled"}


def test_only_udi_changes_a_booking_and_for_others_it_does_not_exist(
    session, municipality, case_id
):
    booking_id = book(session, case_id)
    stranger = writer(a_municipality(session))

    for actor in (officer(), writer(municipality)):
        with pytest.raises(NotAllowed):
            move(session, booking_id, actor=actor)
        with pytest.raises(NotAllowed):
            cancel(session, booking_id, actor=actor)
    for actor in (stranger, centre()):
        with pytest.raises(NotFound):
            move(session, booking_id, actor=actor)
        with pytest.raises(NotFound):
            cancel(session, booking_id, actor=actor)
    with pytest.raises(NotFound):
        cancel(session, uuid4())


def test_every_step_of_the_travel_is_a_line_of_the_cases_history(session, case_id):
    booking_id = book(session, case_id)
    move(session, booking_id)
    cancel(session, booking_id, at=NOW + timedelta(days=2))

    lines = session.execute(
        select(CaseStep.trigger, CaseStep.source, CaseStep.dest, CaseStep.reason)
        .where(CaseStep.case_id == case_id, CaseStep.trigger.like("%travel%"))
        .order_by(CaseStep.version)
    ).all()
    moved = session.scalar(
        select(CaseStep.facts["version"].as_integer()).where(
            CaseStep.case_id == case_id, CaseStep.trigger == "reschedule"
        )
    )
    assert lines == [
        ("book_travel", "placed", "travel_booked", None),
        ("cancel_travel", "travel_booked", "placed", "Avgangen er innstilt"),
    ]
    assert moved == 2


def test_a_week_changed_after_booking_leaves_the_place_in_the_arrivals_year(session, municipality):
    places(session, municipality, decided=2, year=2021)
    case_id = a_case(session, entry=INTO_2021)
    booked(session, case_id, municipality, week=Week(2020, 50), arrives_at=JANUARY)

    cases.change_week(
        session,
        case_id,
        settlement_week=LAST_WEEK,
        reason="Boligen er klar senere",
        actor=officer(),
        at=NOW + timedelta(days=1),
    )

    assert held(session, municipality) == {2020: 0, 2021: 2}
