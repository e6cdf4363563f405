"""A home is kept for one case, by what uses it; two who want it are asked one after the other."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from time import monotonic, sleep
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.db import transaction
from tests.factories import a_municipality, a_vacancy, officer, writer
from workflow.cases.states import Group
from workflow.kernel.errors import NotFound
from workflow.vacancies import commands, queries, reservations
from workflow.vacancies.errors import VacancyDoesNotFit, VacancyTaken
from workflow.vacancies.states import Fate, VacancyState

NOW = datetime(2020, 4, 1, 10, tzinfo=UTC)


@pytest.fixture
def municipality(session):
    return a_municipality(session)


def reserve(session, vacancy_id, municipality_id, case_id=None, **changes):
    given = {
        "case_id": case_id or uuid4(),
        "municipality_id": municipality_id,
        "group": Group.RESETTLEMENT,
        "persons": 4,
        "actor": officer(),
        "at": NOW,
    }
    reservations.reserve(session, vacancy_id, **(given | changes))


def fates(session, vacancy_id):
    return [
        (line.what, line.case_id)
        for line in queries.vacancy(session, vacancy_id, actor=officer()).fate
    ]


def test_a_home_is_kept_for_a_case_and_no_other(session, municipality):
    vacancy_id, case_id = a_vacancy(session, municipality), uuid4()

    reserve(session, vacancy_id, municipality, case_id)

    with pytest.raises(VacancyTaken) as refusal:
        reserve(session, vacancy_id, municipality)
    assert refusal.value.facts == {"state": "reserved"}
    assert fates(session, vacancy_id) == [(Fate.REGISTERED, None), (Fate.RESERVED, case_id)]


@pytest.mark.parametrize("changes", [{"persons": 5}, {"group": Group.RECEPTION_CENTRE}])
def test_a_home_too_small_or_for_others_does_not_fit(session, municipality, changes):
    vacancy_id = a_vacancy(session, municipality, places=4, group=Group.RESETTLEMENT)

    with pytest.raises(VacancyDoesNotFit):
        reserve(session, vacancy_id, municipality, **changes)


def test_another_municipalitys_home_is_not_there(session, municipality):
    vacancy_id = a_vacancy(session, municipality)

    with pytest.raises(NotFound):
        reserve(session, vacancy_id, a_municipality(session))


def test_a_closed_home_is_not_reserved(session, municipality):
    vacancy_id = a_vacancy(session, municipality)
    commands.close(session, vacancy_id, actor=writer(municipality), at=NOW)

    with pytest.raises(VacancyTaken):
        reserve(session, vacancy_id, municipality)


def test_when_the_case_leaves_the_home_stands_open_and_is_kept_again_by_an_undo(
    session, municipality
):
    vacancy_id, case_id = a_vacancy(session, municipality), uuid4()
    reserve(session, vacancy_id, municipality, case_id)

    reservations.release(session, [(vacancy_id, case_id)], actor=officer(), at=NOW, why="withdrawn")
    again = reservations.reserve_again(session, [(vacancy_id, case_id)], actor=officer(), at=NOW)

    home = queries.vacancy(session, vacancy_id, actor=officer())
    assert again == {case_id}
    assert (home.state, home.case_id) == (VacancyState.RESERVED, case_id)
    assert [line.what for line in home.fate[1:]] == [Fate.RESERVED, Fate.RELEASED, Fate.RESERVED]
    assert home.fate[2].why == "withdrawn"


def test_an_undo_does_not_take_a_home_another_has_meanwhile(session, municipality):
    vacancy_id, first, second = a_vacancy(session, municipality), uuid4(), uuid4()
    reserve(session, vacancy_id, municipality, first)
    reservations.release(session, [(vacancy_id, first)], actor=officer(), at=NOW)
    reserve(session, vacancy_id, municipality, second)

    again = reservations.reserve_again(session, [(vacancy_id, first)], actor=officer(), at=NOW)

    assert again == set()
    assert queries.vacancy(session, vacancy_id, actor=officer()).case_id == second


def test_a_home_is_used_when_the_household_has_moved_in(session, municipality):
    vacancy_id, case_id = a_vacancy(session, municipality), uuid4()
    reserve(session, vacancy_id, municipality, case_id)

    reservations.use(session, vacancy_id, case_id=case_id, actor=officer(), at=NOW)

    home = queries.vacancy(session, vacancy_id, actor=officer())
    assert (home.state, home.case_id, home.fate[-1].what) == (
        VacancyState.USED,
        case_id,
        Fate.USED,
    )


def test_open_homes_that_fit_are_found_oldest_first(session, municipality):
    for_any = a_vacancy(session, municipality)
    accessible = a_vacancy(session, municipality, group=Group.RESETTLEMENT, accessible=True)
    a_vacancy(session, municipality, group=Group.PRIVATE)
    taken = a_vacancy(session, municipality)
    reserve(session, taken, municipality)

    def found(**needs):
        return {row[1] for row in reservations.open_and_fitting(session, **needs)}

    assert found(group=Group.RESETTLEMENT, accessible=False) == {for_any, accessible}
    assert found(group=Group.RESETTLEMENT, accessible=True) == {accessible}


def test_two_want_the_same_home_at_once_and_one_gets_it(committed):
    with transaction(committed.sessions) as session:
        municipality_id = a_municipality(session)
        vacancy_id = a_vacancy(session, municipality_id)
    first, second = uuid4(), uuid4()

    def want_as_well():
        with transaction(committed.sessions) as session:
            reserve(session, vacancy_id, municipality_id, second)

    with ThreadPoolExecutor(1) as another:
        with transaction(committed.sessions) as session:
            reserve(session, vacancy_id, municipality_id, first)
            late = another.submit(want_as_well)
            wait_until_somebody_waits(committed)
        with pytest.raises(VacancyTaken):
            late.result(timeout=10)

    with committed.sessions() as session:
        home = queries.vacancy(session, vacancy_id, actor=officer())
    assert (home.state, home.case_id) == (VacancyState.RESERVED, first)
    assert [line.what for line in home.fate] == [Fate.REGISTERED, Fate.RESERVED]


def test_closing_and_reserving_at_once_leaves_one_of_them(committed):
    with transaction(committed.sessions) as session:
        municipality_id = a_municipality(session)
        vacancy_id = a_vacancy(session, municipality_id)
    together = Barrier(2)

    def at_once(act):
        with transaction(committed.sessions) as session:
            together.wait(timeout=10)
            try:
                act(session)
            except VacancyTaken as refusal:
                return refusal.facts["state"]
        return None

    acts = [
        lambda session: reserve(session, vacancy_id, municipality_id),
        lambda session: commands.close(session, vacancy_id, actor=writer(municipality_id), at=NOW),
    ]
    with ThreadPoolExecutor(2) as both:
        refused = [state for state in both.map(at_once, acts) if state]

    with committed.sessions() as session:
        home = queries.vacancy(session, vacancy_id, actor=officer())
    assert refused == [home.state]


def wait_until_somebody_waits(database):
    """Until a connection of this database waits for another's lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    give_up = monotonic() + 10
    while monotonic() < give_up:
        with database.engine.connect() as connection:
            if connection.scalar(waiting):
                return
        sleep(0.01)
    pytest.fail("nobody waits")
