"""From the undo window into the series: a number, a document, a digest, and then nothing changes.

Numbers are given to all that is due in one statement, under the series' own lock: none is left out,
for a numbered letter is always sealed, by whichever worker comes next.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Integer, Uuid, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import SYSTEM
from workflow.kernel.audit import Kind
from workflow.kernel.calendar import local_day
from workflow.kernel.db import rows_of
from workflow.letters.content import Content, content
from workflow.letters.making import overtaken
from workflow.letters.models import Letter, LetterDocument, LetterSeries
from workflow.letters.states import LetterState
from workflow.letters.steps import note_all

#: Makes the document of a letter: the PDF.
Render = Callable[[Content], bytes]
#: After the window closes, for an undo that began just before to be through.
GRACE: Final = timedelta(minutes=2)
#: Until a letter whose document could not be made is tried again.
PUT_OFF: Final = timedelta(minutes=30)
UNWRITTEN: Final = "letter.cannot_be_written"
#: Numbered at once.
BATCH: Final = 1000


def number_due(session: Session, *, at: datetime) -> int:
    """Give numbers to the letters whose window has closed; returns how many.

    What has been undone or overtaken meanwhile is recalled instead: asked once more, just before.
    """
    due = (
        select(Letter.id)
        .where(Letter.state == LetterState.WAITING, Letter.leaves_at <= at - GRACE)
        .order_by(Letter.leaves_at, Letter.outbox_id, Letter.source, Letter.recipient)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    ids = session.scalars(due).all()
    if not ids:
        return 0
    recalled = session.scalars(
        update(Letter)
        .where(Letter.id.in_(ids), overtaken())
        .values(state=LetterState.RECALLED)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).all()
    note_all(session, recalled, LetterState.RECALLED, actor=SYSTEM, at=at)
    gone = set(recalled)
    _number(session, [one for one in ids if one not in gone], at)
    return len(ids) - len(gone)


def _number(session: Session, ids: list[UUID], at: datetime) -> None:
    if not ids:
        return
    year = local_day(at).year
    last = session.scalar(
        upsert(LetterSeries)
        .values(year=year, last=len(ids))
        .on_conflict_do_update(index_elements=["year"], set_={"last": LetterSeries.last + len(ids)})
        .returning(LetterSeries.last)
    )
    assert last is not None  # noqa: S101  one row, written or changed
    first = last - len(ids) + 1
    given = rows_of(
        "given",
        {"id": (ids, Uuid()), "number": (list(range(first, last + 1)), Integer())},
    )
    session.execute(
        update(Letter)
        .where(Letter.id == given.c.id)
        .values(state=LetterState.NUMBERED, year=year, number=given.c.number)
        .execution_options(synchronize_session=False)
    )
    note_all(session, ids, LetterState.NUMBERED, actor=SYSTEM, at=at)


class CannotWrite(Exception):
    """A letter's document could not be made; it is put off, so that the others go on."""

    def __init__(self, letter_id: UUID) -> None:
        super().__init__(str(letter_id))
        self.letter_id = letter_id


def put_off(session: Session, letter_id: UUID, *, at: datetime) -> None:
    """Try to make the document again in a while; until then people see that it stands still."""
    session.execute(
        update(Letter)
        .where(Letter.id == letter_id, Letter.state == LetterState.NUMBERED)
        .values(fault=UNWRITTEN, next_try_at=at + PUT_OFF)
        .execution_options(synchronize_session=False)
    )
    note_all(session, [letter_id], UNWRITTEN, actor=SYSTEM, at=at)


def seal_next(session: Session, render: Render, *, at: datetime) -> UUID | None:
    """Make and keep the document of the next numbered letter that is nobody else's; returns it.

    Raises:
        CannotWrite: its document cannot be made, for whatever reason.
    """
    letter = session.scalar(
        select(Letter)
        .where(
            Letter.state == LetterState.NUMBERED,
            or_(Letter.next_try_at.is_(None), Letter.next_try_at <= at),
        )
        .order_by(Letter.year, Letter.number)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if letter is None:
        return None
    try:
        pdf = render(content(session, letter, on=local_day(at)))
    except Exception as fault:
        raise CannotWrite(letter.id) from fault
    digest = hashlib.sha256(pdf).digest()
    session.execute(
        insert(LetterDocument).values(letter_id=letter.id, pdf=pdf, size=len(pdf), sealed_at=at)
    )
    session.execute(
        update(Letter)
        .where(Letter.id == letter.id)
        .values(state=LetterState.READY, sha256=digest, next_try_at=at, fault=None)
        .execution_options(synchronize_session=False)
    )
    note_all(session, [letter.id], LetterState.READY, actor=SYSTEM, at=at)
    told = {
        "number": f"{letter.year}/{letter.number}",
        "kind": letter.kind,
        "sha256": digest.hex(),
    }
    audit.record(
        session,
        audit.Change(audit.subject(Kind.LETTER, letter.id), None, told),
        "letter.seal",
        actor=SYSTEM,
        at=at,
    )
    return letter.id
