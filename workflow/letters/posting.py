"""Sealed letters on their way out: claimed, handed to a channel, followed until they arrive.

Nothing outside is called in a transaction: a letter is claimed for a while (`lease`), the channel
is called, what came of it is written. Killed in between, the claim runs out and the next one begins
by asking the channel whether it has the letter already: its id is our reference there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, SYSTEM, Actor
from workflow.kernel.audit import Kind
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.letters.content import Addressee, content
from workflow.letters.errors import NotStuck
from workflow.letters.models import Letter, LetterDocument
from workflow.letters.states import (
    FAILED,
    FINAL,
    Channel,
    Delivery,
    LetterKind,
    LetterState,
    Recipient,
)
from workflow.letters.steps import note_all

#: Tries before a person has to look: a little over two days with the waits below.
MOST_TRIES: Final = 12
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=8)
#: Between two questions how a sent letter fares.
ASK_AGAIN: Final = timedelta(minutes=30)
#: Asked about at once.
ASKED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A sealed letter for a channel. `again`: it has been tried before, and may be there."""

    id: UUID
    number: str
    kind: LetterKind
    recipient: Recipient
    by_hand: bool
    language: str
    addressee: Addressee
    case_number: str | None
    sealed_on: str
    sha256: str
    pdf: bytes
    again: bool


def claim(session: Session, *, lease: timedelta, at: datetime) -> Outgoing | None:
    """The next letter to hand over, nobody else's for a while; None when none is due."""
    letter = session.scalar(
        select(Letter)
        .where(Letter.state == LetterState.READY, Letter.next_try_at <= at)
        .order_by(Letter.next_try_at, Letter.year, Letter.number)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if letter is None:
        return None
    tried = letter.attempts
    session.execute(
        update(Letter)
        .where(Letter.id == letter.id)
        .values(attempts=tried + 1, next_try_at=at + lease)
        .execution_options(synchronize_session=False)
    )
    document = session.execute(
        select(LetterDocument.pdf, LetterDocument.sealed_at).where(
            LetterDocument.letter_id == letter.id
        )
    ).one()
    said = content(session, letter, on=local_day(document.sealed_at))
    assert letter.sha256 is not None  # noqa: S101  the table's CHECK
    return Outgoing(
        id=letter.id,
        number=f"{letter.year}/{letter.number}",
        kind=letter.kind,
        recipient=letter.recipient,
        by_hand=letter.by_hand,
        language=letter.language,
        addressee=said.municipality,
        case_number=said.case.case_number if said.case else None,
        sealed_on=document.sealed_at.isoformat(),
        sha256=letter.sha256.hex(),
        pdf=document.pdf or b"",
        again=tried > 0,
    )


def sent(
    session: Session,
    letter_id: UUID,
    *,
    channel: Channel,
    external_id: str | None,
    delivery: Delivery,
    at: datetime,
) -> None:
    """The channel has it; told twice, the first stands."""
    handed = session.scalar(
        update(Letter)
        .where(Letter.id == letter_id, Letter.state == LetterState.READY)
        .values(
            state=LetterState.SENT,
            channel=channel,
            external_id=external_id,
            sent_at=at,
            delivery=delivery,
            delivery_at=at,
            fault=None,
            next_try_at=None if delivery in FINAL else at + ASK_AGAIN,
        )
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    )
    if handed is None:
        return
    note_all(session, [letter_id], LetterState.SENT, actor=SYSTEM, at=at)
    told = {"channel": channel, "external_id": external_id}
    _record(session, letter_id, "letter.send", told, actor=SYSTEM, at=at)


def failed(session: Session, letter_id: UUID, fault: str, *, final: bool, at: datetime) -> None:
    """The channel did not take it: it is tried again later, or a person has to look.

    Args:
        fault: a code of what went wrong.
        final: trying again would be the same again.
    """
    tries = session.scalar(
        select(Letter.attempts)
        .where(Letter.id == letter_id, Letter.state == LetterState.READY)
        .with_for_update()
    )
    if tries is None:
        return
    given_up = final or tries >= MOST_TRIES
    session.execute(
        update(Letter)
        .where(Letter.id == letter_id)
        .values(
            state=LetterState.STUCK if given_up else LetterState.READY,
            fault=fault,
            next_try_at=None if given_up else at + wait_after(tries),
        )
        .execution_options(synchronize_session=False)
    )
    note_all(session, [letter_id], fault, actor=SYSTEM, at=at)
    if given_up:
        _record(session, letter_id, "letter.stick", {"fault": fault}, actor=SYSTEM, at=at)


def wait_after(tries: int) -> timedelta:
    """Twice as long after each try."""
    return min(FIRST_WAIT * (1 << (tries - 1)), LONGEST_WAIT)


def to_ask(session: Session, *, at: datetime) -> dict[str, UUID]:
    """Sent letters whose channel is to be asked how they fare, by its name for them."""
    asked = (
        select(Letter.id)
        .where(
            Letter.state == LetterState.SENT,
            Letter.channel == Channel.SVARUT,
            Letter.next_try_at <= at,
        )
        .order_by(Letter.next_try_at)
        .limit(ASKED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(Letter)
        .where(Letter.id.in_(asked))
        .values(next_try_at=at + ASK_AGAIN)
        .returning(Letter.external_id, Letter.id)
        .execution_options(synchronize_session=False)
    )
    return {external_id: letter_id for external_id, letter_id in rows if external_id}


def heard(session: Session, told: Mapping[UUID, tuple[Delivery, datetime]], *, at: datetime) -> int:
    """How letters fare; returns for how many it is news. What failed to arrive is stuck."""
    news = 0
    for letter_id, (delivery, since) in told.items():
        lost = delivery in FAILED
        changed = session.scalar(
            update(Letter)
            .where(
                Letter.id == letter_id,
                Letter.state == LetterState.SENT,
                Letter.delivery.is_distinct_from(delivery),
            )
            .values(
                delivery=delivery,
                delivery_at=since,
                **({"state": LetterState.STUCK, "fault": f"letter.{delivery}"} if lost else {}),
                **({"next_try_at": None} if delivery in FINAL else {}),
            )
            .returning(Letter.id)
            .execution_options(synchronize_session=False)
        )
        if changed is not None:
            news += 1
            note_all(session, [letter_id], delivery, actor=SYSTEM, at=at)
            if lost:
                _record(
                    session, letter_id, "letter.stick", {"fault": delivery}, actor=SYSTEM, at=at
                )
    return news


def retry(session: Session, letter_id: UUID, *, actor: Actor, at: datetime) -> None:
    """A person has the stuck letter tried again, from now.

    Raises:
        NotAllowed: letters are IMDi's. NotFound. NotStuck.
    """
    if actor.role not in DIRECTORATE:
        raise NotAllowed("letters are sent by IMDi", role=actor.role)
    found = session.execute(
        select(Letter.state, Letter.delivery).where(Letter.id == letter_id).with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("letter")
    if found.state is not LetterState.STUCK:
        raise NotStuck(found.state)
    session.execute(
        update(Letter)
        .where(Letter.id == letter_id)
        .values(
            state=LetterState.READY,
            # What the channel lost is sent anew; what it may have taken is looked for there first.
            attempts=0 if found.delivery in FAILED else 1,
            next_try_at=at,
            channel=None,
            external_id=None,
            delivery=None,
            delivery_at=None,
            sent_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    note_all(session, [letter_id], "retry", actor=actor, at=at)
    _record(session, letter_id, "letter.retry", {"state": LetterState.READY}, actor=actor, at=at)


def _record(
    session: Session,
    letter_id: UUID,
    action: str,
    after: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    audit.record(
        session,
        audit.Change(audit.subject(Kind.LETTER, letter_id), None, after),
        action,
        actor=actor,
        at=at,
    )
