"""What has happened becomes letters: once, to those it concerns, in their language."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    asked,
    booked,
    lead,
    officer,
    placed,
    udi,
)
from tests.workflow.letters.made import LATER, WINDOW, letters, make, seal_all, writes
from workflow.cases import protected
from workflow.cases.states import LegalGround, Protection
from workflow.kernel.errors import NotAllowed
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.letters.content import content
from workflow.letters.errors import NothingToSend
from workflow.letters.languages import Language, of_reader
from workflow.letters.requests import without_letter, write_requests
from workflow.letters.states import LetterKind, LetterState, Recipient
from workflow.municipalities.states import LetterLanguage
from workflow.redistribution import commands, withdrawal_runs
from workflow.travel import commands as travel


def test_a_decision_is_told_to_the_municipality_in_its_language_and_to_the_refugee(session):
    here = a_municipality(session, decided=9)
    writes(session, here, LetterLanguage.NYNORSK)
    case = a_case(session)
    placed(session, case, here)

    made = make(session)

    to_municipality, to_refugee = letters(session)
    assert made == 2
    assert (to_municipality.kind, to_municipality.recipient) == (
        LetterKind.SETTLEMENT,
        Recipient.MUNICIPALITY,
    )
    assert (to_municipality.language, to_municipality.reading_language) == (Language.NYNORSK, None)
    assert (to_refugee.recipient, to_refugee.language) == (Recipient.REFUGEE, Language.NYNORSK)
    assert to_refugee.reading_language is Language.ENGLISH
    assert (to_refugee.by_hand, to_municipality.by_hand) == (True, False)
    assert to_municipality.leaves_at == NOW + timedelta(days=2) + WINDOW
    assert {one.state for one in letters(session)} == {LetterState.WAITING}


def test_an_event_gives_its_letters_once_however_often_it_is_read(session):
    placed(session, a_case(session), a_municipality(session, decided=9))

    assert [make(session), make(session), make(session)] == [2, 0, 0]


@pytest.mark.parametrize(
    ("reads", "found"),
    [
        (["ar", "en"], Language.ENGLISH),
        (["sw"], Language.ENGLISH),
        ([], Language.ENGLISH),
        (["nb", "en"], None),
    ],
)
def test_a_refugee_is_written_to_in_a_language_there_is_a_text_in(reads, found):
    assert of_reader(LetterKind.REVERSAL, reads) is found


def test_a_withdrawal_before_the_decision_closes_the_question_and_reverses_nothing(session):
    here = a_municipality(session, decided=9)
    case = a_case(session)
    asked(session, case, here)
    commands.withdraw(session, case, reason="Stopp", legal_ground=None, actor=officer(), at=LATER)

    make(session)

    [notice] = letters(session)
    said = content(session, notice, on=LATER.date())
    assert notice.kind is LetterKind.WITHDRAWAL
    assert said.case is not None
    assert (said.case.reason, said.case.persons, said.case.persons_count) == ("Stopp", (), 2)
    assert said.case.track == "A"


def test_a_withdrawal_after_the_decision_reverses_it_with_its_legal_ground(session):
    here = a_municipality(session, decided=9)
    case = a_case(session, name="Amina Test-Hassan")
    placed(session, case, here)
    make(session)
    commands.withdraw(
        session,
        case,
        reason="Stopp",
        legal_ground=LegalGround.CONDITIONS_FAILED,
        actor=officer(),
        at=LATER,
    )

    make(session)

    *_, to_municipality, to_refugee = letters(session)
    said = content(session, to_municipality, on=LATER.date())
    assert to_municipality.kind is to_refugee.kind is LetterKind.REVERSAL
    assert to_refugee.recipient is Recipient.REFUGEE
    assert said.case is not None
    assert said.case.legal_ground is LegalGround.CONDITIONS_FAILED
    assert said.case.persons[0].name == "Amina Test-Hassan"


def test_many_withdrawals_are_many_letters_in_the_same_few_statements(session, statements):
    here = a_municipality(session, decided=99)
    cases = [a_case(session) for _ in range(6)]
    for case in cases[:2]:
        asked(session, case, here)
    with statements() as few:
        make(session)
    for case in cases[2:]:
        asked(session, case, here)
    run = _run(session)

    with statements() as many:
        made = make(session, at=run.confirmed_at)

    assert made == 6
    assert len(many) <= len(few) + 1


def test_letters_of_an_undone_run_never_leave_and_take_no_number(session):
    here = a_municipality(session, decided=9)
    gone, stays = a_case(session), a_case(session)
    asked(session, gone, here)
    placed(session, stays, here)
    run = _run(session)
    make(session, at=run.confirmed_at)
    withdrawal_runs.undo(session, run.id, actor=lead(), at=run.confirmed_at + timedelta(minutes=5))

    sealed = seal_all(session, at=LATER + timedelta(days=1))

    assert sealed == 2
    assert {(one.kind, one.state, one.number) for one in letters(session)} == {
        (LetterKind.SETTLEMENT, LetterState.READY, 1),
        (LetterKind.SETTLEMENT, LetterState.READY, 2),
        (LetterKind.WITHDRAWAL, LetterState.RECALLED, None),
        (LetterKind.REVERSAL, LetterState.RECALLED, None),
    }


def test_an_undo_is_heard_also_by_a_letter_made_after_it(session):
    here = a_municipality(session, decided=9)
    asked(session, a_case(session), here)
    run = _run(session)
    withdrawal_runs.undo(session, run.id, actor=lead(), at=run.confirmed_at + timedelta(minutes=5))

    assert make(session, at=run.confirmed_at) == 0


def test_a_booking_that_moves_within_the_window_is_told_of_once_as_it_is(session):
    here = a_municipality(session, decided=9)
    case = a_case(session)
    booking = booked(session, case, here)
    make(session)
    travel.reschedule(
        session,
        booking,
        arrives_at=NOW + timedelta(days=60),
        flight="DY1",
        reason="Innstilt",
        actor=udi(),
        at=NOW + timedelta(days=3, minutes=5),
    )

    seal_all(session)

    arrivals = [one for one in letters(session) if one.kind is LetterKind.ARRIVAL]
    assert [(one.state, one.facts["version"]) for one in arrivals] == [
        (LetterState.RECALLED, 1),
        (LetterState.READY, 2),
    ]
    said = content(session, arrivals[1], on=LATER.date())
    assert said.arrival is not None
    assert (said.arrival.flight, said.arrival.again) == ("DY1", True)


def test_a_letter_about_a_protected_address_is_handed_over_by_a_person(session):
    here = a_municipality(session, decided=9)
    case = a_case(session)
    asked(session, case, here)
    protected.protect(
        session, case, Protection.CONFIDENTIAL, reason="Trussel", actor=lead(), at=NOW
    )
    named = replace(officer(), user_id=7)
    protected.name_person(session, case, 7, reason="Følger saken", actor=lead(), at=NOW)
    commands.withdraw(session, case, reason="Stopp", legal_ground=None, actor=named, at=LATER)

    make(session)

    assert [one.by_hand for one in letters(session)] == [True]


def test_events_that_are_no_letters_of_ours_give_none(session):
    here = a_municipality(session, decided=9)
    case = a_case(session)
    asked(session, case, here)
    publish(session, Event("travel.booked", case, here, {}), at=NOW)

    assert make(session) == 0


def test_each_request_of_a_year_has_one_letter_and_an_adjusted_one_another(session, asked_for):
    here = a_municipality(session)
    writes(session, here, LetterLanguage.NYNORSK)
    asked_for(here, original_request=25)
    first = write_requests(session, 2031, window=WINDOW, actor=lead(), at=NOW)
    with pytest.raises(NothingToSend):
        write_requests(session, 2031, window=WINDOW, actor=lead(), at=NOW)

    asked_for(here, adjusted_request=17)
    waiting = without_letter(session, 2031, actor=lead())
    write_requests(session, 2031, window=WINDOW, actor=lead(), at=LATER)

    request, adjusted = (one for one in letters(session) if one.holder_id == here)
    assert (first, waiting) == (1, 1)
    assert (request.kind, adjusted.kind) == (LetterKind.REQUEST, LetterKind.ADJUSTED_REQUEST)
    said = content(session, adjusted, on=LATER.date()).request
    assert said is not None
    assert (said.year, said.original, said.adjusted) == (2031, 25, 17)
    assert adjusted.language is Language.NYNORSK


def test_only_the_lead_asks_municipalities(session):
    with pytest.raises(NotAllowed):
        write_requests(session, 2031, window=WINDOW, actor=officer(), at=NOW)


def _run(session: Session):
    made = withdrawal_runs.preview(
        session,
        before=LATER.date(),
        reason="Grensen er stengt",
        legal_ground=LegalGround.CONDITIONS_FAILED,
        actor=lead(),
        at=LATER,
    )
    return withdrawal_runs.confirm(
        session, made.id, made.token, actor=lead(), at=LATER, undo_window=WINDOW
    )
