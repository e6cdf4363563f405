"""What a run of withdrawals does to homes, and what its undo can give back."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    lead,
    officer,
    placed,
    places,
    writer,
)
from tests.workflow.books import faults, figures, questions, the_case
from tests.workflow.redistribution.withdrawn import confirm, lines, preview
from workflow.capacity.states import Pool
from workflow.cases import commands
from workflow.cases.commands import Question
from workflow.cases.models import Decision
from workflow.cases.states import CaseState, Group
from workflow.redistribution import before_after, redistribution_runs, withdrawal_runs
from workflow.redistribution import commands as redistribution
from workflow.redistribution.models import Run
from workflow.redistribution.states import ItemOutcome, RunKind
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

EARLY = datetime(2020, 3, 2, 9, tzinfo=UTC)
NOW = datetime(2020, 3, 12, 9, tzinfo=UTC)
SOON = NOW + timedelta(minutes=5)


def withdraw_all(session: Session) -> Run:
    given = {"actor": officer(), "at": NOW}
    run = withdrawal_runs.preview(
        session,
        before=date(2020, 3, 12),
        reason="Innreisestans",
        legal_ground="conditions_failed",
        **given,
    )
    return withdrawal_runs.confirm(
        session, run.id, run.token, **given, undo_window=timedelta(minutes=30)
    )


def undo(session: Session, run: Run) -> None:
    withdrawal_runs.undo(session, run.id, actor=officer(), at=SOON)


def asked_with_home(session: Session, municipality_id: int) -> tuple[UUID, UUID]:
    home = a_vacancy(session, municipality_id, at=EARLY)
    case = a_case(session, at=EARLY)
    commands.put_to_municipality(
        session,
        case,
        "distribute",
        Question(municipality_id, 2020, home),
        actor=officer(),
        at=EARLY,
    )
    return case, home


def home_of(session: Session, vacancy_id: UUID) -> tuple[VacancyState, UUID | None]:
    home = session.get_one(Vacancy, vacancy_id, populate_existing=True)
    return home.state, home.case_id


def test_homes_of_withdrawn_cases_stand_open_and_come_back_with_the_undo(
    session: Session,
) -> None:
    here = a_municipality(session, decided=9)
    pairs = [asked_with_home(session, here) for _ in range(3)]

    run = withdraw_all(session)

    assert {home_of(session, home) for _, home in pairs} == {(VacancyState.OPEN, None)}
    assert faults(session) == {}

    undo(session, run)

    for case, home in pairs:
        assert home_of(session, home) == (VacancyState.RESERVED, case)
        assert the_case(session, case).vacancy_id == home
    assert faults(session) == {}


def test_a_home_somebody_else_has_taken_stays_theirs_and_the_case_comes_back_without(
    session: Session,
) -> None:
    here = a_municipality(session, decided=9)
    case, home = asked_with_home(session, here)
    run = withdraw_all(session)
    other = a_case(session, at=NOW)
    commands.put_to_municipality(
        session, other, "distribute", Question(here, 2020, home), actor=officer(), at=NOW
    )

    undo(session, run)

    assert home_of(session, home) == (VacancyState.RESERVED, other)
    back = the_case(session, case)
    assert (back.state, back.vacancy_id) == (CaseState.DISTRIBUTED, None)
    assert questions(session, case)[0].vacancy_id is None, "it no longer comes with that home"
    assert faults(session) == {}


def test_the_undo_takes_places_in_the_runs_own_order_until_they_are_gone(
    session: Session,
) -> None:
    here = a_municipality(session, decided=6)
    made = [a_case(session, persons=2, at=EARLY) for _ in range(3)]
    for case in made:
        asked(session, case, here, at=EARLY)
    run = withdraw_all(session)
    asked(session, a_case(session, persons=3, at=NOW), here, at=NOW)

    undo(session, run)

    report = [(line.outcome, line.code) for line in lines(session, run).values()]
    assert report == [
        (ItemOutcome.RESTORED, None),
        (ItemOutcome.NOT_UNDONE, "undo.no_room"),
        (ItemOutcome.NOT_UNDONE, "undo.no_room"),
    ]
    assert figures(session, here).held == 5
    assert faults(session) == {}


def test_a_decision_that_cannot_come_back_stays_reversed(session: Session) -> None:
    here = a_municipality(session, decided=2)
    case = a_case(session, at=EARLY)
    placed(session, case, here, at=EARLY)
    run = withdraw_all(session)
    asked(session, a_case(session, at=NOW), here, at=NOW)

    undo(session, run)

    [reversal] = session.scalars(
        select(Decision).where(Decision.case_id == case, Decision.kind == "reversal_decision")
    )
    assert reversal.annulled_at is None
    assert the_case(session, case).state is CaseState.WITHDRAWN


def test_a_withdrawn_minor_goes_back_to_places_for_minors(session: Session) -> None:
    here = a_municipality(session, decided=9)
    places(session, here, decided=2, pool=Pool.MINORS)
    full = a_municipality(session, decided=9)
    case = a_case(session, group=Group.UNACCOMPANIED_MINOR, persons=1, entry=None, at=EARLY)
    asked(session, case, here, at=EARLY)
    redistribution.withdraw(session, case, reason="Feil", legal_ground=None, actor=lead(), at=EARLY)

    run = preview(session, [case], at=NOW)

    [line] = before_after.by_municipality(
        session, run.id, kind=RunKind.REDISTRIBUTION, actor=officer()
    )
    assert (line.municipality_id, line.pool) == (here, Pool.MINORS)
    assert (line.free_before, line.free_after) == (2, 1)
    confirm(session, run, at=NOW)
    assert figures(session, here, pool=Pool.MINORS).held == 1
    assert (figures(session, here).held, figures(session, full).held) == (0, 0)
    redistribution_runs.undo(session, run.id, actor=officer(), at=SOON)
    assert figures(session, here, pool=Pool.MINORS).held == 0
    assert faults(session) == {}


def test_who_answered_between_withdrawal_and_undo_was_asked_by_somebody_else(
    session: Session,
) -> None:
    here, there = a_municipality(session, decided=9), a_municipality(session, decided=9)
    case = a_case(session, at=EARLY)
    asked(session, case, here, at=EARLY)
    run = withdraw_all(session)
    asked(session, case, there, at=NOW)
    commands.decline(session, case, reason_code="other", text=None, actor=writer(there), at=NOW)

    undo(session, run)

    assert lines(session, run)[case].code == "undo.moved"
    assert the_case(session, case).state is CaseState.DECLINED
    assert faults(session) == {}
