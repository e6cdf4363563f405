"""Who may report a home that stands free because a case was withdrawn (R27)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tests.factories import (
    a_case,
    a_municipality,
    a_vacancy,
    accepted,
    asked,
    lead,
    officer,
    placed,
    places,
    udi,
    writer,
)
from workflow.cases import commands as cases
from workflow.cases.commands import Question
from workflow.cases.models import Distribution
from workflow.cases.states import DistributionState, Group
from workflow.kernel.weeks import Week
from workflow.redistribution import commands, offers
from workflow.vacancies import queries
from workflow.vacancies.errors import NothingFree
from workflow.vacancies.states import Fate, ReasonCode, VacancyKind

NOW = datetime(2020, 4, 1, 10, tzinfo=UTC)
WITHDRAWN_AT = NOW + timedelta(days=5)
AFTER = NOW + timedelta(days=6)


@pytest.fixture
def municipality(session):
    return a_municipality(session, decided=6)


def withdraw(session, case_id, **changes):
    given = {
        "reason": "Innreise ikke mulig",
        "legal_ground": None,
        "actor": officer(),
        "at": WITHDRAWN_AT,
    }
    commands.withdraw(session, case_id, **(given | changes))


def offer(session, municipality_id, actor=None):
    return offers.offer_after_withdrawal(
        session, municipality_id, actor=actor or writer(municipality_id), at=AFTER
    )


def report(session, municipality_id, **changes):
    given = {
        "kind": VacancyKind.HOME,
        "places": 3,
        "available_from_week": Week(2020, 20),
        "actor": writer(municipality_id),
        "at": AFTER,
    }
    return offers.report(session, municipality_id=municipality_id, **(given | changes))


def test_a_withdrawn_case_with_places_left_and_no_new_request_is_an_offer(session, municipality):
    case_id = a_case(session, persons=3)
    asked(session, case_id, municipality)
    withdraw(session, case_id)

    found = offer(session, municipality)

    [case] = found.cases
    assert (found.municipality_id, found.free) == (municipality, 6)
    assert (case.case_id, case.persons_count, case.withdrawn_at) == (case_id, 3, WITHDRAWN_AT)
    assert case.vacancy_id is None


def test_a_reversed_decision_counts_as_well(session, municipality):
    case_id = a_case(session)
    placed(session, case_id, municipality)
    withdraw(session, case_id, legal_ground="conditions_failed")

    assert [case.case_id for case in offer(session, municipality).cases] == [case_id]


def test_the_offer_names_the_home_that_was_kept(session, municipality):
    vacancy_id, case_id = a_vacancy(session, municipality), a_case(session)
    cases.put_to_municipality(
        session,
        case_id,
        "distribute",
        Question(municipality, 2020, vacancy_id=vacancy_id),
        actor=officer(),
        at=NOW,
    )
    withdraw(session, case_id)

    assert offer(session, municipality).cases[0].vacancy_id == vacancy_id


def test_without_a_withdrawn_case_there_is_no_offer(session, municipality):
    declined, standing = a_case(session), a_case(session)
    asked(session, declined, municipality)
    cases.decline(
        session,
        declined,
        reason_code="no_capacity",
        text=None,
        actor=writer(municipality),
        at=NOW,
    )
    accepted(session, standing, municipality)

    assert offer(session, municipality) is None


def test_without_a_free_place_there_is_no_offer(session, municipality):
    case_id = a_case(session, persons=3)
    asked(session, case_id, municipality)
    withdraw(session, case_id)

    places(session, municipality, decided=0)

    assert offer(session, municipality) is None


def test_places_free_in_another_year_or_for_minors_are_not_this_years(session):
    from workflow.capacity.states import Pool

    municipality = a_municipality(session, decided=2)
    case_id = a_case(session, persons=2)
    asked(session, case_id, municipality)
    withdraw(session, case_id)
    places(session, municipality, decided=0)
    places(session, municipality, decided=9, year=2021)
    places(session, municipality, decided=9, pool=Pool.MINORS)

    assert offer(session, municipality) is None


def test_a_new_request_after_the_withdrawal_ends_the_offer(session, municipality):
    case_id = a_case(session)
    asked(session, case_id, municipality)
    withdraw(session, case_id)
    assert offer(session, municipality) is not None

    asked(session, a_case(session), municipality, at=WITHDRAWN_AT + timedelta(minutes=1))

    assert offer(session, municipality) is None


def test_a_request_before_the_withdrawal_does_not(session, municipality):
    case_id = a_case(session)
    asked(session, case_id, municipality)
    asked(session, a_case(session), municipality, at=WITHDRAWN_AT - timedelta(minutes=1))
    withdraw(session, case_id)

    assert offer(session, municipality) is not None


def test_a_request_that_was_recalled_was_none(session, municipality):
    case_id, other = a_case(session), a_case(session)
    asked(session, case_id, municipality)
    withdraw(session, case_id)
    asked(session, other, municipality, at=WITHDRAWN_AT + timedelta(minutes=1))

    session.execute(
        update(Distribution)
        .where(Distribution.case_id == other)
        .values(state=DistributionState.RECALLED, closed_at=AFTER)
    )

    assert [case.case_id for case in offer(session, municipality).cases] == [case_id]


def test_a_request_to_another_municipality_changes_nothing(session, municipality):
    case_id = a_case(session)
    asked(session, case_id, municipality)
    withdraw(session, case_id)

    asked(session, case_id, a_municipality(session, decided=5), at=AFTER)

    assert offer(session, municipality) is not None


def test_only_resettlement_cases_count(session, municipality):
    case_id = a_case(session, group=Group.RECEPTION_CENTRE, reception_centre="Dale mottak")
    asked(session, case_id, municipality)
    withdraw(session, case_id)

    assert offer(session, municipality) is None


def test_a_case_withdrawn_from_another_is_not_this_ones(session, municipality):
    other = a_municipality(session, decided=6)
    case_id = a_case(session)
    asked(session, case_id, other)
    withdraw(session, case_id)

    assert offer(session, municipality) is None
    assert offer(session, other, actor=writer(municipality)) is None
    assert offer(session, other, actor=udi()) is None
    assert offer(session, other, actor=lead()) is not None


def test_a_home_is_reported_after_the_withdrawn_case(session, municipality):
    case_id = a_case(session, persons=3)
    asked(session, case_id, municipality)
    withdraw(session, case_id)

    vacancy_id = report(session, municipality, withdrawn_case_id=case_id)

    home = queries.vacancy(session, vacancy_id, actor=writer(municipality))
    assert (home.reason_code, home.withdrawn_case_id) == (ReasonCode.WITHDRAWN_CASE, case_id)
    assert (home.fate[0].what, home.fate[0].case_id) == (Fate.REGISTERED, case_id)


def test_where_there_is_no_offer_such_a_report_is_refused(session, municipality):
    case_id, other = a_case(session), a_case(session)
    asked(session, case_id, municipality)
    with pytest.raises(NothingFree):
        report(session, municipality, reason_code=ReasonCode.WITHDRAWN_CASE)
    withdraw(session, case_id)

    with pytest.raises(NothingFree):
        report(session, municipality, withdrawn_case_id=other)

    assert report(session, municipality, reason_code=ReasonCode.WITHDRAWN_CASE)


def test_any_other_report_needs_no_offer(session, municipality):
    vacancy_id = report(session, municipality, reason_code=ReasonCode.NEW_CAPACITY)

    home = queries.vacancy(session, vacancy_id, actor=officer())
    assert home.reason_code is ReasonCode.NEW_CAPACITY
