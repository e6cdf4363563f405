"""What UDI and the municipalities plan by: queue, weeks of arrivals, changes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from tests.factories import (
    a_case,
    a_municipality,
    accepted,
    administrator,
    an_airport,
    booked,
    officer,
    placed,
    udi,
    writer,
)
from workflow.cases.entry import Entry
from workflow.cases.models import Person
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.errors import Invalid
from workflow.kernel.paging import pack
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality
from workflow.travel import commands, queries, worklists
from workflow.travel.seen import RunsOut
from workflow.travel.states import BookingChange, BookingState

NOW = datetime(2020, 4, 10, 9, tzinfo=UTC)
WEEK = Week(2020, 24)  # 8 to 14 June


def entry(permit_expires_on):
    return Entry(
        EntryStatus.POSSIBLE,
        source="UDI",
        from_on=date(2020, 4, 15),
        permit_expires_on=permit_expires_on,
    )


@pytest.fixture
def municipality(session):
    return a_municipality(session, decided=50, name="Melhus")


def queue(session, **changes):
    given = {"actor": udi(), "at": NOW}
    return worklists.queue(session, **(given | changes))


def ids(page):
    return [item.case_id for item in page.items]


def test_what_runs_out_first_stands_first(session, municipality):
    by_week, by_permit, late, forever = (
        a_case(session, entry=entry(permit))
        for permit in (date(2020, 8, 1), date(2020, 6, 1), date(2020, 9, 1), None)
    )
    placed(session, late, municipality, week=Week(2020, 36))
    placed(session, by_week, municipality, week=Week(2020, 25))
    placed(session, forever, municipality, week=Week(2020, 30))
    placed(session, by_permit, municipality, week=Week(2020, 22))

    found = queue(session).items

    assert [(item.case_id, item.runs_out, item.runs_out_on) for item in found] == [
        (by_permit, RunsOut.WEEK, date(2020, 5, 31)),
        (by_week, RunsOut.WEEK, date(2020, 6, 21)),
        (forever, RunsOut.WEEK, date(2020, 7, 26)),
        (late, RunsOut.PERMIT, date(2020, 9, 1)),
    ]
    assert found[0].days_left == 51


def test_the_days_left_go_below_zero_when_the_week_is_past(session, municipality):
    placed(session, a_case(session), municipality, week=WEEK)

    [item] = queue(session, at=datetime(2020, 6, 16, 9, tzinfo=UTC)).items

    assert (item.days_left, item.short_notice) == (-2, True)


@pytest.mark.parametrize(("today", "short"), [(date(2020, 5, 31), False), (date(2020, 6, 1), True)])
def test_less_than_two_weeks_left_is_short_notice(session, municipality, today, short):
    placed(session, a_case(session), municipality, week=WEEK)

    [item] = queue(session, at=datetime(today.year, today.month, today.day, 9, tzinfo=UTC)).items

    assert item.short_notice is short


def test_a_booking_less_than_two_weeks_before_its_arrival_is_short_notice(session, municipality):
    case_id = a_case(session)
    booking_id = booked(session, case_id, municipality, week=WEEK)

    [in_time] = queue(session).items
    commands.reschedule(
        session,
        booking_id,
        arrives_at=datetime(2020, 6, 9, 12, tzinfo=UTC),
        reason="Ny avgang",
        actor=udi(),
        at=datetime(2020, 5, 27, 9, tzinfo=UTC),
    )
    [late] = queue(session).items

    assert (in_time.short_notice, late.short_notice) == (False, True)
    assert late.booking_id == booking_id
    assert late.arrives_at == datetime(2020, 6, 9, 12, tzinfo=UTC)
    assert late.flight is None


def test_the_queue_proposes_the_nearest_airport_with_its_distance(session, municipality):
    session.execute(
        update(Municipality).where(Municipality.id == municipality).values(nearest_airport_km=47)
    )
    placed(session, a_case(session), municipality)

    [item] = queue(session).items

    assert (item.proposed_airport, item.proposed_airport_km, item.preferred) == ("TRD", 47, False)
    assert item.municipality_name == "Melhus"


def test_the_queue_proposes_the_preferred_airport_with_the_way_to_it(session, municipality):
    an_airport(session, iata="OSL", name="Gardermoen")  # stands where the factories put every one
    session.execute(
        update(Municipality)
        .where(Municipality.id == municipality)
        .values(
            preferred_airport="OSL",
            latitude=Decimal("63.45"),
            longitude=Decimal("8.92"),
            nearest_airport_km=47,
        )
    )
    placed(session, a_case(session), municipality)

    [item] = queue(session).items

    assert (item.proposed_airport, item.preferred) == ("OSL", True)
    assert item.proposed_airport_km == 99  # two degrees of longitude at 63.45° north


def test_only_placed_and_booked_resettlement_cases_wait_for_travel(session, municipality):
    to_book, already = a_case(session), a_case(session)
    placed(session, to_book, municipality)
    booked(session, already, municipality)
    accepted(session, a_case(session), municipality)
    from_centre = a_case(session, group=Group.RECEPTION_CENTRE, reception_centre="Dale mottak")
    placed(session, from_centre, municipality)
    arrived = a_case(session)
    booked(session, arrived, municipality)
    commands.arrive(session, arrived, arrived_at=NOW - timedelta(days=1), actor=udi(), at=NOW)

    assert set(ids(queue(session, actor=officer()))) == {to_book, already}
    assert ids(queue(session, booked=False)) == [to_book]
    assert ids(queue(session, booked=True)) == [already]
    assert queue(session, booked=True).items[0].state is CaseState.TRAVEL_BOOKED


def test_a_cancelled_booking_is_not_shown_as_the_cases_travel(session, municipality):
    case_id = a_case(session)
    booking_id = booked(session, case_id, municipality)
    commands.cancel(session, booking_id, reason="Innstilt", actor=udi(), at=NOW)

    [item] = queue(session).items

    assert (item.case_id, item.booking_id, item.arrives_at) == (case_id, None, None)


def test_the_queue_comes_in_pages_without_a_gap(session, municipality):
    made = [a_case(session) for _ in range(5)]
    for case_id in made:
        placed(session, case_id, municipality)  # all run out on the same day

    first = queue(session, limit=2)
    second = queue(session, limit=2, after=first.next)
    third = queue(session, limit=2, after=second.next)

    assert ids(first) + ids(second) + ids(third) == made
    assert third.next is None


@pytest.mark.parametrize("cursor", ["no cursor", pack("travel-queue", "2020-13-01", "x")])
def test_what_is_no_cursor_is_malformed(session, cursor):
    with pytest.raises(Invalid):
        queue(session, after=cursor)


def test_a_municipality_finds_its_own_in_the_queue_and_others_nothing(session, municipality):
    other = a_municipality(session, decided=10)
    mine, theirs = a_case(session), a_case(session)
    placed(session, mine, municipality)
    placed(session, theirs, other)

    assert ids(queue(session, actor=writer(municipality))) == [mine]
    assert ids(queue(session, actor=administrator())) == []


def test_a_week_of_arrivals_is_a_week_in_norway(session, municipality):
    monday = datetime(2020, 6, 7, 22, tzinfo=UTC)  # 00:00 in Norway
    within, before, after = (
        booked(session, a_case(session), municipality, arrives_at=moment)
        for moment in (
            monday,
            monday - timedelta(minutes=1),
            monday + timedelta(days=7),
        )
    )

    def arriving(week):
        found = worklists.arrivals(session, week=week, actor=writer(municipality))
        return [item.booking_id for item in found]

    assert arriving(Week(2020, 23)) == [before]
    assert arriving(Week(2020, 24)) == [within]
    assert arriving(Week(2020, 25)) == [after]


def test_an_arrival_says_where_when_who_many_and_the_days_of_quarantine(session, municipality):
    case_id = a_case(session, persons=3)
    booking_id = booked(session, case_id, municipality)

    [item] = worklists.arrivals(session, week=WEEK, actor=writer(municipality))

    assert (item.booking_id, item.case_id, item.persons_count) == (booking_id, case_id, 3)
    assert (item.arrival_airport, item.airport_name, item.flight) == ("TRD", "Værnes", "SK362")
    assert item.quarantine == (date(2020, 6, 9), date(2020, 6, 19))
    assert (item.before_change_at, item.arrived_count) == (None, 0)


def test_a_moved_arrival_says_what_it_was_moved_from(session, municipality):
    booking_id = booked(session, a_case(session), municipality)
    commands.reschedule(
        session,
        booking_id,
        arrives_at=datetime(2020, 6, 11, 12, tzinfo=UTC),
        reason="Ny avgang",
        actor=udi(),
        at=NOW,
    )

    [item] = worklists.arrivals(session, week=WEEK, actor=udi())

    assert item.before_change_at == datetime(2020, 6, 9, 12, tzinfo=UTC)
    assert item.before_change_airport == "TRD"


def test_once_they_have_come_the_quarantine_counts_from_the_day_they_came(session, municipality):
    case_id = a_case(session, persons=2)
    booked(session, case_id, municipality)
    came = datetime(2020, 6, 10, 1, tzinfo=UTC)
    [someone, _] = session.scalars(
        Person.__table__.select().with_only_columns(Person.id).where(Person.case_id == case_id)
    ).all()
    commands.arrive(session, case_id, arrived_at=came, person_ids=[someone], actor=udi(), at=came)

    [item] = worklists.arrivals(session, week=WEEK, actor=writer(municipality))

    assert (item.state, item.arrived_count) == (BookingState.COMPLETED, 1)
    assert item.quarantine == (date(2020, 6, 10), date(2020, 6, 20))


def test_a_cancelled_arrival_stays_in_the_week_and_is_marked(session, municipality):
    booking_id = booked(session, a_case(session), municipality)
    commands.cancel(session, booking_id, reason="Innstilt", actor=udi(), at=NOW)

    [item] = worklists.arrivals(session, week=WEEK, actor=writer(municipality))

    assert item.state is BookingState.CANCELLED


def test_arrivals_are_of_ones_own_municipality_or_of_the_one_asked_for(session, municipality):
    other = a_municipality(session, decided=10)
    mine = booked(session, a_case(session), municipality)
    theirs = booked(session, a_case(session), other)

    def arriving(**given):
        return {item.booking_id for item in worklists.arrivals(session, week=WEEK, **given)}

    assert arriving(actor=writer(municipality)) == {mine}
    assert arriving(actor=writer(municipality), municipality_id=other) == set()
    assert arriving(actor=udi()) == {mine, theirs}
    assert arriving(actor=udi(), municipality_id=other) == {theirs}


def test_changes_come_newest_first_and_in_pages(session, municipality):
    case_id = a_case(session)
    booking_id = booked(session, case_id, municipality)
    for day in (1, 2):
        commands.reschedule(
            session,
            booking_id,
            arrives_at=datetime(2020, 6, 9 + day, 12, tzinfo=UTC),
            reason="Ny avgang",
            actor=udi(),
            at=NOW + timedelta(days=day),
        )
    commands.cancel(session, booking_id, reason="Innstilt", actor=udi(), at=NOW + timedelta(days=3))

    first = worklists.changes(session, limit=2, actor=udi())
    rest = worklists.changes(session, limit=2, after=first.next, actor=udi())

    assert [(item.version, item.change) for item in (*first.items, *rest.items)] == [
        (4, BookingChange.CANCELLED),
        (3, BookingChange.RESCHEDULED),
        (2, BookingChange.RESCHEDULED),
    ]
    assert first.items[0].reason == "Innstilt"
    assert rest.next is None
    with pytest.raises(Invalid):
        worklists.changes(session, after=pack("travel-changes", "never", "x", 1), actor=udi())


def test_changes_are_those_of_bookings_one_may_see(session, municipality):
    booking_id = booked(session, a_case(session), municipality)
    commands.cancel(session, booking_id, reason="Innstilt", actor=udi(), at=NOW)

    assert worklists.changes(session, actor=writer(municipality)).items
    assert worklists.changes(session, actor=writer(a_municipality(session))).items == ()


def test_the_lists_agree_with_the_booking_itself(session, municipality):
    booking_id = booked(session, a_case(session), municipality)

    [item] = queue(session).items
    seen = queries.booking(session, booking_id, actor=udi())

    assert (item.booking_id, item.arrives_at, item.flight, item.arrival_airport) == (
        seen.id,
        seen.arrives_at,
        seen.flight,
        seen.arrival_airport,
    )
