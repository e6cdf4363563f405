"""Letters as tests make them: the steps of the worker, one by one, without laying out a page."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW
from workflow.letters import making, sealing
from workflow.letters.content import Content
from workflow.letters.models import Letter, LetterProgress
from workflow.municipalities.models import Municipality
from workflow.municipalities.states import LetterLanguage

WINDOW = timedelta(minutes=30)
#: When what `factories.placed` has decided may leave.
LATER = NOW + timedelta(days=4)


def as_text(letter: Content) -> bytes:
    return f"%PDF {letter.kind} {letter.number}".encode()


def make(session: Session, *, at: datetime = LATER) -> int:
    return making.make(session, window=WINDOW, at=at)


def letters(session: Session) -> list[Letter]:
    """All there are, in the order they would be numbered."""
    session.expire_all()
    found = select(Letter).order_by(Letter.leaves_at, Letter.kind, Letter.recipient)
    return list(session.scalars(found))


def seal_all(session: Session, *, at: datetime = LATER) -> int:
    """Make, number and seal what is due; returns how many were sealed."""
    make(session, at=at)
    making.recall_undone(session, at=at)
    sealing.number_due(session, at=at)
    sealed = 0
    while sealing.seal_next(session, as_text, at=at):
        sealed += 1
    return sealed


def from_here(session: Session) -> None:
    """What stands in the shared database already is nobody's letter."""
    making.start_here(session)
    assert session.scalar(select(LetterProgress.done)) is not None


def writes(session: Session, municipality_id: int, language: LetterLanguage) -> None:
    session.execute(
        update(Municipality)
        .where(Municipality.id == municipality_id)
        .values(letter_language=language)
    )
