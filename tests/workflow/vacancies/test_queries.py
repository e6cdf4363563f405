"""A municipality reads its own vacancies and their fate, IMDi all, others none."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.factories import (
    a_municipality,
    a_vacancy,
    administrator,
    auditor,
    centre,
    lead,
    officer,
    reader,
    udi,
    writer,
)
from workflow.cases.states import Group
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.paging import pack
from workflow.vacancies import commands, queries, reservations
from workflow.vacancies.states import Fate, VacancyState

NOW = datetime(2020, 4, 1, 10, tzinfo=UTC)


@pytest.fixture
def municipality(session):
    return a_municipality(session, name="Melhus")


def ids(session, **given):
    return [item.id for item in queries.vacancies(session, **given).items]


def test_a_municipality_reads_its_own_and_imdi_and_the_auditor_read_all(session, municipality):
    other = a_municipality(session)
    mine, theirs = a_vacancy(session, municipality), a_vacancy(session, other)

    for actor in (writer(municipality), reader(municipality)):
        assert ids(session, actor=actor) == [mine]
        with pytest.raises(NotFound):
            queries.vacancy(session, theirs, actor=actor)
    for actor in (officer(), lead(), auditor()):
        assert set(ids(session, actor=actor)) == {mine, theirs}
    assert ids(session, municipality_id=other, actor=writer(municipality)) == []


def test_others_read_none(session, municipality):
    vacancy_id = a_vacancy(session, municipality)

    for actor in (udi(), centre(), administrator()):
        assert ids(session, actor=actor) == []
        with pytest.raises(NotFound):
            queries.vacancy(session, vacancy_id, actor=actor)


def test_a_vacancy_says_whose_it_is(session, municipality):
    home = queries.vacancy(session, a_vacancy(session, municipality), actor=officer())

    assert home.municipality_name == "Melhus"
    assert len(home.municipality_number) == 4


def test_the_list_is_narrowed_to_states_municipality_and_group(session, municipality):
    other = a_municipality(session)
    for_any = a_vacancy(session, municipality)
    for_minors = a_vacancy(session, municipality, group=Group.UNACCOMPANIED_MINOR)
    closed = a_vacancy(session, other)
    commands.close(session, closed, actor=writer(other), at=NOW)

    def found(**given):
        return set(ids(session, actor=officer(), **given))

    assert found(states=frozenset({VacancyState.OPEN})) == {for_any, for_minors}
    assert found(states=frozenset({VacancyState.CLOSED, VacancyState.USED})) == {closed}
    assert found(municipality_id=municipality) == {for_any, for_minors}
    assert found(group="resettlement", municipality_id=municipality) == {for_any}
    assert found(group="unaccompanied_minor", municipality_id=municipality) == {
        for_any,
        for_minors,
    }


def test_the_list_comes_newest_first_and_in_pages_without_a_gap(session, municipality):
    older = [a_vacancy(session, municipality) for _ in range(2)]  # at the same moment
    newer = [a_vacancy(session, municipality, at=NOW + timedelta(days=day)) for day in (1, 2, 3)]

    first = queries.vacancies(session, limit=2, actor=officer())
    second = queries.vacancies(session, limit=2, after=first.next, actor=officer())
    third = queries.vacancies(session, limit=2, after=second.next, actor=officer())

    found = [item.id for page in (first, second, third) for item in page.items]
    assert found[:3] == newer[::-1]
    assert set(found[3:]) == set(older)
    assert len(found) == 5
    assert third.next is None


@pytest.mark.parametrize("cursor", ["?", pack("vacancies", "never", "nobody"), pack("other", "x")])
def test_what_is_no_cursor_is_malformed(session, cursor):
    with pytest.raises(Invalid):
        queries.vacancies(session, after=cursor, actor=officer())


def test_the_fate_of_each_vacancy_is_its_own_and_in_order(session, municipality):
    first, second = a_vacancy(session, municipality), a_vacancy(session, municipality)
    case_id = uuid4()
    reservations.tell(
        session, [(first, case_id)], Fate.PASSED_OVER, actor=officer(), at=NOW, why="unused_share"
    )
    commands.close(session, second, reason="Solgt", actor=writer(municipality), at=NOW)

    fates = {
        item.id: [(line.what, line.case_id, line.why) for line in item.fate]
        for item in queries.vacancies(session, actor=officer()).items
    }

    assert fates == {
        first: [
            (Fate.REGISTERED, None, None),
            (Fate.PASSED_OVER, case_id, "unused_share"),
        ],
        second: [(Fate.REGISTERED, None, None), (Fate.CLOSED, None, "Solgt")],
    }


def test_a_municipality_reads_why_it_was_passed_over_but_not_for_whom(session, municipality):
    vacancy_id, elsewhere, own = a_vacancy(session, municipality), uuid4(), uuid4()
    reservations.tell(
        session,
        [(vacancy_id, elsewhere)],
        Fate.PASSED_OVER,
        actor=officer(),
        at=NOW,
        why="unused_share",
    )
    reservations.tell(session, [(vacancy_id, own)], Fate.MATCHED, actor=officer(), at=NOW)

    home = queries.vacancy(session, vacancy_id, actor=writer(municipality))

    assert [(line.what, line.case_id, line.why) for line in home.fate[1:]] == [
        (Fate.PASSED_OVER, None, "unused_share"),
        (Fate.MATCHED, own, None),
    ]
