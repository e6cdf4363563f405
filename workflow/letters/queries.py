"""The letters an actor may see: IMDi all, the auditor too, a municipality those it has got."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from workflow.cases.queries import named_for, not_protected
from workflow.kernel.actor import READS_ALL_CASES, Actor, Role
from workflow.kernel.calendar import is_working_day, local_day
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
from workflow.kernel.sorting import Columns, Sorted, moment, number, place, text
from workflow.letters.languages import Language
from workflow.letters.models import Letter, LetterStep
from workflow.letters.states import (
    HANDED,
    ON_PAPER,
    UNOPENED,
    Channel,
    Delivery,
    LetterKind,
    LetterState,
    Recipient,
    StopReason,
)
from workflow.municipalities.models import Municipality

_ORDER: Final = "letters"
#: Working days after which KS SvarUt prints what nobody has opened.
PAPER_AFTER: Final = 2


@dataclass(frozen=True, slots=True)
class LetterSeen:
    """One letter; `number` is None while it waits, `case_number` for a yearly request."""

    id: UUID
    kind: LetterKind
    recipient: Recipient
    state: LetterState
    number: str | None
    municipality_id: int
    municipality_number: str
    municipality_name: str
    case_id: UUID | None
    case_number: str | None
    language: Language
    reading_language: Language | None
    made_at: datetime
    leaves_at: datetime
    sent_at: datetime | None
    channel: Channel | None
    delivery: Delivery | None
    delivery_at: datetime | None
    by_hand: bool
    #: The day a person handed it over or posted it, and who says so.
    handed_on: date | None
    handed_by: str | None
    attempts: int
    fault: str | None
    sha256: str | None

    @property
    def on_paper(self) -> bool:
        """It has gone, or goes now, by paper."""
        return self.delivery in ON_PAPER

    @property
    def paper_on(self) -> date | None:
        """The day it goes to print if nobody opens it first; None where paper does not follow."""
        if self.channel is not Channel.SVARUT or self.delivery not in UNOPENED:
            return None
        assert self.sent_at is not None  # noqa: S101  it is delivered
        return after_working_days(local_day(self.sent_at), PAPER_AFTER)


@dataclass(frozen=True, slots=True)
class StepSeen:
    at: datetime
    what: str
    reason: StopReason | None
    actor: str


def after_working_days(day: date, days: int) -> date:
    """The day so many Norwegian working days on."""
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def visible(actor: Actor) -> ColumnElement[bool]:
    """The letters an actor may open, as a condition on `letters`.

    One about a protected address is for the persons named for the case.
    """
    return and_(_theirs(actor), or_(_open(), _named(actor)))


def listed(actor: Actor) -> ColumnElement[bool]:
    """The letters an actor finds in lists: never one about a protected address."""
    return and_(_theirs(actor), _open())


def _theirs(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL_CASES:
        return true()
    if actor.is_municipality and actor.municipality_id is not None:
        return and_(Letter.holder_id == actor.municipality_id, Letter.sha256.is_not(None))
    return false()


def _open() -> ColumnElement[bool]:
    return or_(Letter.case_id.is_(None), not_protected(Letter.__table__.c.case_id))


def _named(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.SYSTEM:
        return true()
    return named_for(actor.named_user, Letter.__table__.c.case_id)


_HANDED_BY = (
    select(LetterStep.actor)
    .where(LetterStep.letter_id == Letter.id, LetterStep.what.in_(HANDED))
    .order_by(LetterStep.id.desc())
    .limit(1)
    .correlate(Letter)
    .scalar_subquery()
)
_SEEN = select(
    Letter.id,
    Letter.kind,
    Letter.recipient,
    Letter.state,
    Letter.year,
    Letter.number,
    Letter.municipality_id,
    Municipality.number.label("municipality_number"),
    Municipality.official_name.label("municipality_name"),
    Letter.case_id,
    Letter.facts["case_number"].astext.label("case_number"),
    Letter.language,
    Letter.reading_language,
    Letter.made_at,
    Letter.leaves_at,
    Letter.sent_at,
    Letter.channel,
    Letter.delivery,
    Letter.delivery_at,
    Letter.by_hand,
    Letter.handed_on,
    sql_case((Letter.handed_on.is_not(None), _HANDED_BY)).label("handed_by"),
    Letter.attempts,
    Letter.fault,
    Letter.sha256,
).join(Municipality, Municipality.id == Letter.municipality_id)


COLUMNS: Columns = {
    "kind": place(Letter.kind, LetterKind),
    "number": text(Letter.year).concat(number(Letter.number)),
    "to": place(Letter.recipient, Recipient).concat(Municipality.sort_key),
    "case": Letter.facts["case_number"].astext,
    "made": moment(Letter.made_at),
    "state": place(Letter.state, LetterState),
    "delivery": place(Letter.delivery, Delivery),
}


def _seen(row: Any) -> LetterSeen:
    values = {
        name: value
        for name, value in row._mapping.items()  # noqa: SLF001  its public name
        if name not in {"sort_key", "sort_unique"}
    }
    year, number, digest = values.pop("year"), values.pop("number"), values.pop("sha256")
    return LetterSeen(
        **values,
        number=None if number is None else f"{year}/{number}",
        sha256=None if digest is None else digest.hex(),
    )


def letter(session: Session, letter_id: UUID, *, actor: Actor) -> LetterSeen:
    """One letter.

    Raises:
        NotFound: no such letter, or not one of the actor's.
    """
    row = session.execute(_SEEN.where(Letter.id == letter_id, visible(actor))).one_or_none()
    if row is None:
        raise NotFound("letter")
    return _seen(row)


def letters(
    session: Session,
    *,
    states: frozenset[LetterState] = frozenset(),
    kinds: frozenset[LetterKind] = frozenset(),
    deliveries: frozenset[Delivery] = frozenset(),
    case_id: UUID | None = None,
    municipality_id: int | None = None,
    sort: str | None = None,
    after: str | None = None,
    limit: int = USUAL_PAGE,
    actor: Actor,
) -> Page[LetterSeen]:
    """Letters, the newest first. Of one case also those of a protected address, to who is named.

    Args:
        sort: another order, a name of COLUMNS, with `-` for the other way.
        states: no state = all; `kinds` and `deliveries` likewise.
        municipality_id: letters in its archive.

    Raises:
        Invalid: `after` is no cursor of this list.
    """
    wanted = _SEEN.where(visible(actor) if case_id is not None else listed(actor))
    if deliveries:
        wanted = wanted.where(Letter.delivery.in_(deliveries))
    if case_id is not None:
        wanted = wanted.where(Letter.case_id == case_id)
    if states:
        wanted = wanted.where(Letter.state.in_(states))
    if kinds:
        wanted = wanted.where(Letter.kind.in_(kinds))
    if municipality_id is not None:
        wanted = wanted.where(Letter.holder_id == municipality_id)
    if sort:
        ordered = Sorted(COLUMNS, sort, Letter.id)
        return ordered.page(session, wanted, _seen, limit=limit, after=after)
    if after is not None:
        wanted = wanted.where(tuple_(Letter.made_at, Letter.id) < _key_in(after))
    rows = session.execute(
        wanted.order_by(Letter.made_at.desc(), Letter.id.desc()).limit(limit + 1)
    )
    return cut(
        [_seen(row) for row in rows],
        limit,
        _ORDER,
        lambda one: (one.made_at.isoformat(), str(one.id)),
    )


def counts(session: Session, *, actor: Actor) -> dict[LetterState, int]:
    """How many letters the actor finds in each state."""
    rows = session.execute(
        select(Letter.state, func.count()).where(listed(actor)).group_by(Letter.state)
    )
    found: dict[LetterState, int] = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in LetterState}


def to_hand_over(session: Session, *, limit: int, actor: Actor) -> tuple[list[LetterSeen], int]:
    """Letters that wait for a person to hand them over, the oldest first, and how many wait."""
    waits = and_(Letter.delivery == literal_column(f"'{Delivery.BY_HAND}'"), listed(actor))
    rows = session.execute(_SEEN.where(waits).order_by(Letter.year, Letter.number).limit(limit))
    found = [_seen(row) for row in rows]
    if len(found) < limit:
        return found, len(found)
    return found, session.scalar(select(func.count()).where(waits)) or 0


def steps(session: Session, letter_id: UUID, *, actor: Actor) -> list[StepSeen]:
    """What happened to a letter, the first thing first.

    Raises:
        NotFound.
    """
    letter(session, letter_id, actor=actor)
    rows = session.execute(
        select(LetterStep.at, LetterStep.what, LetterStep.reason, LetterStep.actor)
        .where(LetterStep.letter_id == letter_id)
        .order_by(LetterStep.id)
    )
    return [StepSeen(*row) for row in rows]


def _key_in(cursor: str) -> ColumnElement[Any]:
    at, letter_id = unpack(cursor, _ORDER, str, str)
    try:
        return tuple_(literal(datetime.fromisoformat(at)), literal(UUID(letter_id)))
    except ValueError as wrong:
        raise Invalid("not a cursor of this list", pointer="cursor") from wrong
