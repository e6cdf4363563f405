"""A split: one ends, several begin, and IMDi decides case by case."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from tests.factories import (
    a_case,
    a_municipality,
    a_vacancy,
    accepted,
    lead,
    officer,
    placed,
    places,
    writer,
)
from tests.workflow.books import events, faults, figures, questions, steps, the_case
from tests.workflow.reforms.reforming import DAY, DECEMBER, ENTERS, JANUARY, THEN, found, merging
from workflow.cases import settling
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import SYSTEM
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities import queries
from workflow.redistribution import commands as redistribution
from workflow.reforms.commands import move_case_to, split
from workflow.reforms.errors import (
    NotASuccessor,
    NotLeftBehind,
    SuccessorIsPredecessor,
    TooFewSuccessors,
)
from workflow.reforms.parties import NewMunicipality
from workflow.reforms.queries import left_behind
from workflow.vacancies.models import Vacancy, VacancyFate

EAST = NewMunicipality("1871", "Østby", "Nordland")
WEST = NewMunicipality("1872", "Vestby", "Nordland")


@pytest.fixture
def whole(session):
    """A municipality with places in both years."""
    municipality_id = a_municipality(session, number="1870", name="Midtby", decided=20)
    places(session, municipality_id, decided=15, year=2021)
    return municipality_id


def splitting(session, municipality_id, successors=(EAST, WEST), *, actor=None):
    return split(
        session,
        municipality_id=municipality_id,
        successors=successors,
        on=DAY,
        actor=actor or lead(),
        at=THEN,
    ).successors


def moving(session, case_id, municipality_id, *, actor=None):
    return move_case_to(session, case_id, municipality_id, actor=actor or officer(), at=THEN)


def withdrawn(session, case_id):
    redistribution.withdraw(
        session,
        case_id,
        reason="borders closed",
        legal_ground="not_notified",
        actor=lead(),
        at=datetime(2020, 12, 1, tzinfo=UTC),
    )


def test_one_ends_and_several_begin(session, whole):
    splitting(session, whole)

    there = queries.all_in_force(session, on=DAY, actor=SYSTEM)
    assert {one.number for one in there} == {"1871", "1872"}
    assert found(session, "1870", date(2020, 6, 1)).valid_to == DAY
    assert found(session, "1870", date(2020, 6, 1)).successor_id is None


def test_open_cases_wait_and_are_listed(session, whole):
    open_id = a_case(session, persons=3, entry=ENTERS)
    placed(session, open_id, whole, week=JANUARY)
    withdrawn_id = a_case(session, entry=ENTERS)
    accepted(session, withdrawn_id, whole, week=DECEMBER)
    withdrawn(session, withdrawn_id)
    a_case(session)

    splitting(session, whole)

    listed = left_behind(session, actor=officer()).items
    assert [line.case_id for line in listed] == [open_id, withdrawn_id]
    assert (listed[0].municipality_name, listed[0].successors) == ("Midtby", ("1871", "1872"))
    assert figures(session, whole, year=2021).held == 3


def test_a_case_goes_on_where_imdi_says_with_its_places(session, whole):
    case_id = a_case(session, persons=3, entry=ENTERS)
    placed(session, case_id, whole, week=JANUARY)
    east, _ = splitting(session, whole)
    places(session, east, decided=5, year=2021)

    moving(session, case_id, east)

    assert figures(session, whole, year=2021).held == 0
    assert (figures(session, east, year=2021).held, figures(session, east, year=2021).free) == (
        3,
        2,
    )
    assert questions(session, case_id)[0].municipality_id == east
    step = steps(session, case_id)[-1]
    assert (step.trigger, step.facts["from_municipality_id"]) == ("move", whole)
    assert events(session, case_id)[-1].municipality_id == east
    assert left_behind(session, actor=officer()).items == ()
    assert faults(session) == {}


def test_where_nothing_is_decided_yet_the_place_is_an_overrun(session, whole):
    case_id = a_case(session, persons=3, entry=ENTERS)
    accepted(session, case_id, whole, week=DECEMBER)
    _, west = splitting(session, whole)

    moving(session, case_id, west)

    assert figures(session, west, year=2021).overrun == 3
    assert the_case(session, case_id).places_year == 2021
    assert faults(session) == {}


def test_a_withdrawn_case_gets_another_former_municipality(session, whole):
    case_id = a_case(session, entry=ENTERS)
    accepted(session, case_id, whole, week=DECEMBER)
    withdrawn(session, case_id)
    east, _ = splitting(session, whole)

    moving(session, case_id, east)

    case = the_case(session, case_id)
    assert (case.state, case.former_municipality_id) == (CaseState.WITHDRAWN, east)
    assert left_behind(session, actor=officer()).items == ()
    assert faults(session) == {}


def test_persons_settled_since_are_counted_where_the_case_goes(session, whole):
    case_id = a_case(session, group=Group.RECEPTION_CENTRE, persons=3)
    placed(session, case_id, whole, week=JANUARY)
    settling.settle(
        session,
        case_id,
        settled_on=date(2021, 1, 2),
        actor=writer(whole),
        at=datetime(2021, 1, 3, tzinfo=UTC),
    )
    _, west = splitting(session, whole)

    moving(session, case_id, west)

    assert figures(session, west, year=2021).settled == 3
    assert figures(session, whole, year=2021).settled == 0
    assert faults(session) == {}


def test_reported_homes_are_closed_and_told_why(session, whole):
    home = a_vacancy(session, whole)

    splitting(session, whole)

    fate = session.scalars(
        select(VacancyFate).where(VacancyFate.vacancy_id == home).order_by(VacancyFate.id.desc())
    ).first()
    assert session.get_one(Vacancy, home, populate_existing=True).state == "closed"
    assert (fate.what, fate.why) == ("closed", "split")


def test_a_part_may_go_to_a_neighbour(session, whole):
    neighbour = a_municipality(session, number="1880", name="Naboby")
    case_id = a_case(session, entry=ENTERS)
    placed(session, case_id, whole, week=JANUARY)

    splitting(session, whole, (EAST, neighbour))
    moving(session, case_id, neighbour)

    assert the_case(session, case_id).municipality_id == neighbour


def test_a_split_is_refused_where_it_makes_no_sense(session, whole):
    other = a_municipality(session)
    for successors, refusal in (
        ([EAST], TooFewSuccessors),
        ([other, other], TooFewSuccessors),
        ([EAST, whole], SuccessorIsPredecessor),
        ([EAST, 999_999], NotFound),
    ):
        with pytest.raises(refusal):
            splitting(session, whole, successors)
    with pytest.raises(NotAllowed):
        splitting(session, whole, actor=officer())


def test_what_is_wrong_with_a_successor_is_said_by_its_place(session, whole):
    with pytest.raises(Invalid) as refusal:
        splitting(session, whole, (EAST, NewMunicipality("187", "Vestby", "Nordland")))

    assert refusal.value.pointer == "/successors/1/number"


def test_a_case_goes_only_to_a_successor_and_only_after_a_split(session, whole):
    other = a_municipality(session, number="1880", decided=10)
    case_id = a_case(session, entry=ENTERS)
    placed(session, case_id, whole, week=JANUARY)
    elsewhere = a_case(session, entry=ENTERS)
    accepted(session, elsewhere, other)
    east, _ = splitting(session, whole)

    with pytest.raises(NotASuccessor) as refusal:
        moving(session, case_id, other)
    with pytest.raises(NotLeftBehind):
        moving(session, elsewhere, east)
    with pytest.raises(NotLeftBehind):
        moving(session, a_case(session), east)
    with pytest.raises(NotFound):
        moving(session, case_id, 999_999)
    with pytest.raises(NotAllowed):
        moving(session, case_id, east, actor=writer(whole))
    assert refusal.value.facts == {"municipality": "Bygd 1880"}


def test_a_successor_that_was_merged_meanwhile_stands_for_itself(session, whole):
    case_id = a_case(session, entry=ENTERS)
    placed(session, case_id, whole, week=JANUARY)
    east, _ = splitting(session, whole)
    merged = merging(
        session,
        [east],
        NewMunicipality("1873", "Storby", "Nordland"),
        on=date(2021, 3, 1),
        at=datetime(2021, 3, 2, tzinfo=UTC),
    ).successors[0]

    (listed,) = left_behind(session, actor=officer()).items
    moving(session, case_id, merged)

    assert listed.successors == ("1872", "1873")
    assert the_case(session, case_id).municipality_id == merged


def test_a_merger_leaves_nothing_behind(session, whole):
    case_id = a_case(session, entry=ENTERS)
    placed(session, case_id, whole, week=JANUARY)

    merging(session, [whole])

    assert left_behind(session, actor=officer()).items == ()
