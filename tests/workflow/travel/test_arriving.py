"""Persons come, each of them; who did not come is noted; a fact moves the place to its year."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from tests.factories import a_case, a_municipality, booked, officer, placed, places, udi, writer
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.cases import settling
from workflow.cases.entry import Entry
from workflow.cases.errors import PersonNotHere, WrongState
from workflow.cases.models import Case, CaseStep, Person
from workflow.cases.states import CaseState, EntryStatus
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.weeks import Week
from workflow.travel import commands, queries
from workflow.travel.errors import AlreadyArrived, ArrivedBeforeBooking, ArrivedInFuture
from workflow.travel.states import BookingChange, BookingState

#: The factories book four days after 1 April; the flight lands on 9 June.
BOOKED_AT = datetime(2020, 4, 4, 10, tzinfo=UTC)
CAME = datetime(2020, 6, 9, 12, tzinfo=UTC)
NOW = CAME + timedelta(hours=2)
INTO_2021 = Entry(
    EntryStatus.POSSIBLE,
    source="UDI",
    from_on=date(2020, 4, 15),
    permit_expires_on=date(2021, 3, 31),
)
DECEMBER = datetime(2020, 12, 30, 11, tzinfo=UTC)
JANUARY = datetime(2021, 1, 2, 11, tzinfo=UTC)


@pytest.fixture
def municipality(session):
    return a_municipality(session, decided=10)


@pytest.fixture
def case_id(session, municipality):
    made = a_case(session, persons=3)
    booked(session, made, municipality)
    return made


def arrive(session, case_id, **changes):
    given = {"arrived_at": CAME, "actor": udi(), "at": NOW}
    return commands.arrive(session, case_id, **(given | changes))


def persons(session, case_id):
    return session.scalars(
        select(Person.id).where(Person.case_id == case_id).order_by(Person.position)
    ).all()


def arrivals(session, case_id):
    return session.scalars(
        select(Person.arrived_at).where(Person.case_id == case_id).order_by(Person.position)
    ).all()


def held(session, municipality_id):
    return dict(
        session.execute(
            select(PlaceAccount.year, PlaceAccount.held).where(
                PlaceAccount.municipality_id == municipality_id
            )
        ).all()
    )


def steps(session, case_id):
    return session.scalars(
        select(CaseStep.facts)
        .where(CaseStep.case_id == case_id, CaseStep.trigger == "arrive")
        .order_by(CaseStep.version)
    ).all()


def last_event(session):
    return session.execute(
        select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)
    ).scalar_one()


def test_a_household_arrives_and_its_travel_is_done(session, municipality, case_id):
    case = arrive(session, case_id)

    [booking] = queries.bookings(session, case_id, actor=udi())
    assert case.state is CaseState.ARRIVED
    assert arrivals(session, case_id) == [CAME, CAME, CAME]
    assert booking.state is BookingState.COMPLETED
    assert [v.change for v in booking.versions] == [BookingChange.BOOKED, BookingChange.COMPLETED]
    assert held(session, municipality) == {2020: 3}


def test_the_arrival_is_told_with_counts_and_the_days_of_quarantine(session, municipality, case_id):
    arrive(session, case_id)

    told = last_event(session)
    assert (told.type, told.municipality_id) == ("travel.arrived", municipality)
    assert (told.facts["arrived"], told.facts["not_arrived"]) == (3, 0)
    assert told.facts["quarantine"] == ["2020-06-09", "2020-06-19"]


def test_who_did_not_come_is_noted_and_may_come_later(session, case_id):
    first, second, third = persons(session, case_id)

    arrive(session, case_id, person_ids=[third, first])
    later = CAME + timedelta(days=3)
    arrive(session, case_id, arrived_at=later, at=later)

    [booking] = queries.bookings(session, case_id, actor=udi())
    noted = steps(session, case_id)
    assert arrivals(session, case_id) == [CAME, later, CAME]
    assert noted[0]["arrived"] == [str(first), str(third)]
    assert noted[0]["not_arrived"] == [str(second)]
    assert noted[1]["arrived"] == [str(second)]
    assert noted[1]["not_arrived"] == []
    assert booking.version == 2  # the first arrival completed it, the second changed nothing


def test_the_municipality_records_the_arrival_too(session, municipality, case_id):
    case = arrive(session, case_id, actor=writer(municipality))

    assert case.state is CaseState.ARRIVED


def test_others_do_not_record_arrivals(session, municipality, case_id):
    with pytest.raises(NotAllowed):
        arrive(session, case_id, actor=officer())
    with pytest.raises(NotFound):
        arrive(session, case_id, actor=writer(a_municipality(session)))
    with pytest.raises(NotFound):
        arrive(session, uuid4())


def test_a_case_arrives_by_a_travel_that_is_booked(session, municipality):
    case_id = a_case(session)
    placed(session, case_id, municipality)

    with pytest.raises(WrongState):
        arrive(session, case_id)


def test_an_arrival_does_not_lie_in_the_future(session, case_id):
    with pytest.raises(ArrivedInFuture):
        arrive(session, case_id, arrived_at=NOW + timedelta(minutes=1))


def test_an_arrival_does_not_lie_before_its_booking(session, case_id):
    with pytest.raises(ArrivedBeforeBooking) as refusal:
        arrive(session, case_id, arrived_at=BOOKED_AT - timedelta(minutes=1))
    arrive(session, case_id, arrived_at=BOOKED_AT)

    assert refusal.value.facts["booked_at"] == BOOKED_AT.isoformat()


def test_persons_arrive_once(session, case_id):
    first, second, _ = persons(session, case_id)
    arrive(session, case_id, person_ids=[first])

    with pytest.raises(AlreadyArrived) as refusal:
        arrive(session, case_id, person_ids=[second, first])
    arrive(session, case_id)
    with pytest.raises(AlreadyArrived):
        arrive(session, case_id)

    assert refusal.value.facts == {"person_ids": [str(first)]}


def test_only_persons_of_the_case_arrive(session, case_id):
    stranger = uuid4()
    gone = persons(session, case_id)[0]
    session.execute(update(Person).where(Person.id == gone).values(left_on=CAME.date()))

    with pytest.raises(PersonNotHere) as refusal:
        arrive(session, case_id, person_ids=[stranger, gone])
    with pytest.raises(Invalid) as nobody:
        arrive(session, case_id, person_ids=[])
    arrive(session, case_id)

    assert refusal.value.facts["person_ids"] == sorted([str(stranger), str(gone)])
    assert nobody.value.pointer == "/person_ids"
    assert arrivals(session, case_id) == [None, CAME, CAME]


def test_an_arrival_in_another_year_is_a_fact_whatever_that_years_ceiling_says(
    session, municipality
):
    case_id = a_case(session, persons=3, entry=INTO_2021)
    booked(session, case_id, municipality, week=Week(2020, 52), arrives_at=DECEMBER)

    case = arrive(session, case_id, arrived_at=JANUARY, at=JANUARY)

    overrun = session.scalar(
        select(PlaceAccount.overrun).where(
            PlaceAccount.municipality_id == municipality, PlaceAccount.year == 2021
        )
    )
    entries = session.execute(
        select(PlaceEntry.kind, PlaceEntry.held_change)
        .where(PlaceEntry.case_id == case_id, PlaceEntry.at == JANUARY)
        .order_by(PlaceEntry.id)
    ).all()
    assert held(session, municipality) == {2020: 0, 2021: 3}
    assert overrun == 3
    assert entries == [("move_out", -3), ("move_in", 3)]
    assert (case.places_year, session.get(Case, case_id).places_year) == (2021, 2021)


def test_the_last_arrival_decides_the_year_however_late_an_earlier_one_is_recorded(
    session, municipality
):
    places(session, municipality, decided=10, year=2021)
    case_id = a_case(session, persons=3, entry=INTO_2021)
    booked(session, case_id, municipality, week=Week(2020, 52), arrives_at=DECEMBER)
    first, second, _ = persons(session, case_id)

    arrive(session, case_id, person_ids=[first], arrived_at=JANUARY, at=JANUARY)
    arrive(session, case_id, person_ids=[second], arrived_at=DECEMBER, at=JANUARY)

    assert held(session, municipality) == {2020: 0, 2021: 3}


def test_only_what_is_still_held_follows_a_later_arrival(session, municipality):
    case_id = a_case(session, persons=3, entry=INTO_2021)
    booked(session, case_id, municipality, week=Week(2020, 52), arrives_at=DECEMBER)
    first, *others = persons(session, case_id)
    arrive(session, case_id, person_ids=[first], arrived_at=DECEMBER, at=DECEMBER)
    settling.settle(
        session,
        case_id,
        persons={first: DECEMBER.date()},
        actor=writer(municipality),
        at=DECEMBER,
    )

    arrive(session, case_id, person_ids=others, arrived_at=JANUARY, at=JANUARY)

    counted = session.execute(
        select(PlaceAccount.year, PlaceAccount.held, PlaceAccount.settled)
        .where(PlaceAccount.municipality_id == municipality)
        .order_by(PlaceAccount.year)
    ).all()
    assert counted == [(2020, 0, 1), (2021, 2, 0)]
