"""No, yes taken back, no taken back, and another week."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    WEEK,
    a_case,
    a_municipality,
    a_vacancy,
    accepted,
    asked,
    booked,
    officer,
    placed,
    places,
    reader,
    writer,
)
from tests.workflow.books import events, faults, figures, questions, steps, the_case
from workflow.capacity.errors import YearFull
from workflow.cases import commands
from workflow.cases.commands import Question
from workflow.cases.entry import Entry
from workflow.cases.errors import MunicipalityDeclined, WeekNeedsConsent, WeekPast, WrongState
from workflow.cases.states import CaseState, DistributionState, EntryStatus, Group
from workflow.kernel.errors import NotAllowed, NotFound, ReasonMissing
from workflow.kernel.weeks import Week
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

LATER = NOW + timedelta(days=3)


def no(session: Session, case_id, municipality_id, reason_code="no_housing", text=None):
    return commands.decline(
        session,
        case_id,
        reason_code=reason_code,
        text=text,
        actor=writer(municipality_id),
        at=LATER,
    )


def change(session: Session, case_id, week: Week | None, actor, reason: str | None = None):
    return commands.change_week(
        session, case_id, settlement_week=week, reason=reason, actor=actor, at=LATER
    )


def test_a_no_frees_the_places_and_the_home_at_once_and_closes_the_question(
    session: Session,
) -> None:
    here = a_municipality(session, decided=5)
    home, case = a_vacancy(session, here), a_case(session)
    commands.put_to_municipality(
        session, case, "distribute", Question(here, 2020, home), actor=officer(), at=NOW
    )

    no(session, case, here, text="Ingen bolig før sommeren")

    now = the_case(session, case)
    assert now.state is CaseState.DECLINED
    assert (now.municipality_id, now.account_id, now.answer_due, now.vacancy_id) == (None,) * 4
    assert figures(session, here).held == 0
    assert session.get_one(Vacancy, home, populate_existing=True).state is VacancyState.OPEN
    [question] = questions(session, case)
    assert (question.state, question.closed_at) == (DistributionState.DECLINED, LATER)
    assert (question.reason_code, question.answer_text) == (
        "no_housing",
        "Ingen bolig før sommeren",
    )
    last = events(session, case)[-1]
    assert (last.type, last.municipality_id) == ("case.declined", here)
    assert last.facts == {"reason_code": "no_housing"}, "an event carries no free text"
    assert faults(session) == {}


def test_a_no_needs_its_reason(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    asked(session, case, here)

    with pytest.raises(ReasonMissing):
        no(session, case, here, reason_code="")


def test_a_declined_case_goes_to_another_municipality(session: Session) -> None:
    here, there = a_municipality(session, decided=5), a_municipality(session, decided=5)
    case = a_case(session)
    asked(session, case, here)
    no(session, case, here)

    asked(session, case, there, at=LATER)

    first, second = questions(session, case)
    assert (first.state, second.state) == (DistributionState.DECLINED, DistributionState.OPEN)
    assert (first.municipality_id, second.municipality_id) == (here, there)


def test_a_yes_is_taken_back_only_until_the_decision(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case, decided = a_case(session), a_case(session)
    accepted(session, case, here)
    placed(session, decided, here)

    for one in (case, decided):
        taken_back = {
            "reason_code": "school_capacity",
            "text": None,
            "actor": writer(here),
            "at": LATER,
        }
        if one is decided:
            with pytest.raises(WrongState):
                commands.retract(session, one, **taken_back)
        else:
            commands.retract(session, one, **taken_back)

    assert the_case(session, case).state is CaseState.DECLINED
    assert questions(session, case)[0].state is DistributionState.RETRACTED
    with pytest.raises(MunicipalityDeclined):
        asked(session, case, here, at=LATER)
    assert figures(session, here).held == 2
    assert faults(session) == {}


def test_a_no_taken_back_is_told_and_stands_in_the_history(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    asked(session, case, here)
    no(session, case, here)
    [question] = questions(session, case)

    commands.reopen(session, question.id, actor=writer(here), at=LATER)

    assert questions(session, case)[0].reopened_at == LATER
    last = events(session, case)[-1]
    assert (last.type, last.municipality_id) == ("case.reopened", here)
    step = steps(session, case)[-1]
    assert (step.trigger, step.dest, step.actor) == ("reopen", "declined", writer(here).name)
    assert faults(session) == {}


def test_a_no_is_taken_back_by_who_answers_for_the_municipality_and_once(
    session: Session,
) -> None:
    here, there = a_municipality(session, decided=5), a_municipality(session, decided=5)
    case, open_still = a_case(session), a_case(session)
    asked(session, case, here)
    no(session, case, here)
    asked(session, open_still, here)
    [question], [unanswered] = questions(session, case), questions(session, open_still)

    with pytest.raises(NotAllowed):
        commands.reopen(session, question.id, actor=reader(here), at=LATER)
    for actor in (writer(there), officer()):
        with pytest.raises((NotFound, NotAllowed)):
            commands.reopen(session, question.id, actor=actor, at=LATER)
    with pytest.raises(NotFound):
        commands.reopen(session, unanswered.id, actor=writer(here), at=LATER)
    commands.reopen(session, question.id, actor=writer(here), at=LATER)
    with pytest.raises(NotFound):
        commands.reopen(session, question.id, actor=writer(here), at=LATER)


def test_a_second_no_after_a_reopening_stands(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    asked(session, case, here)
    no(session, case, here)
    commands.reopen(session, questions(session, case)[0].id, actor=writer(here), at=LATER)
    asked(session, case, here, at=LATER)
    no(session, case, here)

    with pytest.raises(MunicipalityDeclined):
        asked(session, case, here, at=LATER)


def test_the_municipality_changes_an_accepted_week_itself(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    accepted(session, case, here)

    change(session, case, Week(2020, 30), writer(here))

    assert the_case(session, case).settlement_week == Week(2020, 30)
    assert questions(session, case)[0].settlement_week == Week(2020, 30)
    last = events(session, case)[-1]
    assert (last.type, last.facts) == (
        "case.week_changed",
        {"from": "2020-W24", "to": "2020-W30", "state": "accepted"},
    )


@pytest.mark.parametrize("how", [placed, booked])
def test_once_placed_imdi_changes_the_week_with_a_reason(session: Session, how) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    how(session, case, here)

    with pytest.raises(WeekNeedsConsent):
        change(session, case, Week(2020, 30), writer(here), reason="Boligen er forsinket")
    with pytest.raises(ReasonMissing):
        change(session, case, Week(2020, 30), officer())
    with pytest.raises(WeekPast):
        change(session, case, Week(2020, 14), officer(), reason="Etter avtale")
    change(session, case, Week(2020, 30), officer(), reason="Etter avtale")

    assert the_case(session, case).settlement_week == Week(2020, 30)
    assert steps(session, case)[-1].reason == "Etter avtale"
    assert faults(session) == {}


@pytest.mark.parametrize("room", [True, False])
def test_a_changed_week_of_another_year_needs_room_there(session: Session, room: bool) -> None:
    here = a_municipality(session, decided=5)
    places(session, here, decided=2 if room else 1, year=2021)
    case = a_case(session, group=Group.RECEPTION_CENTRE, entry=None)
    placed(session, case, here)

    if room:
        change(session, case, Week(2021, 2), officer(), reason="Etter avtale")
    else:
        with pytest.raises(YearFull):
            change(session, case, Week(2021, 2), officer(), reason="Etter avtale")

    held = (figures(session, here).held, figures(session, here, year=2021).held)
    assert held == ((0, 2) if room else (2, 0))
    assert the_case(session, case).settlement_week == (Week(2021, 2) if room else WEEK)
    assert faults(session) == {}


def test_a_booked_journey_decides_the_year_and_not_the_week(session: Session) -> None:
    here = a_municipality(session, decided=5)
    lasting = Entry(EntryStatus.POSSIBLE, source="UDI", from_on=date(2020, 4, 15))
    case = a_case(session, entry=lasting)
    booked(session, case, here, arrives_at=datetime(2020, 6, 9, 12, tzinfo=UTC))

    change(session, case, Week(2021, 2), officer(), reason="Etter avtale")

    now = the_case(session, case)
    assert (now.settlement_week, now.places_year) == (Week(2021, 2), 2020)
    assert faults(session) == {}


def test_a_week_is_changed_only_while_there_is_one(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    asked(session, case, here)

    with pytest.raises(WrongState):
        change(session, case, Week(2020, 30), writer(here))
