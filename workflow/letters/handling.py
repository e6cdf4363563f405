"""What a person does with a letter: stops one that waits, hands over one that no channel takes."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, Actor
from workflow.kernel.audit import Kind
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.letters.errors import NotByHand, NotStopped, NotWaiting
from workflow.letters.models import Letter
from workflow.letters.queries import visible
from workflow.letters.states import HANDED, Delivery, LetterState, StopReason
from workflow.letters.steps import note_all


def stop(
    session: Session, letter_id: UUID, reason: StopReason, *, actor: Actor, at: datetime
) -> None:
    """A letter in the undo window does not leave; what it tells of stands.

    Raises:
        NotAllowed: letters are IMDi's. NotFound. NotWaiting: it has its number.
    """
    (found,) = _locked(session, [letter_id], actor)
    if found.state is not LetterState.WAITING:
        raise NotWaiting(found.state)
    _write(session, [letter_id], state=LetterState.STOPPED)
    note_all(session, [letter_id], LetterState.STOPPED, reason=reason, actor=actor, at=at)
    told = {"state": LetterState.STOPPED, "reason": reason}
    _record(session, [letter_id], "letter.stop", told, actor=actor, at=at)


def let_go(
    session: Session, letter_id: UUID, *, window: timedelta, actor: Actor, at: datetime
) -> None:
    """A stopped letter waits again, for a whole window from now.

    Raises:
        NotAllowed; NotFound. NotStopped.
    """
    (found,) = _locked(session, [letter_id], actor)
    if found.state is not LetterState.STOPPED:
        raise NotStopped(found.state)
    leaves_at = max(found.leaves_at, at + window)
    _write(session, [letter_id], state=LetterState.WAITING, leaves_at=leaves_at)
    note_all(session, [letter_id], LetterState.WAITING, actor=actor, at=at)
    told = {"state": LetterState.WAITING}
    _record(session, [letter_id], "letter.let_go", told, actor=actor, at=at)


def hand_over(
    session: Session,
    letter_ids: Collection[UUID],
    how: Delivery,
    *,
    on: date,
    actor: Actor,
    at: datetime,
) -> None:
    """Letters that no channel takes were handed over or posted; all of them, or none.

    Said again, the last word stands, and history has both.

    Args:
        how: one of `HANDED`.
        on: the day, which has been.

    Raises:
        NotAllowed; NotFound. NotByHand: a channel has one of them. Invalid: none is named, or the
            day is still to come.
    """
    if not letter_ids:
        raise Invalid("no letter is named", pointer="/letters")
    if how not in HANDED:
        raise Invalid("not a way to hand over", pointer="/how", expected=", ".join(HANDED))
    if on > local_day(at):
        raise Invalid("the day is still to come", pointer="/on", expected="today or earlier")
    for found in _locked(session, letter_ids, actor):
        if not found.by_hand or found.state is not LetterState.SENT:
            raise NotByHand(found.state)
    _write(session, letter_ids, delivery=how, delivery_at=at, handed_on=on)
    note_all(session, letter_ids, how, actor=actor, at=at)
    told = {"delivery": how, "on": on.isoformat()}
    _record(session, letter_ids, "letter.hand_over", told, actor=actor, at=at)


def _locked(session: Session, letter_ids: Collection[UUID], actor: Actor) -> Sequence[Any]:
    if actor.role not in DIRECTORATE:
        raise NotAllowed("letters are IMDi's", role=actor.role)
    found = session.execute(
        select(Letter.state, Letter.leaves_at, Letter.by_hand)
        .where(Letter.id.in_(letter_ids), visible(actor))
        .order_by(Letter.id)
        .with_for_update()
    ).all()
    if len(found) < len(set(letter_ids)):
        raise NotFound("letter")
    return found


def _write(session: Session, letter_ids: Collection[UUID], **values: Any) -> None:
    session.execute(
        update(Letter)
        .where(Letter.id.in_(letter_ids))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _record(
    session: Session,
    letter_ids: Collection[UUID],
    action: str,
    after: audit.Values,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    changes = [
        audit.Change(audit.subject(Kind.LETTER, letter_id), None, after)
        for letter_id in sorted(letter_ids)
    ]
    audit.record_all(session, changes, action, actor=actor, at=at)
