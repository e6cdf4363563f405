"""Letters are made of what has happened: a few statements for any number of events.

Each event gives its letters once: (`source`, recipient) is their key, so a maker that is killed, or
comes twice, leaves none out and makes none double. They then wait in the undo window.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Text,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import case as sql_case
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from workflow.cases.events import CaseEvent
from workflow.cases.models import Case, Decision, Person
from workflow.cases.states import DecisionKind, Protection
from workflow.kernel.actor import SYSTEM
from workflow.kernel.outbox import OutboxMessage
from workflow.letters.languages import of_municipality, of_reader
from workflow.letters.models import Letter, LetterProgress
from workflow.letters.states import LetterKind, LetterState, Recipient
from workflow.letters.steps import note_all
from workflow.municipalities.models import Municipality
from workflow.travel.events import TravelEvent
from workflow.travel.models import Booking
from workflow.travel.states import BookingState

#: Events that may give letters.
TELLS: Final = (
    CaseEvent.PLACED,
    CaseEvent.WITHDRAWN,
    CaseEvent.LAPSED,
    TravelEvent.BOOKED,
    TravelEvent.RESCHEDULED,
)
#: Events read at once.
BATCH: Final = 500
_BOTH: Final = (Recipient.MUNICIPALITY, Recipient.REFUGEE)
_restored, _Decided = aliased(OutboxMessage), aliased(Decision)


def make(session: Session, *, window: timedelta, at: datetime) -> int:
    """Make the letters of events that have none yet; returns how many were made.

    Whoever holds the progress row makes them; another maker passes by.

    Args:
        window: how long a letter waits at least after its event, to be undone or overtaken.
    """
    progress = session.execute(
        select(
            LetterProgress.done, LetterProgress.seen, LetterProgress.seen_before
        ).with_for_update(skip_locked=True)
    ).one_or_none()
    if progress is None:
        return 0
    now = _transactions(session)
    rows = session.execute(
        _EVENTS.where(OutboxMessage.id > progress.done).order_by(OutboxMessage.id).limit(BATCH)
    ).all()
    reads = _languages_of_readers(session, rows)
    letters = [letter for row in rows for letter in _letters_of(row, reads, window, at)]
    made = 0
    if letters:
        written = upsert(Letter).values(letters).on_conflict_do_nothing().returning(Letter.id)
        made = len(session.scalars(written).all())
    if len(rows) < BATCH and now.oldest > progress.seen_before:
        _go_on(session, progress.seen, now)
    return made


def recall_undone(session: Session, *, at: datetime) -> int:
    """Letters whose event was called back while they waited do not leave; returns how many."""
    back = session.scalars(
        update(Letter)
        .where(
            Letter.state == LetterState.WAITING,
            Letter.outbox_id == OutboxMessage.id,
            or_(OutboxMessage.recalled_at.is_not(None), UNDONE),
        )
        .values(state=LetterState.RECALLED)
        .returning(Letter.id)
        .execution_options(synchronize_session=False)
    ).all()
    note_all(session, back, LetterState.RECALLED, actor=SYSTEM, at=at)
    return len(back)


#: The run of a letter's event was undone for its case, after the event had been taken.
UNDONE: ColumnElement[bool] = and_(
    Letter.run_id.is_not(None),
    exists().where(
        _restored.run_id == Letter.run_id,
        _restored.case_id == Letter.case_id,
        _restored.type == CaseEvent.RESTORED,
    ),
)
#: The decision of the event, where it made one.
_DECISION = and_(
    _Decided.case_id == OutboxMessage.case_id,
    _Decided.at == OutboxMessage.at,
    _Decided.kind
    == sql_case(
        (OutboxMessage.type == CaseEvent.PLACED, DecisionKind.SETTLEMENT),
        else_=DecisionKind.REVERSAL,
    ),
)
_HAS_LETTER = exists().where(Letter.outbox_id == OutboxMessage.id)
_EVENTS = (
    select(
        OutboxMessage.id,
        OutboxMessage.type,
        OutboxMessage.case_id,
        OutboxMessage.municipality_id,
        OutboxMessage.run_id,
        OutboxMessage.facts,
        OutboxMessage.at,
        OutboxMessage.leaves_at,
        Case.address_protection,
        Case.case_number,
        Municipality.letter_language,
        _Decided.id.label("decision_id"),
    )
    .join(Case, Case.id == OutboxMessage.case_id)
    .join(Municipality, Municipality.id == OutboxMessage.municipality_id)
    .outerjoin(_Decided, _DECISION)
    .where(
        OutboxMessage.type.in_(TELLS),
        OutboxMessage.recalled_at.is_(None),
        ~_HAS_LETTER,
        # A case that lapses before anything was decided is told of by notice alone.
        or_(OutboxMessage.type != CaseEvent.LAPSED, _Decided.id.is_not(None)),
        # A settlement is told of by its decision, an arrival by its booking.
        or_(OutboxMessage.type != CaseEvent.PLACED, _Decided.id.is_not(None)),
        or_(
            OutboxMessage.type.not_in((TravelEvent.BOOKED, TravelEvent.RESCHEDULED)),
            OutboxMessage.facts.has_key("booking_id"),
        ),
    )
)


def _letters_of(
    row: Row[Any], reads: dict[UUID, list[str]], window: timedelta, at: datetime
) -> Iterator[dict[str, Any]]:
    """The letters of one event: who is written to, in which language."""
    kind, recipients = _kind_of(row)
    protected = row.address_protection is not Protection.NONE
    facts = {"case_number": row.case_number, "at": row.at.isoformat()}
    if row.decision_id is not None:
        facts["decision_id"] = str(row.decision_id)
    facts |= {name: row.facts[name] for name in _KEPT[kind] if name in row.facts}
    if kind is LetterKind.ARRIVAL and row.type == TravelEvent.RESCHEDULED:
        facts["again"] = True
    for recipient in recipients:
        to_municipality = recipient is Recipient.MUNICIPALITY
        yield {
            "source": f"outbox:{row.id}",
            "outbox_id": row.id,
            "kind": kind,
            "recipient": recipient,
            "municipality_id": row.municipality_id,
            "holder_id": row.municipality_id if to_municipality else None,
            "case_id": row.case_id,
            "run_id": row.run_id,
            "facts": facts,
            "language": of_municipality(row.letter_language),
            "reading_language": None
            if to_municipality
            else of_reader(kind, reads.get(row.case_id, [])),
            "by_hand": protected or not to_municipality,
            "made_at": at,
            "leaves_at": max(row.leaves_at, row.at + window),
        }


def _kind_of(row: Row[Any]) -> tuple[LetterKind, tuple[Recipient, ...]]:
    """Decisions are told to both; what only closes a question, or says who comes, to the asked."""
    if row.type == CaseEvent.PLACED:
        return LetterKind.SETTLEMENT, _BOTH
    if row.type in {TravelEvent.BOOKED, TravelEvent.RESCHEDULED}:
        return LetterKind.ARRIVAL, (Recipient.MUNICIPALITY,)
    if row.decision_id is not None:
        return LetterKind.REVERSAL, _BOTH
    return LetterKind.WITHDRAWAL, (Recipient.MUNICIPALITY,)


#: What of an event's facts a letter tells.
_KEPT: Final[dict[LetterKind, tuple[str, ...]]] = {
    LetterKind.SETTLEMENT: ("settlement_week",),
    LetterKind.REVERSAL: ("track",),
    LetterKind.WITHDRAWAL: ("track",),
    LetterKind.ARRIVAL: ("booking_id", "version"),
}


def _languages_of_readers(session: Session, rows: Sequence[Row[Any]]) -> dict[UUID, list[str]]:
    """What the people of cases with a decision read, the first person's languages first."""
    case_ids = {row.case_id for row in rows if row.decision_id is not None}
    if not case_ids:
        return {}
    found = session.execute(
        select(Person.case_id, Person.languages)
        .where(Person.case_id.in_(case_ids), Person.left_on.is_(None))
        .order_by(Person.case_id, Person.position)
    )
    return {
        case_id: [code for person in persons for code in person.languages]
        for case_id, persons in groupby(found, key=lambda row: row.case_id)
    }


def _transactions(session: Session) -> Row[Any]:
    """The last event there is, and which transactions still run; asked before events are read."""
    return session.execute(
        select(
            cast(cast(func.pg_snapshot_xmin(func.pg_current_snapshot()), Text), BigInteger).label(
                "oldest"
            ),
            cast(cast(func.pg_snapshot_xmax(func.pg_current_snapshot()), Text), BigInteger).label(
                "next"
            ),
            func.coalesce(select(func.max(OutboxMessage.id)).scalar_subquery(), 0).label("last"),
        )
    ).one()


def _go_on(session: Session, seen: int, now: Row[Any]) -> None:
    """What was seen a round ago is done: every transaction that then ran has ended.

    Events are written by transactions that have locked their case before, and so have their place
    among the transactions before the event has its number.
    """
    session.execute(
        update(LetterProgress)
        .where(or_(LetterProgress.seen != now.last, LetterProgress.done != seen))
        .values(done=seen, seen=now.last, seen_before=now.next)
        .execution_options(synchronize_session=False)
    )


def overtaken() -> ColumnElement[bool]:
    """Waiting letters that say what is no longer so: a decision annulled, a booking moved on."""
    decided = exists().where(
        cast(Decision.id, Text) == Letter.facts["decision_id"].astext,
        Decision.annulled_at.is_not(None),
    )
    booked = exists().where(
        cast(Booking.id, Text) == Letter.facts["booking_id"].astext,
        or_(
            Booking.state != BookingState.BOOKED,
            Booking.version != Letter.facts["version"].as_integer(),
        ),
    )
    called_back = exists().where(
        OutboxMessage.id == Letter.outbox_id, OutboxMessage.recalled_at.is_not(None)
    )
    return or_(decided, booked, called_back, UNDONE)


def start_here(session: Session) -> None:
    """What has happened until now has its letters elsewhere, or none."""
    last = select(func.coalesce(func.max(OutboxMessage.id), 0)).scalar_subquery()
    session.execute(
        update(LetterProgress)
        .values(done=last, seen=last, seen_before=text("0"))
        .execution_options(synchronize_session=False)
    )
