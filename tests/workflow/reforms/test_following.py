"""What goes with the cases of a merger, and what stays under the old number."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from tests.factories import (
    NOW,
    a_case,
    a_vacancy,
    asked,
    booked,
    lead,
    placed,
    writer,
)
from tests.workflow.books import events, faults, figures, questions, steps, the_case
from tests.workflow.reforms.reforming import (
    DECEMBER,
    ENTERS,
    THEN,
    found,
    merging,
)
from workflow.capacity.states import Pool
from workflow.cases import commands, settling
from workflow.cases.accounts import Figure, FigureOfYear
from workflow.cases.lists import CaseFilter
from workflow.cases.lists import cases as listed
from workflow.cases.models import Case
from workflow.cases.states import CaseState, Group
from workflow.kernel.outbox import OutboxMessage
from workflow.travel.models import Booking
from workflow.vacancies.models import Vacancy


def test_history_is_found_under_the_old_number(session, two):
    settled_id = a_case(session, group=Group.RECEPTION_CENTRE, persons=3)
    placed(session, settled_id, two[0])
    settling.settle(
        session,
        settled_id,
        settled_on=date(2020, 6, 10),
        actor=writer(two[0]),
        at=datetime(2020, 6, 11, tzinfo=UTC),
    )

    merging(session, two)

    old = found(session, "1811", date(2020, 6, 1))
    assert (old.id, figures(session, old.id).settled) == (two[0], 3)
    behind = CaseFilter(counted_by=FigureOfYear(old.id, 2020, Pool.ORDINARY, Figure.SETTLED))
    (line,) = listed(session, behind, today=THEN.date(), actor=lead()).items
    assert line.id == settled_id
    assert questions(session, settled_id)[0].municipality_id == two[0]


def test_the_successor_reads_the_cases_its_predecessors_settled(session, two):
    settled_id = a_case(session, group=Group.PRIVATE)
    placed(session, settled_id, two[0])
    settling.settle(
        session,
        settled_id,
        settled_on=date(2020, 6, 10),
        actor=writer(two[0]),
        at=datetime(2020, 6, 11, tzinfo=UTC),
    )

    successor = merging(session, two).successors[0]

    seen = listed(session, CaseFilter(), today=THEN.date(), actor=writer(successor)).items
    assert [line.id for line in seen] == [settled_id]
    assert faults(session) == {}


def test_question_booking_and_home_go_with_the_case(session, two):
    home = a_vacancy(session, two[0])
    unused = a_vacancy(session, two[1])
    used_up = a_vacancy(session, two[1])
    session.execute(Vacancy.__table__.update().where(Vacancy.id == used_up), {"state": "closed"})
    case_id = a_case(session, entry=ENTERS)
    booking = booked(session, case_id, two[0], week=DECEMBER, at=datetime(2020, 9, 1, tzinfo=UTC))
    reserved(session, home, case_id)

    successor = merging(session, two).successors[0]

    where = {
        vacancy.id: vacancy.municipality_id
        for vacancy in session.scalars(select(Vacancy).execution_options(populate_existing=True))
    }
    assert where == {home: successor, unused: successor, used_up: two[1]}
    moved = session.get_one(Booking, booking, populate_existing=True)
    assert moved.municipality_id == successor
    assert questions(session, case_id)[0].municipality_id == successor
    assert the_case(session, case_id).state is CaseState.TRAVEL_BOOKED


def reserved(session, vacancy_id, case_id):
    session.execute(
        Vacancy.__table__.update().where(Vacancy.id == vacancy_id),
        {"state": "reserved", "case_id": case_id},
    )
    session.execute(Case.__table__.update().where(Case.id == case_id), {"vacancy_id": vacancy_id})


def test_each_case_gets_a_line_of_history_and_an_open_one_is_told(session, two):
    case_id = a_case(session, entry=ENTERS)
    asked(session, case_id, two[0])

    successor = merging(session, two).successors[0]

    step = steps(session, case_id)[-1]
    assert (step.trigger, step.source, step.dest) == ("merge", "distributed", "distributed")
    assert step.facts == {"from_municipality_id": two[0], "municipality_id": successor}
    told = events(session, case_id)[-1]
    assert (told.type, told.municipality_id) == ("case.followed_merger", successor)


def test_the_merger_is_told_and_what_was_on_its_way_reaches_the_successor(session, two):
    asked(session, a_case(session), two[0])

    successor = merging(session, two).successors[0]

    assert set(session.scalars(select(OutboxMessage.municipality_id))) == {None, successor}
    last = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert last.type == "municipality.merged"
    assert last.facts["predecessors"] == sorted(two)


def test_what_was_closed_stays_where_it_was_closed(session, two):
    case_id = a_case(session, entry=ENTERS)
    asked(session, case_id, two[0])
    commands.decline(
        session,
        case_id,
        reason_code="no_housing",
        text=None,
        actor=writer(two[0]),
        at=NOW + timedelta(days=1),
    )

    merging(session, two)

    assert questions(session, case_id)[0].municipality_id == two[0]
