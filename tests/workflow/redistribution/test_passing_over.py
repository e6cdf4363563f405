"""Homes a plan passes over hear it once, and on what (R29)."""

from datetime import date
from fractions import Fraction
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, a_vacancy, asked, writer
from tests.workflow.redistribution.withdrawn import confirm, lines, preview, withdrawn
from workflow.cases.states import Track
from workflow.ranking.board import Municipality, Places
from workflow.ranking.criteria import CaseToPlace, RuleSet
from workflow.ranking.fit import Vacancy as Home
from workflow.ranking.plan import plan
from workflow.redistribution.passing_over import PassedOver, passed_over
from workflow.vacancies import commands as vacancies
from workflow.vacancies.models import VacancyFate
from workflow.vacancies.states import Fate

RULES = RuleSet(1, Fraction(1, 10))
ON = date(2020, 4, 1)


def a_town(number: str, *, free: int, decided: int = 100, homes: int = 0, places: int = 5):
    return Municipality(
        number,
        {"ordinary": Places(free, decided)},
        vacancies=[Home(f"{number}-{home}", places) for home in range(homes)],
    )


def told(towns: list[Municipality], *persons: int, **of_case: object) -> list[PassedOver]:
    cases = [
        CaseToPlace(count, case_number=f"{number}", **of_case)  # type: ignore[arg-type]
        for number, count in enumerate(persons)
    ]
    return passed_over(plan(cases, towns, RULES, on=ON), towns)


def test_a_home_outside_the_window_loses_on_the_share() -> None:
    towns = [a_town("1001", free=100), a_town("1002", free=50, homes=1)]

    assert told(towns, 3) == [PassedOver("1002-0", "0", "unused_share")]


def test_a_home_beside_the_one_that_is_used_loses_as_its_town_did() -> None:
    towns = [a_town("1001", free=100, homes=1), a_town("1002", free=99, homes=1)]

    assert told(towns, 3) == [PassedOver("1002-0", "0", "unused_share")]


@pytest.mark.parametrize(
    "town",
    [
        a_town("1002", free=2, homes=1),
        a_town("1002", free=0, decided=0, homes=1),
        a_town("1002", free=50, homes=1, places=2),
    ],
)
def test_a_home_that_was_never_in_question_hears_nothing(town: Municipality) -> None:
    assert told([a_town("1001", free=100), town], 3) == []


def test_a_town_that_has_declined_the_case_was_not_in_question() -> None:
    towns = [a_town("1001", free=100), a_town("1002", free=50, homes=1)]

    assert told(towns, 3, excluded={"1002": "municipality.declined"}) == []


def test_a_home_is_told_once_for_the_first_case_it_fitted() -> None:
    towns = [a_town("1001", free=100), a_town("1002", free=50, homes=1, places=3)]

    assert told(towns, 6, 3, 2) == [PassedOver("1002-0", "1", "unused_share")]


def test_a_home_used_later_in_the_plan_is_used_and_not_passed_over() -> None:
    towns = [a_town("1001", free=60, decided=100), a_town("1002", free=45, homes=1, places=3)]

    # Small households fill 1001 until 1002 comes within the window.
    planned = plan(
        [CaseToPlace(3, case_number=f"{number:02}") for number in range(4)], towns, RULES, on=ON
    )

    assert [case.vacancy_id for case in planned.cases].count("1002-0") == 1
    assert passed_over(planned, towns) == []


def test_as_it_stood_when_the_cases_turn_came() -> None:
    towns = [a_town("1001", free=90), a_town("1002", free=92, homes=1, places=3)]

    # The first case is too large for the home and takes 1002 below 1001 by more than the window.
    found = told(towns, 14, 3)

    assert found == [PassedOver("1002-0", "1", "unused_share")]


def test_track_a_passes_homes_over_for_the_former_municipality(session: Session) -> None:
    former = a_municipality(session, number="1001", decided=20)
    other = a_municipality(session, number="1002", decided=20)
    asked(session, a_case(session, persons=9), former)
    home = a_vacancy(session, other)
    case = withdrawn(session, former)
    run = preview(session)
    assert lines(session, run)[case].municipality_id == former
    assert fates(session, home) == [], "a preview tells nobody"

    confirm(session, run)

    assert fates(session, home) == [(Fate.PASSED_OVER, "former_municipality", case)]


def test_a_home_closed_since_the_preview_hears_no_more(session: Session) -> None:
    former = a_municipality(session, number="1001", decided=20)
    other = a_municipality(session, number="1002", decided=10)
    asked(session, a_case(session, persons=5), other)
    home = a_vacancy(session, other)
    withdrawn(session, former, track=Track.B)
    run = preview(session)
    vacancies.close(session, home, actor=writer(other), at=NOW)

    confirm(session, run)

    assert fates(session, home) == [(Fate.CLOSED, None, None)]


def fates(session: Session, vacancy_id: UUID) -> list[tuple[Fate, str | None, UUID | None]]:
    rows = session.execute(
        select(VacancyFate.what, VacancyFate.why, VacancyFate.case_id)
        .where(VacancyFate.vacancy_id == vacancy_id, VacancyFate.what != Fate.REGISTERED)
        .order_by(VacancyFate.id)
    )
    return [tuple(row) for row in rows]
