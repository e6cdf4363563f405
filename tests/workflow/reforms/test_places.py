"""Places in a merger: what is held, decided, requested and settled."""

from datetime import UTC, date, datetime

from sqlalchemy import insert, select

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    accepted,
    placed,
    places,
    writer,
)
from tests.workflow.books import faults, figures, questions, the_case
from tests.workflow.reforms.reforming import (
    DAY,
    DECEMBER,
    ENTERS,
    JANUARY,
    entries,
    merging,
)
from workflow.capacity.imports import store_statistics
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import EntryKind, Pool
from workflow.capacity.statistics import MunicipalityYear
from workflow.cases import settling
from workflow.cases.models import Person
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import SYSTEM
from workflow.municipalities import queries
from workflow.redistribution.models import Run
from workflow.reforms.models import Reform, ReformParty
from workflow.reforms.parties import NewMunicipality


def test_places_of_the_years_from_then_on_add_up_and_earlier_ones_stay(session, two):
    successor = merging(session, two).successors[0]

    assert figures(session, successor, year=2021).decided_places == 20
    assert figures(session, two[0], year=2020).decided_places == 20
    assert figures(session, two[0], year=2021).decided_places is None
    assert entries(session, successor, 2021) == [
        (EntryKind.MERGE_IN, 12, 0, 0, 12, None),
        (EntryKind.MERGE_IN, 8, 0, 0, 20, None),
    ]
    assert faults(session) == {}


def test_decided_places_are_none_only_if_nobody_has_any(session):
    with_none = a_municipality(session)
    said_no = a_municipality(session, decided=0, year=2021)
    other_with_none = a_municipality(session)
    places_of_minors = a_municipality(session)
    places(session, places_of_minors, decided=3, year=2021, pool=Pool.MINORS)

    first = merging(session, [with_none, said_no]).successors[0]
    second = merging(
        session, [other_with_none, places_of_minors], NewMunicipality("1898", "Vikby", "Nordland")
    ).successors[0]

    assert figures(session, first, year=2021).decided_places == 0
    assert figures(session, second, year=2021, pool=Pool.MINORS).decided_places == 3
    assert (
        session.scalar(
            select(PlaceAccount.decided_places).where(
                PlaceAccount.municipality_id == second, PlaceAccount.pool == Pool.ORDINARY
            )
        )
        is None
    )


def test_requests_add_up_each_with_the_one_that_stands(session):
    one, other, third = (a_municipality(session) for _ in range(3))
    store_statistics(
        session,
        [
            MunicipalityYear(2021, number(session, one), 30, 20),
            MunicipalityYear(2021, number(session, other), 12),
        ],
        actor=SYSTEM,
        at=NOW,
    )

    successor = merging(session, [one, other, third]).successors[0]

    requests = session.execute(
        select(PlaceAccount.original_request, PlaceAccount.adjusted_request).where(
            PlaceAccount.municipality_id == successor
        )
    ).one()
    assert tuple(requests) == (42, 32)


def number(session, municipality_id: int) -> str:
    return queries.by_id(session, municipality_id, actor=SYSTEM).number


def test_what_stood_until_then_is_kept_with_the_reform(session, two):
    case_id = a_case(session, persons=3, entry=ENTERS)
    placed(session, case_id, two[0], week=JANUARY, at=NOW)

    reform_id = merging(session, two).reform_id

    kept = session.scalar(
        select(ReformParty.places).where(
            ReformParty.reform_id == reform_id, ReformParty.municipality_id == two[0]
        )
    )
    assert kept == [
        {
            "year": 2021,
            "pool": "ordinary",
            "decided_places": 12,
            "extra_places": 0,
            "held": 3,
            "settled": 0,
            "original_request": None,
            "adjusted_request": None,
        }
    ]
    assert session.get_one(Reform, reform_id).on_day == DAY


def test_places_held_in_the_new_year_move_by_paired_entries(session, two):
    case_id = a_case(session, persons=3, entry=ENTERS)
    placed(session, case_id, two[0], week=JANUARY)

    successor = merging(session, two).successors[0]

    assert figures(session, two[0], year=2021).held == 0
    assert figures(session, successor, year=2021).held == 3
    assert entries(session, two[0], 2021)[-1] == (EntryKind.MERGE_OUT, 0, -3, 0, 0, case_id)
    assert entries(session, successor, 2021)[-1] == (EntryKind.MERGE_IN, 0, 3, 0, 17, case_id)
    assert faults(session) == {}


def test_places_still_held_in_the_old_year_are_held_in_the_first_of_the_successor(session, two):
    case_id = a_case(session, persons=4, entry=ENTERS)
    accepted(session, case_id, two[1], week=DECEMBER)

    successor = merging(session, two).successors[0]

    case = the_case(session, case_id)
    assert (case.municipality_id, case.places_year) == (successor, 2021)
    assert figures(session, two[1], year=2020).held == 0
    assert figures(session, successor, year=2021).held == 4
    assert questions(session, case_id)[0].year == 2021
    assert faults(session) == {}


def test_places_that_have_no_room_with_the_successor_are_an_overrun(session):
    one, other = a_municipality(session, decided=10), a_municipality(session, decided=10)
    case_id = a_case(session, persons=4, entry=ENTERS)
    accepted(session, case_id, one, week=DECEMBER)

    successor = merging(session, [one, other]).successors[0]

    assert figures(session, successor, year=2021).overrun == 4
    assert faults(session) == {}


def test_persons_settled_in_the_new_year_are_counted_by_the_successor(session, two):
    case_id = a_case(session, group=Group.RECEPTION_CENTRE, persons=3)
    placed(session, case_id, two[0], week=JANUARY)
    settled = settling.settle(
        session,
        case_id,
        settled_on=date(2021, 1, 2),
        actor=writer(two[0]),
        at=datetime(2021, 1, 3, tzinfo=UTC),
    )

    successor = merging(session, two).successors[0]

    assert settled.state is CaseState.SETTLED
    assert figures(session, successor, year=2021).settled == 3
    assert figures(session, two[0], year=2021).settled == 0
    assert faults(session) == {}


def test_persons_an_import_has_settled_go_along_without_a_case(session, two):
    store_statistics(session, [MunicipalityYear(2021, "1811", settled=5)], actor=SYSTEM, at=NOW)

    successor = merging(session, two).successors[0]

    assert figures(session, successor, year=2021).settled == 5
    assert entries(session, successor, 2021)[-1] == (EntryKind.MERGE_IN, 0, 0, 5, 15, None)


def test_a_household_partly_settled_in_the_old_year_is_split_between_the_years(session, two):
    case_id = a_case(session, group=Group.RECEPTION_CENTRE, persons=3)
    placed(session, case_id, two[0], week=DECEMBER)
    persons = sorted(session.scalars(select(Person.id).where(Person.case_id == case_id)))
    settling.settle(
        session,
        case_id,
        persons={persons[0]: date(2020, 12, 8)},
        actor=writer(two[0]),
        at=datetime(2020, 12, 9, tzinfo=UTC),
    )

    successor = merging(session, two).successors[0]

    assert (figures(session, two[0]).settled, figures(session, two[0]).held) == (1, 0)
    assert figures(session, successor, year=2021).held == 2
    assert faults(session) == {}


def test_the_free_places_after_a_withdrawal_are_the_successors_to_use(session, two):
    session.execute(
        insert(Run),
        {
            "kind": "withdrawal",
            "state": "confirmed",
            "token": "t",
            "parameters": {"year": 2021},
            "counts": {},
            "free_after": {str(two[0]): 4, str(two[1]): 6, "0": 1},
            "at": NOW,
            "actor": "x",
        },
    )

    successor = merging(session, two).successors[0]

    assert session.scalar(select(Run.free_after)) == {str(successor): 10, "0": 1}
