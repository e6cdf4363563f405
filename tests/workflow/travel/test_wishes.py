"""What UDI asks the carrier for, and what the carrier answers: late, twice, in another order."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    an_airport,
    lead,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.cases.errors import WrongState
from workflow.cases.models import Case
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.redistribution import commands as redistribution
from workflow.travel import commands, confirmations, queries, wishes
from workflow.travel.confirmations import Confirmation
from workflow.travel.errors import OutsideWindow, WindowImpossible, WishClosed
from workflow.travel.models import BookingVersion
from workflow.travel.papers import record_papers
from workflow.travel.states import BookingState, WishState

LATER = NOW + timedelta(days=4)
#: The settlement week of the factories is 2020-W24: 8 to 14 June.
MONDAY = date(2020, 6, 8)
ARRIVES = datetime(2020, 6, 9, 11, tzinfo=UTC)
FIRST = Confirmation(1, "TRD", ARRIVES, "SK 346")


@pytest.fixture
def case_id(session):
    an_airport(session)
    case_id = a_case(session)
    placed(session, case_id, a_municipality(session, decided=20))
    return case_id


def ask(session, case_id, *, actor=None, at=LATER, **given):
    return wishes.ask(session, case_id, actor=actor or udi(), at=at, **given)


def confirm(session, wish_id, said=FIRST, *, at=LATER):
    return confirmations.confirm(session, wish_id, said, actor=udi(), at=at)


def states(session, case_id) -> list[WishState]:
    return [one.state for one in wishes.wishes(session, case_id, actor=udi())]


def test_two_weeks_from_the_settlement_week_on_are_asked_for(session, case_id):
    found = wishes.wish(session, ask(session, case_id), actor=udi())

    assert (found.window_from, found.window_to) == (MONDAY, date(2020, 6, 21))
    assert (found.state, found.revision, found.told_revision) == (WishState.OPEN, 1, 0)


def test_a_new_wish_takes_back_the_one_that_stands_and_both_are_to_be_told(session, case_id):
    first = ask(session, case_id)
    ask(session, case_id, window_from=date(2020, 6, 1), at=LATER + timedelta(hours=1))

    assert states(session, case_id) == [WishState.OPEN, WishState.TAKEN_BACK]
    assert wishes.wish(session, first, actor=udi()).revision == 2


@pytest.mark.parametrize(
    ("window_from", "papers"),
    [(date(2020, 3, 1), None), (date(2020, 10, 1), None), (date(2020, 6, 8), date(2020, 3, 1))],
)
def test_a_window_nobody_can_arrive_in_is_refused(session, case_id, window_from, papers):
    if papers:
        record_papers(session, case_id, issued_on=papers, actor=udi(), at=LATER)

    with pytest.raises(WindowImpossible):
        ask(session, case_id, window_from=window_from)


def test_wishes_are_udis_and_of_placed_cases(session, case_id):
    with pytest.raises(NotAllowed):
        ask(session, case_id, actor=officer())
    ask(session, case_id)
    confirm(session, ask(session, case_id, at=LATER + timedelta(minutes=1)))

    with pytest.raises(WrongState):
        ask(session, case_id)


def test_a_municipality_sees_what_is_asked_for_its_own_and_nobody_elses(session, case_id):
    wish_id = ask(session, case_id)
    here = session.scalar(select(Case.municipality_id).where(Case.id == case_id))
    elsewhere = a_municipality(session, number="1103", name="Stavanger")

    assert wishes.wish(session, wish_id, actor=reader(here)).window_from == MONDAY
    with pytest.raises(NotFound):
        wishes.wish(session, wish_id, actor=reader(elsewhere))
    with pytest.raises(NotAllowed):
        wishes.take_back(session, wish_id, actor=writer(here), at=LATER)


def test_a_wish_is_taken_back_once(session, case_id):
    wish_id = ask(session, case_id)

    wishes.take_back(session, wish_id, actor=udi(), at=LATER)

    assert states(session, case_id) == [WishState.TAKEN_BACK]
    with pytest.raises(WishClosed):
        wishes.take_back(session, wish_id, actor=udi(), at=LATER)
    with pytest.raises(WishClosed):
        confirm(session, wish_id)


def test_outside_the_window_a_reason_is_needed_and_kept(session, case_id):
    ask(session, case_id)
    too_late = {"arrival_airport": "TRD", "arrives_at": datetime(2020, 6, 24, 11, tzinfo=UTC)}

    with pytest.raises(OutsideWindow):
        commands.book(session, case_id, **too_late, actor=udi(), at=LATER)
    booking_id = commands.book(
        session, case_id, **too_late, window_reason="Ingen ledige seter", actor=udi(), at=LATER
    )

    found = queries.booking(session, booking_id, actor=udi())
    assert found.window_reason == found.versions[0].window_reason == "Ingen ledige seter"
    assert states(session, case_id) == [WishState.ANSWERED]


def test_inside_the_window_no_reason_is_kept(session, case_id):
    ask(session, case_id)

    booking_id = confirm(session, wishes.wishes(session, case_id, actor=udi())[0].id)

    assert queries.booking(session, booking_id, actor=udi()).window_reason is None


def test_a_confirmation_that_comes_again_changes_nothing(session, case_id):
    wish_id = ask(session, case_id)

    first, again = confirm(session, wish_id), confirm(session, wish_id)

    assert first == again
    assert session.scalar(select(func.count()).select_from(BookingVersion)) == 1


def test_an_older_confirmation_that_comes_late_changes_nothing(session, case_id):
    wish_id = ask(session, case_id)
    newer = replace(FIRST, number=2, arrives_at=ARRIVES + timedelta(days=1))

    confirm(session, wish_id, newer)
    booking_id = confirm(session, wish_id, FIRST)

    found = queries.booking(session, booking_id, actor=udi())
    assert (found.arrives_at, found.version) == (newer.arrives_at, 1)


def test_a_newer_confirmation_moves_the_travel(session, case_id):
    wish_id = ask(session, case_id)
    confirm(session, wish_id)

    booking_id = confirm(
        session, wish_id, replace(FIRST, number=5, arrives_at=ARRIVES + timedelta(days=1))
    )

    found = queries.booking(session, booking_id, actor=udi())
    assert (found.version, found.state) == (2, BookingState.BOOKED)
    assert found.versions[1].reason == confirmations.BY_THE_CARRIER


def test_a_case_that_leaves_takes_its_wish_back_when_the_notices_leave(session, case_id):
    wish_id = ask(session, case_id)

    redistribution.withdraw(
        session,
        case_id,
        reason="Innreise er ikke mulig",
        legal_ground="conditions_failed",
        actor=lead(),
        at=LATER + timedelta(days=1),
    )

    found = wishes.wish(session, wish_id, actor=udi())
    assert (found.state, found.revision) == (WishState.TAKEN_BACK, 2)


def test_an_undone_run_lets_the_wish_stand_as_before(session, case_id):
    wish_id = ask(session, case_id)
    wishes.take_back_for_leaving(session, [case_id], due_at=LATER + timedelta(minutes=30))

    wishes.reopen(session, [case_id], at=LATER + timedelta(minutes=10))

    found = wishes.wish(session, wish_id, actor=udi())
    assert (found.state, found.revision) == (WishState.OPEN, 1)
