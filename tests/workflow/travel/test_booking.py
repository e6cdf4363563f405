"""UDI books the travel of a placed case: to which airport, when, in which year (R19, R20)."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from tests.factories import (
    a_case,
    a_municipality,
    accepted,
    an_airport,
    booked,
    centre,
    officer,
    placed,
    places,
    reader,
    udi,
    writer,
)
from workflow.capacity.errors import YearFull
from workflow.capacity.models import PlaceAccount
from workflow.cases.entry import Entry
from workflow.cases.errors import NotTravelling, WrongState
from workflow.cases.models import Case
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality
from workflow.travel import commands, queries
from workflow.travel.errors import (
    AirportReasonMissing,
    AirportUnknown,
    ArrivesAfterPermit,
    ArrivesBeforeEntry,
    ArrivesInPast,
)
from workflow.travel.models import Booking
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


def test_a_placed_case_is_booked_and_its_place_stays_held(session, municipality, case_id):
    booking_id = book(session, case_id)

    [seen] = queries.bookings(session, case_id, actor=udi())
    assert state(session, case_id) == (CaseState.TRAVEL_BOOKED, 2020)
    assert held(session, municipality) == {2020: 2}
    assert (seen.id, seen.state, seen.municipality_id) == (
        booking_id,
        BookingState.BOOKED,
        municipality,
    )
    assert [(v.version, v.change, v.arrives_at, v.flight) for v in seen.versions] == [
        (1, BookingChange.BOOKED, ARRIVES, "SK362")
    ]


def test_the_municipality_is_told_when_and_where_and_nothing_about_the_persons(
    session, municipality, case_id
):
    booking_id = book(session, case_id)

    told = last_event(session)
    assert (told.type, told.case_id, told.municipality_id) == (
        "travel.booked",
        case_id,
        municipality,
    )
    assert told.facts == {
        "booking_id": str(booking_id),
        "version": 1,
        "arrival_airport": "TRD",
        "arrives_at": "2020-06-09T11:30:00+00:00",
    }


def test_an_airport_nobody_knows_is_malformed(session, case_id):
    with pytest.raises(AirportUnknown) as refusal:
        book(session, case_id, arrival_airport="XXX", airport_reason="Kortere vei")

    assert refusal.value.pointer == "/arrival_airport"
    assert isinstance(refusal.value, Invalid)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_another_airport_than_the_municipalitys_needs_a_reason(session, case_id, reason):
    an_airport(session, iata="OSL", name="Gardermoen")

    with pytest.raises(AirportReasonMissing) as refusal:
        book(session, case_id, arrival_airport="OSL", airport_reason=reason)

    assert refusal.value.facts == {"arrival_airport": "OSL", "proposed": "TRD"}
    assert state(session, case_id).state is CaseState.PLACED


def test_another_airport_is_booked_with_a_reason_that_is_kept(session, case_id):
    an_airport(session, iata="OSL", name="Gardermoen")

    book(session, case_id, arrival_airport="OSL", airport_reason="Ingen avgang til Værnes")

    [seen] = queries.bookings(session, case_id, actor=udi())
    assert (seen.arrival_airport, seen.airport_reason) == ("OSL", "Ingen avgang til Værnes")


def test_the_airport_people_prefer_stands_before_the_nearest(session, municipality, case_id):
    an_airport(session, iata="OSL", name="Gardermoen")
    session.execute(
        update(Municipality).where(Municipality.id == municipality).values(preferred_airport="OSL")
    )

    with pytest.raises(AirportReasonMissing):
        book(session, case_id, arrival_airport="TRD")
    book(session, case_id, arrival_airport="OSL", airport_reason="unødig")

    [seen] = queries.bookings(session, case_id, actor=udi())
    assert seen.airport_reason is None


def test_a_municipality_without_an_airport_of_its_own_asks_for_no_reason(session):
    remote = a_municipality(session, decided=5, nearest_airport=None)
    an_airport(session)
    case_id = a_case(session)
    placed(session, case_id, remote)

    book(session, case_id)

    assert state(session, case_id).state is CaseState.TRAVEL_BOOKED


@pytest.mark.parametrize("arrives_at", [NOW, NOW - timedelta(days=1)])
def test_an_arrival_in_the_past_is_refused(session, case_id, arrives_at):
    with pytest.raises(ArrivesInPast):
        book(session, case_id, arrives_at=arrives_at)


def test_the_last_day_of_the_permit_is_a_day_of_arrival_as_norway_counts_days(session, case_id):
    last_evening = datetime(2020, 9, 30, 21, 59, tzinfo=UTC)  # 23:59 in Norway

    with pytest.raises(ArrivesAfterPermit) as refusal:
        book(session, case_id, arrives_at=last_evening + timedelta(minutes=1))
    book(session, case_id, arrives_at=last_evening)

    assert refusal.value.facts == {
        "arrives_on": "2020-10-01",
        "permit_expires_on": "2020-09-30",
    }


def test_nobody_arrives_before_entry_is_possible(session, case_id):
    with pytest.raises(ArrivesBeforeEntry) as refusal:
        book(session, case_id, arrives_at=datetime(2020, 4, 14, 20, tzinfo=UTC))
    book(session, case_id, arrives_at=datetime(2020, 4, 15, 8, tzinfo=UTC))

    assert refusal.value.facts["entry_from_on"] == "2020-04-15"


def test_only_udi_books(session, municipality, case_id):
    for actor in (officer(), writer(municipality), reader(municipality)):
        with pytest.raises(NotAllowed):
            book(session, case_id, actor=actor)


def test_a_case_another_may_not_see_does_not_exist(session, case_id):
    stranger = writer(a_municipality(session))

    with pytest.raises(NotFound):
        book(session, case_id, actor=stranger)
    with pytest.raises(NotFound):
        book(session, case_id, actor=centre())
    with pytest.raises(NotFound):
        book(session, uuid4())


def test_udi_sees_resettlement_cases_only_so_books_no_others(session, municipality):
    case_id = a_case(session, group=Group.RECEPTION_CENTRE, reception_centre="Dale mottak")
    placed(session, case_id, municipality)

    with pytest.raises(NotFound):
        book(session, case_id)


def test_a_case_that_is_not_resettled_is_not_booked_even_where_it_is_seen():
    from workflow.cases.machine import Context, refusal_of_trigger
    from workflow.cases.moves import CaseInHand

    case = CaseInHand(
        **dict.fromkeys(CaseInHand.__dataclass_fields__)
        | {"state": CaseState.PLACED, "group": Group.PRIVATE}
    )

    refusal = refusal_of_trigger(case, "book_travel", Context(udi(), date(2020, 4, 4)))

    assert isinstance(refusal, NotTravelling)


def test_a_case_is_booked_once_it_is_placed_and_only_once(session, municipality):
    case_id = a_case(session)
    accepted(session, case_id, municipality)

    with pytest.raises(WrongState):
        book(session, case_id)

    other = a_case(session)
    booked(session, other, municipality)
    with pytest.raises(WrongState):
        book(session, other)


def test_a_booked_arrival_in_another_year_holds_its_place_there(session, municipality):
    places(session, municipality, decided=4, year=2021)
    case_id = a_case(session, entry=INTO_2021)
    placed(session, case_id, municipality, week=LAST_WEEK)

    book(session, case_id, arrives_at=JANUARY)

    assert held(session, municipality) == {2020: 0, 2021: 2}
    assert state(session, case_id).places_year == 2021


def test_the_year_is_that_of_the_day_in_norway(session, municipality):
    places(session, municipality, decided=4, year=2021)
    case_id = a_case(session, entry=INTO_2021)
    placed(session, case_id, municipality, week=LAST_WEEK)

    book(session, case_id, arrives_at=datetime(2020, 12, 31, 23, 30, tzinfo=UTC))

    assert held(session, municipality) == {2020: 0, 2021: 2}


def test_a_year_without_room_refuses_the_booking_and_nothing_has_changed(session, municipality):
    places(session, municipality, decided=1, year=2021)
    case_id = a_case(session, entry=INTO_2021)
    placed(session, case_id, municipality, week=LAST_WEEK)

    with pytest.raises(YearFull) as refusal:
        book(session, case_id, arrives_at=JANUARY)

    assert (refusal.value.facts["year"], refusal.value.facts["free"]) == (2021, 1)
    assert held(session, municipality) == {2020: 2, 2021: 0}
    assert state(session, case_id) == (CaseState.PLACED, 2020)
    assert queries.bookings(session, case_id, actor=udi()) == []


def test_a_case_has_one_travel_at_a_time_in_the_database_too(session, municipality, case_id):
    from sqlalchemy import insert
    from sqlalchemy.exc import IntegrityError

    book(session, case_id)

    with pytest.raises(IntegrityError, match="uq_bookings_active"), session.begin_nested():
        session.execute(
            insert(Booking),
            {
                "case_id": case_id,
                "municipality_id": municipality,
                "arrival_airport": "TRD",
                "arrives_at": ARRIVES,
                "at": NOW,
            },
        )
