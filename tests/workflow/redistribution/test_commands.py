"""One case is withdrawn, or lapses (R11, R14, R24, R35)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    accepted,
    asked,
    auditor,
    booked,
    lead,
    officer,
    placed,
    udi,
    writer,
)
from tests.workflow.books import events, faults, figures, questions, steps, the_case
from tests.workflow.redistribution.withdrawn import NOT_POSSIBLE, POSSIBLE, withdrawn
from workflow.cases import commands as cases
from workflow.cases import settling
from workflow.cases.commands import Question
from workflow.cases.entry import record_entry
from workflow.cases.errors import LegalGroundMissing, SomeSettled, WrongState
from workflow.cases.models import Decision, Person
from workflow.cases.states import (
    CaseState,
    DistributionNext,
    DistributionState,
    Group,
    LegalGround,
    Track,
)
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.redistribution import commands
from workflow.travel import commands as travel
from workflow.travel.models import Booking
from workflow.travel.states import BookingState
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

LATER = NOW + timedelta(days=5)
GROUND = LegalGround.CONDITIONS_FAILED


def withdraw(session: Session, case_id, **given):
    return commands.withdraw(
        session,
        case_id,
        **({"reason": "Stans", "legal_ground": GROUND, "actor": officer(), "at": LATER} | given),
    )


def lapse(session: Session, case_id, **given):
    return commands.lapse(
        session, case_id, **({"reason": "Reiser ikke", "actor": udi(), "at": LATER} | given)
    )


def decisions(session: Session, case_id) -> list[Decision]:
    return list(
        session.scalars(
            select(Decision).where(Decision.case_id == case_id).order_by(Decision.at, Decision.kind)
        )
    )


def test_a_question_withdrawn_frees_places_and_home_and_reverses_nothing(
    session: Session,
) -> None:
    here = a_municipality(session, decided=5)
    home, case = a_vacancy(session, here), a_case(session, persons=3)
    cases.put_to_municipality(
        session, case, "distribute", Question(here, 2020, home), actor=officer(), at=NOW
    )

    withdraw(session, case, legal_ground=None)

    now = the_case(session, case)
    assert (now.state, now.former_municipality_id) == (CaseState.WITHDRAWN, here)
    assert (now.was_withdrawn, now.track) == (True, Track.A)
    assert figures(session, here).free == 5
    assert session.get_one(Vacancy, home, populate_existing=True).state is VacancyState.OPEN
    assert decisions(session, case) == [], "no decision had been made"
    [question] = questions(session, case)
    assert (question.state, question.outcome) == (DistributionState.WITHDRAWN, "Stans")
    assert question.next is DistributionNext.ASKED_AGAIN_FIRST
    last = events(session, case)[-1]
    assert (last.type, last.municipality_id) == ("case.withdrawn", here)
    assert last.facts == {"track": "A", "reversal": False}
    assert faults(session) == {}


def test_freed_places_are_used_in_the_same_minute(session: Session) -> None:
    here = a_municipality(session, decided=3)
    case = a_case(session, persons=3)
    asked(session, case, here)

    withdraw(session, case, at=NOW)
    asked(session, a_case(session, persons=3), here, at=NOW)

    assert figures(session, here).free == 0


@pytest.mark.parametrize("how", [placed, booked])
def test_a_decision_is_reversed_on_its_ground(session: Session, how) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    how(session, case, here)

    with pytest.raises(LegalGroundMissing):
        withdraw(session, case, legal_ground=None)
    withdraw(session, case)

    settlement, reversal = decisions(session, case)
    assert (settlement.kind, settlement.legal_ground) == ("settlement_decision", None)
    assert (reversal.kind, reversal.legal_ground, reversal.reason) == (
        "reversal_decision",
        GROUND,
        "Stans",
    )
    assert events(session, case)[-1].facts["reversal"] is True
    bookings = session.scalars(select(Booking.state).where(Booking.case_id == case)).all()
    assert set(bookings) <= {BookingState.CANCELLED}
    assert faults(session) == {}


def test_a_ground_the_law_does_not_know_is_refused(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    placed(session, case, here)

    with pytest.raises(Invalid) as refusal:
        withdraw(session, case, legal_ground="fordi")

    assert refusal.value.pointer == "/legal_ground"


def test_without_entry_the_case_is_on_track_b_and_the_municipality_is_told_to_wait(
    session: Session,
) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    accepted(session, case, here)
    record_entry(session, case, NOT_POSSIBLE, person_ids=None, actor=udi(), at=LATER)

    withdraw(session, case)

    assert the_case(session, case).track is Track.B
    assert questions(session, case)[0].next is DistributionNext.WAITS_FOR_ENTRY


def test_the_track_stands_though_entry_comes_later(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = withdrawn(session, here, track=Track.B)

    assert the_case(session, case).track is Track.B
    commands.redistribute(session, case, municipality_id=here, actor=officer(), at=LATER)

    assert the_case(session, case).state is CaseState.REDISTRIBUTED
    assert questions(session, case)[-1].again


def test_a_second_withdrawal_counts_from_the_last_municipality_and_todays_entry(
    session: Session,
) -> None:
    here, there = a_municipality(session, decided=5), a_municipality(session, decided=5)
    case = withdrawn(session, here, track=Track.B)
    asked(session, case, there)
    record_entry(session, case, POSSIBLE, person_ids=None, actor=udi(), at=LATER)

    withdraw(session, case)

    now = the_case(session, case)
    assert (now.former_municipality_id, now.track) == (there, Track.A)
    assert faults(session) == {}


def test_a_withdrawal_is_imdis_with_a_reason_and_once(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    asked(session, case, here)

    for actor in (udi(), auditor(), writer(here)):
        with pytest.raises(NotAllowed):
            withdraw(session, case, actor=actor)
    for nothing in (None, ""):
        with pytest.raises(ReasonMissing):
            withdraw(session, case, reason=nothing)
    withdraw(session, case)
    with pytest.raises(WrongState):
        withdraw(session, case)


def test_who_has_arrived_is_not_withdrawn(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    booked(session, case, here)
    came = datetime(2020, 6, 9, 13, tzinfo=UTC)
    travel.arrive(session, case, arrived_at=came, actor=udi(), at=came)

    with pytest.raises(WrongState):
        withdraw(session, case, at=came)


def test_a_household_partly_settled_stays(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, group=Group.RECEPTION_CENTRE, persons=2, entry=None)
    placed(session, case, here)
    person = session.scalars(select(Person.id).where(Person.case_id == case).limit(1)).one()
    settling.settle(session, case, persons={person: LATER.date()}, actor=writer(here), at=LATER)

    with pytest.raises(SomeSettled) as refusal:
        withdraw(session, case)
    assert refusal.value.facts == {"persons": 1}
    with pytest.raises(SomeSettled):
        lapse(session, case, actor=lead())

    assert faults(session) == {}


@pytest.mark.parametrize("how", [None, asked, accepted, placed, booked, withdrawn])
def test_a_case_lapses_from_wherever_it_is_and_its_places_are_free(session: Session, how) -> None:
    here = a_municipality(session, decided=5)
    if how is withdrawn:
        case = withdrawn(session, here)
    else:
        case = a_case(session)
        if how is not None:
            how(session, case, here)

    lapse(session, case)

    now = the_case(session, case)
    assert (now.state, now.municipality_id, now.account_id) == (CaseState.LAPSED, None, None)
    assert figures(session, here).held == 0
    step = steps(session, case)[-1]
    assert (step.trigger, step.reason, step.actor) == ("lapse", "Reiser ikke", udi().name)
    kinds = [decision.kind for decision in decisions(session, case)]
    assert kinds.count("reversal_decision") == (1 if how in (placed, booked) else 0)
    for decision in decisions(session, case):
        if decision.kind == "reversal_decision":
            assert decision.legal_ground is LegalGround.CONDITIONS_FAILED
    if how in (asked, accepted, placed, booked):
        [question] = questions(session, case)
        assert (question.state, question.next) == (
            DistributionState.LAPSED,
            DistributionNext.NONE,
        )
    assert faults(session) == {}


def test_a_lapse_is_imdis_and_udis_with_a_reason_and_once(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    asked(session, case, here)
    centre = a_case(session, group=Group.RECEPTION_CENTRE, entry=None)

    with pytest.raises(ReasonMissing):
        lapse(session, case, reason="")
    for actor in (auditor(), writer(here)):
        with pytest.raises(NotAllowed):
            lapse(session, case, actor=actor)
    with pytest.raises(NotFound):
        lapse(session, centre, actor=udi())
    lapse(session, centre, actor=lead())
    with pytest.raises(WrongState):
        lapse(session, centre, actor=lead())
