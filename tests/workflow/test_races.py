"""Two at the same moment, on real connections: one is served first, the other hears what is so."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.databases import Database
from tests.factories import (
    NOW,
    WEEK,
    a_case,
    a_municipality,
    a_person,
    a_vacancy,
    accepted,
    asked,
    officer,
    placed,
    places,
    writer,
)
from tests.workflow.at_once import at_once, done, refusals
from tests.workflow.books import faults, figures, steps, the_case
from tests.workflow.redistribution.withdrawn import preview, withdrawn
from workflow.cases import commands, deciding, registration, settling
from workflow.cases.commands import Question
from workflow.cases.entry import Entry
from workflow.cases.models import Person
from workflow.cases.registration import NewCase
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.weeks import Week
from workflow.redistribution import commands as redistribution
from workflow.redistribution import redistribution_runs, withdrawal_runs
from workflow.redistribution.states import RunState
from workflow.vacancies import reservations
from workflow.vacancies.models import VacancyFate
from workflow.vacancies.states import Fate

ROUNDS = 4
WINDOW = timedelta(minutes=30)
LASTING = Entry(EntryStatus.POSSIBLE, source="UDI", from_on=date(2020, 4, 15))


def yes(case_id: UUID, municipality_id: int, week: Week = WEEK, vacancy_id: UUID | None = None):
    return lambda session: commands.accept(
        session,
        case_id,
        settlement_week=week,
        vacancy_id=vacancy_id,
        actor=writer(municipality_id),
        at=NOW,
    )


def put(case_id: UUID, municipality_id: int, vacancy_id: UUID | None = None):
    return lambda session: commands.put_to_municipality(
        session,
        case_id,
        "distribute",
        Question(municipality_id, 2020, vacancy_id),
        actor=officer(),
        at=NOW,
    )


def withdraw(case_id: UUID):
    return lambda session: redistribution.withdraw(
        session, case_id, reason="Stans", legal_ground=None, actor=officer(), at=NOW
    )


def all_is_well(database: Database) -> None:
    with database.sessions() as session:
        assert faults(session) == {}


def test_two_cases_want_the_last_places_and_one_gets_them(committed: Database) -> None:
    for _ in range(ROUNDS):
        here, one, other = done(
            committed.sessions,
            lambda session: (
                a_municipality(session, decided=3),
                a_case(session, persons=2),
                a_case(session, persons=2),
            ),
        )

        outcomes = at_once(committed.sessions, put(one, here), put(other, here))

        assert refusals(outcomes) == ["places.none_free"]
        with committed.sessions() as session:
            assert figures(session, here).held == 2
    all_is_well(committed)


def test_the_same_case_accepted_twice_is_accepted_once(committed: Database) -> None:
    for _ in range(ROUNDS):
        here, case = done(committed.sessions, an_open_question)

        outcomes = at_once(committed.sessions, yes(case, here), yes(case, here, Week(2020, 25)))

        assert refusals(outcomes) == ["state.wrong"]
        with committed.sessions() as session:
            assert [step.trigger for step in steps(session, case)].count("accept") == 1
    all_is_well(committed)


def test_a_withdrawal_against_a_yes_ends_withdrawn_whichever_came_first(
    committed: Database,
) -> None:
    for _ in range(ROUNDS):
        here, case = done(committed.sessions, an_open_question)

        answered, taken_back = at_once(committed.sessions, yes(case, here), withdraw(case))

        assert refusals([taken_back]) == []
        with committed.sessions() as session:
            assert the_case(session, case).state is CaseState.WITHDRAWN
            assert figures(session, here).held == 0
            triggers = [step.trigger for step in steps(session, case)][2:]
        if refusals([answered]):
            assert refusals([answered]) == ["not_found"], "no longer the municipality's"
            assert triggers == ["withdraw"]
        else:
            assert triggers == ["accept", "withdraw"]
    all_is_well(committed)


def test_a_yes_against_a_no_leaves_one_answer(committed: Database) -> None:
    for _ in range(ROUNDS):
        here, case = done(committed.sessions, an_open_question)

        def no(session: Session, case: UUID = case, here: int = here):
            return commands.decline(
                session, case, reason_code="no_housing", text=None, actor=writer(here), at=NOW
            )

        outcomes = at_once(committed.sessions, yes(case, here), no)

        assert len(refusals(outcomes)) == 1
    all_is_well(committed)


@pytest.mark.parametrize("runs", [withdrawal_runs, redistribution_runs])
def test_of_two_runs_over_the_same_cases_one_is_done_and_the_other_stale(
    committed: Database, runs
) -> None:
    def two_previews(session: Session):
        here = a_municipality(session, decided=40)
        for _ in range(5):
            if runs is redistribution_runs:
                withdrawn(session, here)
            else:
                asked(session, a_case(session), here, at=NOW - timedelta(days=3))
        made = [a_preview(session, runs), a_preview(session, runs)]
        return [(run.id, run.token) for run in made]

    (one, token), (other, other_token) = done(committed.sessions, two_previews)

    outcomes = at_once(
        committed.sessions, confirm(runs, one, token), confirm(runs, other, other_token)
    )

    assert refusals(outcomes) == ["run.stale"]
    all_is_well(committed)


@pytest.mark.parametrize("runs", [withdrawal_runs, redistribution_runs])
def test_a_run_confirmed_twice_at_once_is_done_once(committed: Database, runs) -> None:
    def one_preview(session: Session):
        here = a_municipality(session, decided=40)
        if runs is redistribution_runs:
            case = withdrawn(session, here)
        else:
            case = a_case(session)
            asked(session, case, here, at=NOW - timedelta(days=3))
        run = a_preview(session, runs)
        return case, run.id, run.token

    case, run, token = done(committed.sessions, one_preview)
    with committed.sessions() as session:
        before = len(steps(session, case))

    outcomes = at_once(committed.sessions, *[confirm(runs, run, token)] * 3)

    assert refusals(outcomes) == []
    assert {outcome.state for outcome in outcomes} == {RunState.CONFIRMED}
    with committed.sessions() as session:
        assert len(steps(session, case)) == before + 1
    all_is_well(committed)


def test_two_households_that_would_swap_homes_do_not_wait_for_each_other_for_ever(
    committed: Database,
) -> None:
    for _ in range(ROUNDS):

        def two_with_homes(session: Session):
            here = a_municipality(session, decided=40)
            homes = [a_vacancy(session, here), a_vacancy(session, here)]
            made = [a_case(session), a_case(session)]
            for case, home in zip(made, homes, strict=True):
                put(case, here, home)(session)
            return here, made, homes

        here, made, homes = done(committed.sessions, two_with_homes)

        outcomes = at_once(
            committed.sessions,
            yes(made[0], here, vacancy_id=homes[1]),
            yes(made[1], here, vacancy_id=homes[0]),
        )

        assert set(refusals(outcomes)) == {"vacancy.not_open"}
    all_is_well(committed)


def test_a_home_asked_for_while_its_case_is_withdrawn_goes_to_one(committed: Database) -> None:
    for _ in range(ROUNDS):

        def one_with_home(session: Session):
            here = a_municipality(session, decided=4)
            home, case, other = a_vacancy(session, here), a_case(session), a_case(session)
            put(case, here, home)(session)
            return here, home, case, other

        here, home, case, other = done(committed.sessions, one_with_home)

        outcomes = at_once(committed.sessions, withdraw(case), put(other, here, home))

        assert refusals(outcomes) in ([], ["vacancy.not_open"])
    all_is_well(committed)


def test_plans_that_change_places_between_two_years_cross_without_harm(
    committed: Database,
) -> None:
    for _ in range(ROUNDS):

        def one_in_each_year(session: Session):
            here = a_municipality(session, decided=4)
            places(session, here, decided=4, year=2021)
            made = [a_case(session, entry=LASTING) for _ in range(2)]
            accepted(session, made[0], here)
            accepted(session, made[1], here, week=Week(2021, 2))
            return here, made

        here, made = done(committed.sessions, one_in_each_year)

        def change(case: UUID, week: Week, here: int = here):
            return lambda session: commands.change_week(
                session, case, settlement_week=week, reason=None, actor=writer(here), at=NOW
            )

        outcomes = at_once(
            committed.sessions, change(made[0], Week(2021, 2)), change(made[1], WEEK)
        )

        assert refusals(outcomes) == []
    all_is_well(committed)


def test_corrections_over_several_years_cross_without_harm(committed: Database) -> None:
    late = datetime(2022, 2, 1, 9, tzinfo=UTC)
    first, second, third = date(2020, 12, 30), date(2021, 6, 1), date(2022, 1, 10)

    def settled(session: Session, here: int, days: list[date]) -> list[UUID]:
        case = a_case(session, group=Group.PRIVATE, persons=len(days), entry=None)
        placed(session, case, here)
        who = session.scalars(select(Person.id).where(Person.case_id == case)).all()
        dates = dict(zip(who, days, strict=True))
        settling.settle(session, case, persons=dates, actor=writer(here), at=late)
        return [case, *who]

    def correct(here: int, case: UUID, dates: dict[UUID, date]):
        return lambda session: settling.correct_settlement(
            session, case, persons=dates, reason="Feil", actor=writer(here), at=late
        )

    for _ in range(ROUNDS):

        def two_settled(session: Session):
            here = a_municipality(session, decided=9)
            return (
                here,
                settled(session, here, [third, second]),
                settled(session, here, [second, first]),
            )

        here, one, other = done(committed.sessions, two_settled)

        outcomes = at_once(
            committed.sessions,
            correct(here, one[0], {one[1]: second, one[2]: first}),
            correct(here, other[0], {other[1]: first, other[2]: third}),
        )

        assert refusals(outcomes) == []
    all_is_well(committed)


def test_family_is_linked_while_its_cases_are_decided(committed: Database) -> None:
    for _ in range(ROUNDS):

        def some_accepted(session: Session):
            here = a_municipality(session, decided=40)
            made = [a_case(session) for _ in range(8)]
            for case in made:
                accepted(session, case, here)
            return made

        made = done(committed.sessions, some_accepted)

        def link(session: Session, made: list[UUID] = made):
            new = NewCase(Group.RESETTLEMENT, [a_person()], related_case_ids=made)
            return registration.register(session, new, actor=officer(), at=NOW)

        def decide(session: Session, made: list[UUID] = made):
            return deciding.decide_many(session, made, actor=officer(), at=NOW)

        outcomes = at_once(committed.sessions, link, decide, link)

        assert refusals(outcomes) == []
    all_is_well(committed)


def test_a_preview_waits_for_nobody_and_nobody_for_it(committed: Database) -> None:
    def some_withdrawn(session: Session):
        here = a_municipality(session, decided=40)
        made = [withdrawn(session, here) for _ in range(6)]
        run = preview(session)
        return made, run.id, run.token

    made, run, token = done(committed.sessions, some_withdrawn)

    with committed.sessions() as holding:
        confirm(redistribution_runs, run, token)(holding)
        with committed.sessions() as looking:
            looking.connection().exec_driver_sql("SET LOCAL lock_timeout = '500ms'")
            assert preview(looking, made).counts["cases"] == len(made)


def an_open_question(session: Session) -> tuple[int, UUID]:
    here, case = a_municipality(session, decided=9), a_case(session)
    asked(session, case, here)
    return here, case


def a_preview(session: Session, runs):
    if runs is redistribution_runs:
        return preview(session)
    return withdrawal_runs.preview(
        session,
        before=NOW.date(),
        reason="Stans",
        legal_ground=None,
        actor=officer(),
        at=NOW,
    )


def confirm(runs, run_id: UUID, token: str):
    return lambda session: runs.confirm(
        session, run_id, token, actor=officer(), at=NOW, undo_window=WINDOW
    )


def test_a_home_hears_what_passed_it_by_while_somebody_has_it(committed: Database):
    """Who has the home may be waiting for places the teller holds: neither may wait for both."""
    here = done(committed.sessions, a_municipality)
    home = done(committed.sessions, lambda session: a_vacancy(session, here))
    case = done(committed.sessions, a_case)

    with committed.sessions() as has_it, committed.sessions() as tells:
        reservations.reserve(
            has_it,
            home,
            case_id=case,
            municipality_id=here,
            group=Group.RESETTLEMENT,
            persons=1,
            actor=officer(),
            at=NOW,
        )
        tells.execute(text("SET LOCAL lock_timeout = '2s'"))
        reservations.tell(
            tells, [(home, None)], Fate.PASSED_OVER, why="unused_share", actor=officer(), at=NOW
        )
        tells.commit()
        has_it.commit()

    with committed.sessions() as session:
        told = session.scalars(select(VacancyFate.what).where(VacancyFate.vacancy_id == home)).all()
    assert set(told) >= {Fate.RESERVED, Fate.PASSED_OVER}
