"""A series without gaps, documents nobody changes, and the digest in the audit."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError

from tests.factories import NOW, a_case, a_municipality, placed
from tests.workflow.letters.made import LATER, as_text, letters, make, seal_all
from workflow.kernel.audit import AuditEntry, Kind, subject
from workflow.letters import making, sealing
from workflow.letters.content import content
from workflow.letters.heirs import hand_over
from workflow.letters.models import Letter, LetterDocument
from workflow.letters.states import LetterState
from workflow.privacy import erasing
from workflow.privacy.models import Erasure


@pytest.fixture
def here(session):
    return a_municipality(session, decided=99)


def decided(session, here, *, cases=1, at=NOW):
    """So many decisions, each two letters; the cases."""
    made = [a_case(session, name="Amina Test-Hassan", at=at) for _ in range(cases)]
    for case in made:
        placed(session, case, here, at=at)
    return made


def test_numbers_follow_each_other_whatever_was_recalled_between(session, here):
    first = placed(session, a_case(session), here)
    decided(session, here)
    make(session)
    session.execute(
        update(Letter).where(Letter.case_id == first.id).values(state=LetterState.RECALLED)
    )

    seal_all(session)
    decided(session, here, cases=2, at=NOW + timedelta(days=2))
    seal_all(session, at=LATER + timedelta(days=2))

    numbers = [one.number for one in letters(session) if one.number is not None]
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    assert {one.year for one in letters(session) if one.number} == {2020}


def test_nothing_is_numbered_while_it_can_be_undone(session, here):
    decided(session, here)
    make(session, at=NOW)
    closes = letters(session)[0].leaves_at

    numbered = [
        sealing.number_due(session, at=at)
        for at in (closes - timedelta(minutes=1), closes, closes + sealing.GRACE)
    ]

    assert numbered == [0, 0, 2]


def test_the_digest_is_of_the_document_and_stands_in_the_audit(session, here):
    decided(session, here)
    seal_all(session)
    letter = letters(session)[0]

    pdf = session.scalar(select(LetterDocument.pdf).where(LetterDocument.letter_id == letter.id))
    told = session.scalars(
        select(AuditEntry.after).where(AuditEntry.subject == subject(Kind.LETTER, letter.id))
    ).all()

    assert letter.sha256 == hashlib.sha256(pdf).digest()
    assert told == [
        {"number": "2020/1", "kind": letter.kind, "sha256": letter.sha256.hex()},
    ]


@pytest.mark.parametrize(
    "change",
    [
        update(Letter).values(number=99),
        update(Letter).values(sha256=b"x"),
        update(Letter).values(facts={}),
        update(Letter).values(case_id=None),
        delete(Letter),
        update(LetterDocument).values(pdf=b"x"),
        delete(LetterDocument),
    ],
    ids=lambda change: str(change).replace("\n", " ")[:40],
)
def test_a_sealed_letter_cannot_be_changed_or_removed(session, here, change):
    decided(session, here)
    seal_all(session)

    with pytest.raises((IntegrityError, ProgrammingError)), session.begin_nested():
        session.execute(change.execution_options(synchronize_session=False))

    assert {one.state for one in letters(session)} == {LetterState.READY}


def test_a_letter_that_cannot_be_written_lets_the_next_one_go(session, here):
    decided(session, here)
    make(session)
    sealing.number_due(session, at=LATER)

    def render(letter):
        if letter.number == "2020/1":
            raise RuntimeError("no such glyph")
        return as_text(letter)

    with pytest.raises(sealing.CannotWrite) as fault:
        sealing.seal_next(session, render, at=LATER)
    sealing.put_off(session, fault.value.letter_id, at=LATER)
    sealed = sealing.seal_next(session, render, at=LATER)

    assert sealed not in {None, fault.value.letter_id}
    assert sealing.seal_next(session, as_text, at=LATER) is None
    assert sealing.seal_next(session, as_text, at=LATER + sealing.PUT_OFF) is not None


def test_what_the_letter_says_is_of_the_day_it_is_sealed(session, here):
    decided(session, here)
    make(session)

    said = content(session, letters(session)[0], on=LATER.date())

    assert said.number is None
    assert said.on == LATER.date()
    assert said.case is not None
    assert said.case.decided_on == (NOW + timedelta(days=2)).date()
    assert [person.name for person in said.case.persons] == ["Amina Test-Hassan", None]


def test_the_document_goes_with_the_people_and_its_digest_stays(session, here):
    [case] = decided(session, here)
    seal_all(session)
    session.execute(
        insert(Erasure).values(
            case_id=case,
            rule="idle",
            state="approved",
            case_version=1,
            proposed_at=NOW,
            settled_at=NOW,
            settled_by="Liv Leder",
        )
    )

    erasing.erase_case(session, case, at=LATER)

    gone = session.scalars(select(LetterDocument.pdf)).all()
    assert gone == [None, None]
    assert all(one.sha256 for one in letters(session))


def test_the_successor_keeps_the_archive_and_gets_what_still_waits(session, here):
    decided(session, here)
    seal_all(session)
    decided(session, here, at=NOW + timedelta(days=5))
    make(session, at=LATER + timedelta(days=5))
    heir = a_municipality(session)

    hand_over(session, [here], heir)

    mine = [one for one in letters(session) if one.holder_id == heir]
    assert [(one.state, one.municipality_id) for one in mine] == [
        (LetterState.READY, here),
        (LetterState.WAITING, heir),
    ]


def test_events_that_are_read_once_are_not_read_again(committed):
    """With real commits: what every transaction has left behind is passed."""
    from app.db import transaction

    with transaction(committed.sessions) as session:
        placed(session, a_case(session), a_municipality(session, decided=9))
    for _ in range(3):
        with transaction(committed.sessions) as session:
            making.make(session, window=timedelta(), at=LATER)

    with transaction(committed.sessions) as session:
        done = session.scalar(text("SELECT done FROM letter_progress"))
        last = session.scalar(text("SELECT max(id) FROM outbox"))
        made = session.scalar(select(func.count()).select_from(Letter))
    assert (done, made) == (last, 2)
