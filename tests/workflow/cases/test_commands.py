"""Putting a case to a municipality, and its yes (R05, R16, R18, R19)."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    ENTRY,
    NOW,
    WEEK,
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    lead,
    officer,
    places,
    reader,
    writer,
)
from tests.workflow.books import events, faults, figures, questions, steps, the_case
from workflow.capacity.errors import NoneFree, NotRegistered, YearFull
from workflow.capacity.states import Pool
from workflow.cases import commands, measures
from workflow.cases.commands import Question
from workflow.cases.entry import Entry
from workflow.cases.errors import MunicipalityDeclined, Paused, WeekMissing
from workflow.cases.states import CaseState, DistributionState, EntryStatus, Group
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.weeks import Week
from workflow.vacancies.errors import VacancyDoesNotFit, VacancyTaken
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

LATER = NOW + timedelta(days=1)


def put(session: Session, case_id, municipality_id, *, trigger="distribute", **question):
    return commands.put_to_municipality(
        session,
        case_id,
        trigger,
        Question(municipality_id, question.pop("year", 2020), **question),
        actor=officer(),
        at=NOW,
    )


def yes(session: Session, case_id, municipality_id, week: Week | None = WEEK, **given):
    return commands.accept(
        session,
        case_id,
        settlement_week=week,
        actor=given.pop("actor", writer(municipality_id)),
        at=given.pop("at", LATER),
        **given,
    )


def test_a_question_holds_the_places_and_is_open_for_a_week_of_working_days(
    session: Session,
) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, persons=3)

    put(session, case, here)

    now = the_case(session, case)
    assert (now.state, now.municipality_id, now.places_year) == (CaseState.DISTRIBUTED, here, 2020)
    # Wednesday 8 April 2020 is a working day; Maundy Thursday would not have been.
    assert (now.asked_on, now.answer_due) == (NOW.date(), date(2020, 4, 8))
    assert figures(session, here).free == 2
    [question] = questions(session, case)
    assert (question.state, question.persons_count) == (DistributionState.OPEN, 3)
    assert (question.again, question.year) == (False, 2020)
    assert [event.type for event in events(session, case)][-1] == "case.distributed"
    assert faults(session) == {}


def test_what_the_municipality_is_shown_is_frozen_and_has_no_name(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, persons=2, name="Amina Test")

    put(session, case, here)

    [question] = questions(session, case)
    assert question.shown["persons"][0]["birth_year"] == 1985
    assert question.shown["earliest_arrival_on"] == "2020-04-15"
    assert "Amina" not in str(question.shown)


def test_a_due_day_in_easter_moves_to_the_next_working_day(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    thursday = datetime(2020, 4, 2, 9, tzinfo=UTC)

    asked(session, case, here, at=thursday)

    assert the_case(session, case).answer_due == date(2020, 4, 14)


def test_a_municipality_without_room_is_not_asked_and_nothing_is_held(session: Session) -> None:
    here = a_municipality(session, name="Frøya", decided=2)

    with pytest.raises(NoneFree) as refusal:
        put(session, a_case(session, persons=3), here)

    assert refusal.value.facts == {"municipality": "Frøya", "year": 2020, "persons": 3, "free": 2}
    assert figures(session, here).held == 0


def test_no_registered_places_is_not_the_same_as_a_no(session: Session) -> None:
    silent, refuses = a_municipality(session), a_municipality(session, decided=0)

    with pytest.raises(NotRegistered):
        put(session, a_case(session), silent)
    with pytest.raises(NoneFree):
        put(session, a_case(session), refuses)
    with pytest.raises(NotRegistered):
        put(session, a_case(session), refuses, year=2021)


def test_unaccompanied_minors_have_places_of_their_own(session: Session) -> None:
    here = a_municipality(session, decided=5)
    minor = a_case(session, group=Group.UNACCOMPANIED_MINOR, persons=1, entry=None)

    with pytest.raises(NotRegistered):
        put(session, minor, here)
    places(session, here, decided=1, pool=Pool.MINORS)
    put(session, minor, here)

    assert figures(session, here).held == 0
    assert figures(session, here, pool=Pool.MINORS).held == 1
    assert faults(session) == {}


def test_places_of_a_year_that_is_past_are_asked_for_by_nobody(session: Session) -> None:
    here = a_municipality(session, decided=5, year=2019)

    with pytest.raises(Invalid) as refusal:
        put(session, a_case(session), here, year=2019)

    assert refusal.value.pointer == "/year"


def test_a_measure_of_the_day_stops_the_question(session: Session) -> None:
    here = a_municipality(session, decided=5)
    measures.start(
        session,
        group=Group.RESETTLEMENT,
        reason="Innreisestans",
        from_on=NOW.date(),
        until_on=NOW.date(),
        actor=lead(),
        at=NOW,
    )

    with pytest.raises(Paused):
        put(session, a_case(session), here)


def test_a_home_is_kept_for_the_case_that_is_asked_with_it(session: Session) -> None:
    here = a_municipality(session, decided=9)
    home, case = a_vacancy(session, here, places=3), a_case(session, persons=3)

    put(session, case, here, vacancy_id=home)

    kept = session.get_one(Vacancy, home, populate_existing=True)
    assert (kept.state, kept.case_id) == (VacancyState.RESERVED, case)
    with pytest.raises(VacancyTaken):
        put(session, a_case(session), here, vacancy_id=home)


@pytest.mark.parametrize(
    ("of_home", "refusal"),
    [
        ({"places": 2}, VacancyDoesNotFit),
        ({"group": Group.RECEPTION_CENTRE}, VacancyDoesNotFit),
        ({}, NotFound),
    ],
)
def test_a_home_too_small_or_for_others_or_elsewhere_is_not_kept(
    session: Session, of_home: dict[str, object], refusal: type[Exception]
) -> None:
    here, there = a_municipality(session, decided=9), a_municipality(session, decided=9)
    home = a_vacancy(session, here if of_home else there, **of_home)  # type: ignore[arg-type]

    with pytest.raises(refusal):
        put(session, a_case(session, persons=3), here, vacancy_id=home)


def test_only_imdi_puts_a_case_to_a_municipality(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = a_case(session)

    with pytest.raises(NotFound):  # no municipality sees a case that is nobody's
        commands.put_to_municipality(
            session, case, "distribute", Question(here, 2020), actor=writer(here), at=NOW
        )
    with pytest.raises(NotFound):
        put(session, uuid4(), here)


def test_a_yes_sets_the_week_and_is_told(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    put(session, case, here)

    yes(session, case, here, quarantine_confirmed=True)

    now = the_case(session, case)
    assert (now.state, now.settlement_week) == (CaseState.ACCEPTED, WEEK)
    [question] = questions(session, case)
    assert (question.state, question.settlement_week) == (DistributionState.ACCEPTED, WEEK)
    assert (question.answered_at, question.quarantine_confirmed) == (LATER, True)
    assert question.closed_at is None
    step = steps(session, case)[-1]
    assert (step.trigger, step.source, step.dest) == ("accept", "distributed", "accepted")
    assert (step.actor, step.facts) == (writer(here).name, {"settlement_week": "2020-W24"})
    assert faults(session) == {}


def test_a_late_yes_counts_while_the_question_is_open(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    put(session, case, here)

    yes(session, case, here, at=NOW + timedelta(days=30))

    assert the_case(session, case).state is CaseState.ACCEPTED


@pytest.mark.parametrize(
    ("week", "code"),
    [
        (None, "week.required"),
        (Week(2020, 14), "week.past"),
        (Week(2020, 15), "week.before_entry"),
        (Week(2020, 41), "week.after_permit"),
    ],
)
def test_a_yes_without_a_good_week_is_no_yes(
    session: Session, week: Week | None, code: str
) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    put(session, case, here)

    with pytest.raises(Exception) as refusal:  # noqa: PT011  the code says which
        yes(session, case, here, week)

    assert refusal.value.code == code  # type: ignore[attr-defined]
    assert the_case(session, case).state is CaseState.DISTRIBUTED


def test_an_earlier_yes_never_carries_over(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    put(session, case, here)
    yes(session, case, here)
    commands.retract(
        session, case, reason_code="no_housing", text=None, actor=writer(here), at=LATER
    )
    there = a_municipality(session, decided=5)
    put(session, case, there)

    assert the_case(session, case).settlement_week is None
    with pytest.raises(WeekMissing):
        yes(session, case, there, None)


def test_another_municipality_cannot_answer_and_does_not_learn_that_the_case_is_there(
    session: Session,
) -> None:
    here, there = a_municipality(session, decided=5), a_municipality(session, decided=5)
    case = a_case(session)
    put(session, case, here)

    with pytest.raises(NotFound):
        yes(session, case, there)
    with pytest.raises(NotAllowed):
        yes(session, case, here, actor=reader(here))
    with pytest.raises(NotAllowed):
        yes(session, case, here, actor=officer())


def test_a_week_of_next_year_moves_the_places_there(session: Session) -> None:
    here = a_municipality(session, decided=5)
    places(session, here, decided=3, year=2021)
    case = a_case(session, persons=3, entry=lasting())
    put(session, case, here)

    yes(session, case, here, Week(2021, 1))

    assert the_case(session, case).places_year == 2021
    assert (figures(session, here).held, figures(session, here, year=2021).held) == (0, 3)
    assert faults(session) == {}


def test_the_last_days_of_december_may_lie_in_a_week_of_the_old_year(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, entry=lasting())
    put(session, case, here)

    yes(session, case, here, Week(2020, 53))

    assert the_case(session, case).places_year == 2020, "2021-01-01 lies in 2020-W53"


@pytest.mark.parametrize("decided", [None, 0, 2])
def test_a_week_of_a_year_without_room_is_refused_and_the_places_stay(
    session: Session, decided: int | None
) -> None:
    here = a_municipality(session, name="Frøya", decided=5)
    if decided is not None:
        places(session, here, decided=decided, year=2021)
    case = a_case(session, persons=3, entry=lasting())
    put(session, case, here)

    with pytest.raises(YearFull) as refusal:
        yes(session, case, here, Week(2021, 1))

    assert refusal.value.facts == {
        "municipality": "Frøya",
        "year": 2021,
        "persons": 3,
        "free": decided or 0,
    }
    assert figures(session, here).held == 3
    assert faults(session) == {}


def test_the_yes_may_name_another_home_and_the_first_stands_open_again(session: Session) -> None:
    here = a_municipality(session, decided=9)
    first, second = a_vacancy(session, here), a_vacancy(session, here)
    case = a_case(session)
    put(session, case, here, vacancy_id=first)

    yes(session, case, here, vacancy_id=second)

    assert session.get_one(Vacancy, first, populate_existing=True).state is VacancyState.OPEN
    assert session.get_one(Vacancy, second, populate_existing=True).case_id == case
    assert questions(session, case)[0].vacancy_id == second
    assert faults(session) == {}


def test_a_yes_to_a_home_somebody_else_has_is_no_yes(session: Session) -> None:
    here = a_municipality(session, decided=9)
    home = a_vacancy(session, here)
    put(session, a_case(session), here, vacancy_id=home)
    case = a_case(session)
    put(session, case, here)

    with pytest.raises(VacancyTaken):
        yes(session, case, here, vacancy_id=home)


def test_who_has_declined_is_asked_again_only_after_taking_back_the_no(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = a_case(session)
    put(session, case, here)
    commands.decline(
        session, case, reason_code="no_capacity", text="Ingen", actor=writer(here), at=LATER
    )

    with pytest.raises(MunicipalityDeclined):
        put(session, case, here)

    [question] = questions(session, case)
    commands.reopen(session, question.id, actor=writer(here), at=LATER)
    put(session, case, here)
    assert the_case(session, case).state is CaseState.DISTRIBUTED


def lasting() -> Entry:
    """Entry as in ENTRY, with a permit that runs into the next year."""
    return Entry(
        EntryStatus.POSSIBLE,
        source="UDI",
        from_on=ENTRY.from_on,
        permit_expires_on=date(2021, 6, 30),
    )
