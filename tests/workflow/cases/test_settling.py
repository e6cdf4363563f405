"""Settlement dates: one form for the household, a date per person, corrections that keep both."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    WEEK,
    a_case,
    a_municipality,
    a_vacancy,
    accepted,
    asked,
    auditor,
    booked,
    officer,
    placed,
    places,
    reader,
    udi,
    writer,
)
from tests.workflow.books import events, faults, figures, questions, steps, the_case
from workflow.cases import commands, deciding, settling
from workflow.cases.errors import (
    NotArrived,
    PersonAlready,
    PersonNotHere,
    SettledBeforeArrival,
    SettledInFuture,
    SettledTooEarly,
    WrongState,
)
from workflow.cases.models import Person
from workflow.cases.states import CaseState, DistributionState, Group
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.travel import commands as travel
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

CAME = datetime(2020, 6, 9, 13, tzinfo=UTC)
DAY = date(2020, 6, 10)
TWO_WEEKS_ON = datetime(2020, 6, 24, 9, tzinfo=UTC)
NEXT_YEAR = datetime(2021, 1, 20, 9, tzinfo=UTC)


def arrived(session: Session, municipality_id: int, *, persons: int = 2) -> UUID:
    case = a_case(session, persons=persons)
    booked(session, case, municipality_id)
    travel.arrive(session, case, arrived_at=CAME, actor=udi(), at=CAME)
    return case


def from_a_centre(session: Session, municipality_id: int, *, persons: int = 2) -> UUID:
    case = a_case(session, group=Group.RECEPTION_CENTRE, persons=persons, entry=None)
    placed(session, case, municipality_id)
    return case


def settle(session: Session, case_id: UUID, municipality_id: int, **given):
    return settling.settle(
        session,
        case_id,
        actor=given.pop("actor", writer(municipality_id)),
        at=given.pop("at", TWO_WEEKS_ON),
        **given,
    )


def correct(session: Session, case_id: UUID, municipality_id: int, **given):
    return settling.correct_settlement(
        session,
        case_id,
        reason=given.pop("reason", "Feil dato"),
        actor=given.pop("actor", writer(municipality_id)),
        at=given.pop("at", TWO_WEEKS_ON),
        **given,
    )


def people(session: Session, case_id: UUID) -> list[Person]:
    return list(
        session.scalars(
            select(Person)
            .where(Person.case_id == case_id)
            .order_by(Person.position)
            .execution_options(populate_existing=True)
        )
    )


def counted(session: Session, municipality_id: int, year: int = 2020) -> tuple[int, int]:
    now = figures(session, municipality_id, year=year)
    return now.held, now.settled


def test_one_date_settles_the_household_and_counts_it(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = arrived(session, here, persons=3)

    settle(session, case, here, settled_on=DAY)

    now = the_case(session, case)
    assert (now.state, now.settled_count) == (CaseState.SETTLED, 3)
    assert {person.settled_on for person in people(session, case)} == {DAY}
    assert counted(session, here) == (0, 3)
    assert figures(session, here).free == 2, "settled places are used, not free"
    [question] = questions(session, case)
    assert (question.state, question.closed_at) == (DistributionState.SETTLED, TWO_WEEKS_ON)
    last = events(session, case)[-1]
    assert (last.type, last.facts) == ("case.settled", {"persons": 3})
    assert faults(session) == {}


def test_a_form_filled_in_two_weeks_later_keeps_the_day_it_was(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = arrived(session, here)

    settle(session, case, here, settled_on=DAY)

    step = steps(session, case)[-1]
    assert step.at == TWO_WEEKS_ON
    assert set(step.facts["dates"].values()) == {"2020-06-10"}


def test_some_may_have_another_date_and_the_case_waits_for_the_last(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = arrived(session, here, persons=3)
    first, second, _ = (person.id for person in people(session, case))

    settle(session, case, here, persons={first: DAY, second: date(2020, 6, 12)})

    now = the_case(session, case)
    assert (now.state, now.settled_count) == (CaseState.ARRIVED, 2)
    assert counted(session, here) == (1, 2)
    assert events(session, case)[-1].type == "case.settled_some"
    assert faults(session) == {}

    settle(session, case, here, settled_on=date(2020, 6, 20))

    assert the_case(session, case).state is CaseState.SETTLED
    assert [person.settled_on for person in people(session, case)] == [
        DAY,
        date(2020, 6, 12),
        date(2020, 6, 20),
    ]
    assert faults(session) == {}


def test_nobody_is_settled_before_the_day_of_arrival(session: Session) -> None:
    here = a_municipality(session, decided=10)
    case = arrived(session, here)

    for put_down, day in ((settle, 8), (settle, 9), (correct, 8)):
        with pytest.raises(SettledBeforeArrival) if day == 8 else nullcontext():
            put_down(session, case, here, settled_on=date(2020, 6, day))


def test_who_did_not_come_is_not_settled_with_the_others(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, persons=2)
    booked(session, case, here)
    here_now, missing = people(session, case)
    with pytest.raises(NotArrived):
        settle(session, case, here, settled_on=DAY)
    travel.arrive(session, case, arrived_at=CAME, person_ids=[here_now.id], actor=udi(), at=CAME)

    settle(session, case, here, settled_on=DAY)

    assert [person.settled_on for person in people(session, case)] == [DAY, None]
    assert the_case(session, case).state is CaseState.ARRIVED
    with pytest.raises(NotArrived):
        settle(session, case, here, persons={missing.id: DAY})
    with pytest.raises(NotArrived):
        settle(session, case, here, settled_on=DAY)


def test_reception_centre_cases_are_settled_from_placed_on(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = from_a_centre(session, here, persons=2)
    first, _ = people(session, case)

    settle(session, case, here, persons={first.id: DAY})
    assert the_case(session, case).state is CaseState.PLACED
    settle(session, case, here, settled_on=DAY)

    assert the_case(session, case).state is CaseState.SETTLED
    assert counted(session, here) == (0, 2)
    assert faults(session) == {}


def test_each_date_counts_in_its_own_year_whatever_that_years_ceiling_says(
    session: Session,
) -> None:
    here = a_municipality(session, decided=5)
    case = from_a_centre(session, here, persons=3)
    first, second, third = people(session, case)

    settle(
        session,
        case,
        here,
        persons={
            first.id: date(2020, 12, 31),
            second.id: date(2021, 1, 4),
            third.id: date(2021, 1, 5),
        },
        at=NEXT_YEAR,
    )

    assert counted(session, here) == (0, 1)
    next_year = figures(session, here, year=2021)
    assert (next_year.decided_places, next_year.settled, next_year.overrun) == (None, 2, 2)
    assert faults(session) == {}


@pytest.mark.parametrize(
    ("day", "refusal"),
    [(date(2020, 6, 25), SettledInFuture), (date(2020, 4, 2), SettledTooEarly)],
)
def test_a_date_lies_between_the_decision_and_today(
    session: Session, day: date, refusal: type[Exception]
) -> None:
    here = a_municipality(session, decided=5)
    case = from_a_centre(session, here)  # placed on 3 April

    with pytest.raises(refusal):
        settle(session, case, here, settled_on=day)
    with pytest.raises(refusal):
        settle(session, case, here, persons={people(session, case)[0].id: day})

    settle(session, case, here, settled_on=date(2020, 4, 3))
    assert the_case(session, case).state is CaseState.SETTLED


def test_a_date_that_is_there_stands(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = arrived(session, here)
    first, _ = people(session, case)
    settle(session, case, here, persons={first.id: DAY})

    with pytest.raises(PersonAlready):
        settle(session, case, here, persons={first.id: date(2020, 6, 11)})
    settle(session, case, here, settled_on=DAY)
    with pytest.raises(PersonAlready):
        settle(session, case, here, settled_on=date(2020, 6, 11))


def test_a_form_names_somebody_and_only_who_is_in_the_case(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = arrived(session, here)
    stranger = people(session, arrived(session, here))[0].id

    for who in (stranger, uuid4()):
        with pytest.raises(PersonNotHere):
            settle(session, case, here, persons={who: DAY})
    for nothing in ({}, {"persons": {}}):
        with pytest.raises(Invalid):
            settle(session, case, here, **nothing)


def test_who_may_settle_is_asked_before_anything_else(session: Session) -> None:
    here, there = a_municipality(session, decided=9), a_municipality(session)
    case = a_case(session)
    booked(session, case, here)  # not arrived, which only who may settle is told

    for actor in (reader(here), auditor(), udi()):
        with pytest.raises(NotAllowed):
            settle(session, case, here, settled_on=DAY, actor=actor)
    with pytest.raises(NotFound):
        settle(session, case, here, settled_on=DAY, actor=writer(there))


def test_imdi_settles_in_the_municipalitys_place_with_a_reason(session: Session) -> None:
    here = a_municipality(session, decided=9)
    case = arrived(session, here)

    with pytest.raises(ReasonMissing):
        settle(session, case, here, settled_on=DAY, actor=officer())
    settle(session, case, here, settled_on=DAY, actor=officer(), reason="Ringt kommunen")

    assert steps(session, case)[-1].reason == "Ringt kommunen"


@pytest.mark.parametrize("how", [asked, accepted])
def test_a_case_without_a_decision_is_not_settled(session: Session, how) -> None:
    here = a_municipality(session, decided=9)
    case = a_case(session, group=Group.PRIVATE, entry=None)
    how(session, case, here)

    with pytest.raises(WrongState):
        settle(session, case, here, settled_on=DAY)


def test_the_home_it_moves_into_is_used(session: Session) -> None:
    here = a_municipality(session, decided=9)
    home = a_vacancy(session, here)
    case = a_case(session, group=Group.PRIVATE, entry=None)
    asked(session, case, here)
    commands.accept(
        session,
        case,
        settlement_week=WEEK,
        vacancy_id=home,
        actor=writer(here),
        at=NOW,
    )
    deciding.decide(session, case, actor=officer(), at=NOW)

    settle(session, case, here, settled_on=DAY)

    used = session.get_one(Vacancy, home, populate_existing=True)
    assert (used.state, used.case_id) == (VacancyState.USED, case)
    assert faults(session) == {}


def test_a_corrected_date_keeps_both_in_the_history(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = arrived(session, here)
    settle(session, case, here, settled_on=DAY)
    first, second = people(session, case)

    correct(session, case, here, persons={first.id: date(2020, 6, 11)})

    assert [person.settled_on for person in people(session, case)] == [date(2020, 6, 11), DAY]
    step = steps(session, case)[-1]
    assert (step.trigger, step.reason) == ("correct_settlement", "Feil dato")
    assert step.facts == {"dates": {str(first.id): {"from": "2020-06-10", "to": "2020-06-11"}}}
    assert the_case(session, case).state is CaseState.SETTLED
    assert counted(session, here) == (0, 2)
    assert faults(session) == {}
    assert second.settled_on == DAY


def test_a_correction_into_another_year_moves_the_persons_there_and_back(
    session: Session,
) -> None:
    here = a_municipality(session, decided=5)
    places(session, here, decided=1, year=2021)
    case = from_a_centre(session, here, persons=2)
    settle(session, case, here, settled_on=date(2020, 12, 31), at=NEXT_YEAR)

    correct(session, case, here, settled_on=date(2021, 1, 4), at=NEXT_YEAR)

    assert counted(session, here) == (0, 0)
    assert counted(session, here, 2021) == (0, 2)
    assert figures(session, here, year=2021).overrun == 1
    assert faults(session) == {}

    correct(session, case, here, settled_on=date(2020, 12, 30), at=NEXT_YEAR)

    assert counted(session, here) == (0, 2)
    assert figures(session, here, year=2021).overrun == 0
    assert faults(session) == {}


def test_a_correction_is_refused_without_reason_date_or_right(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = arrived(session, here)
    first, second = people(session, case)
    settle(session, case, here, persons={first.id: DAY})

    with pytest.raises(ReasonMissing):
        correct(session, case, here, settled_on=DAY, reason="")
    with pytest.raises(Invalid):
        correct(session, case, here)
    with pytest.raises(NotAllowed):
        correct(session, case, here, settled_on=DAY, actor=reader(here))
    with pytest.raises(PersonNotHere):
        correct(session, case, here, persons={second.id: DAY})
    with pytest.raises(SettledTooEarly):
        correct(session, case, here, settled_on=date(2020, 4, 2))
    with pytest.raises(SettledInFuture):
        correct(session, case, here, settled_on=date(2020, 7, 1))
    assert the_case(session, case).state is CaseState.ARRIVED


def test_who_has_no_date_yet_has_none_to_correct(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = arrived(session, here)

    for given in ({"settled_on": DAY}, {"persons": {}}):
        with pytest.raises((PersonNotHere, Invalid)):
            correct(session, case, here, **given)
    assert steps(session, case)[-1].trigger == "arrive"


def test_dates_come_later_than_the_decision_by_days_and_not_by_hours(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = from_a_centre(session, here)
    at = NOW + timedelta(days=2, hours=1)

    settle(session, case, here, settled_on=at.date(), at=at)

    assert the_case(session, case).state is CaseState.SETTLED
