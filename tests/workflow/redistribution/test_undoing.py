"""Undoing a redistribution while its notices wait; what has moved since stays (undo.moved)."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    WEEK,
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    auditor,
    lead,
    officer,
    udi,
    writer,
)
from tests.workflow.books import events, faults, figures, questions, steps, the_case
from tests.workflow.redistribution.withdrawn import (
    NOT_POSSIBLE,
    WINDOW,
    confirm,
    lines,
    preview,
    undo,
    withdrawn,
)
from workflow.cases import commands as cases
from workflow.cases.entry import record_entry
from workflow.cases.states import CaseState, DistributionState, Track
from workflow.kernel.errors import NotAllowed
from workflow.redistribution import commands, redistribution_runs
from workflow.redistribution.errors import NotConfirmed, RunEnded, UndoTooLate
from workflow.redistribution.states import ItemOutcome, RunState
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

SOON = NOW + timedelta(minutes=10)


def test_the_undo_calls_the_cases_and_their_notices_back(session: Session) -> None:
    here = a_municipality(session, decided=9)
    home, case = a_vacancy(session, here), withdrawn(session, here, persons=3)
    run = confirm(session, preview(session))

    undo(session, run, at=SOON)

    assert (run.state, run.undone_at, run.undone_by) == (RunState.UNDONE, SOON, officer().name)
    now = the_case(session, case)
    assert (now.state, now.track) == (CaseState.WITHDRAWN, Track.A)
    assert (now.municipality_id, now.former_municipality_id) == (None, here)
    assert figures(session, here).held == 0
    assert session.get_one(Vacancy, home, populate_existing=True).state is VacancyState.OPEN
    question = questions(session, case)[-1]
    assert (question.state, question.closed_at) == (DistributionState.RECALLED, SOON)
    [asking, back] = [event for event in events(session, case) if event.run_id == run.id]
    assert (asking.type, asking.recalled_at) == ("case.redistributed", SOON)
    assert (back.type, back.recalled_at) == ("case.recalled", None)
    assert steps(session, case)[-1].trigger == "recall"
    [line] = lines(session, run).values()
    assert (line.outcome, line.code) == (ItemOutcome.RECALLED, None)
    assert faults(session) == {}


def test_who_has_answered_meanwhile_keeps_the_case(session: Session) -> None:
    here = a_municipality(session, decided=9)
    answered, waiting = withdrawn(session, here), withdrawn(session, here)
    run = confirm(session, preview(session))
    cases.accept(session, answered, settlement_week=WEEK, actor=writer(here), at=NOW)

    undo(session, run, at=SOON)

    report = lines(session, run)
    assert (report[answered].outcome, report[answered].code) == (
        ItemOutcome.NOT_UNDONE,
        "undo.moved",
    )
    assert report[waiting].outcome is ItemOutcome.RECALLED
    assert the_case(session, answered).state is CaseState.ACCEPTED
    assert figures(session, here).held == 2
    told = [event for event in events(session, answered) if event.type == "case.redistributed"]
    assert told[-1].recalled_at is None
    assert faults(session) == {}


@pytest.mark.parametrize("how", ["withdrawn", "entry"])
def test_whatever_moved_a_case_since_it_stays_where_it_went(session: Session, how: str) -> None:
    here = a_municipality(session, decided=9)
    case = withdrawn(session, here)
    run = confirm(session, preview(session))
    if how == "withdrawn":
        commands.withdraw(session, case, reason="Feil", legal_ground=None, actor=officer(), at=NOW)
    else:
        record_entry(session, case, NOT_POSSIBLE, person_ids=None, actor=udi(), at=NOW)
    before = the_case(session, case).state

    undo(session, run, at=SOON)

    assert lines(session, run)[case].code == "undo.moved"
    assert the_case(session, case).state is before
    assert faults(session) == {}


def test_undone_twice_is_undone_once_and_ended(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = withdrawn(session, here)
    run = confirm(session, preview(session))
    undo(session, run, at=SOON)
    history = len(steps(session, case))

    undo(session, run, at=SOON + WINDOW)

    assert run.undone_at == SOON
    assert len(steps(session, case)) == history
    with pytest.raises(RunEnded):
        confirm(session, run, at=SOON)


def test_an_undo_comes_in_time_or_not_at_all(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = withdrawn(session, here)
    run = preview(session)
    with pytest.raises(NotConfirmed):
        undo(session, run)
    confirm(session, run)

    with pytest.raises(UndoTooLate) as refusal:
        undo(session, run, at=NOW + WINDOW + timedelta(seconds=1))

    assert refusal.value.facts == {"undo_until": (NOW + WINDOW).isoformat()}
    assert the_case(session, case).state is CaseState.REDISTRIBUTED


def test_runs_are_confirmed_and_undone_by_imdi(session: Session) -> None:
    here = a_municipality(session, decided=9)
    withdrawn(session, here)
    run = preview(session)

    for actor in (udi(), auditor(), writer(here)):
        with pytest.raises(NotAllowed):
            redistribution_runs.confirm(
                session, run.id, run.token, actor=actor, at=NOW, undo_window=WINDOW
            )
        with pytest.raises(NotAllowed):
            redistribution_runs.undo(session, run.id, actor=actor, at=NOW)
    redistribution_runs.confirm(
        session, run.id, run.token, actor=lead(), at=NOW, undo_window=WINDOW
    )


def test_after_the_undo_the_same_plan_comes_out_again(session: Session) -> None:
    former = a_municipality(session, decided=2)
    for _ in range(4):
        a_municipality(session, decided=10)
    made = [
        withdrawn(session, former, track=Track.B, persons=1 + number % 2) for number in range(6)
    ]
    run = preview(session)
    planned = [(case, line.municipality_id) for case, line in lines(session, run).items()]
    undo(session, confirm(session, run), at=SOON)

    again = lines(session, preview(session, at=SOON + timedelta(days=1)))

    assert len(planned) == len(made)
    assert [(case, line.municipality_id) for case, line in again.items()] == planned


def test_a_recalled_question_leaves_the_municipality_as_long_unasked_as_before(
    session: Session,
) -> None:
    one = a_municipality(session, number="1001", decided=10)
    other = a_municipality(session, number="1002", decided=10)
    former = a_municipality(session, number="1003", decided=2)
    for town, day in ((one, 2), (other, 1)):
        case = a_case(session, persons=1)
        asked(session, case, town, at=NOW - timedelta(days=day))
        cases.decline(session, case, reason_code="other", text=None, actor=writer(town), at=NOW)
    case = withdrawn(session, former, track=Track.B)
    asked(session, a_case(session, persons=2), former)
    run = preview(session)
    assert lines(session, run)[case].municipality_id == one, "longest since it was asked"

    undo(session, confirm(session, run), at=SOON)

    again = preview(session, at=SOON)
    assert lines(session, again)[case].municipality_id == one
