"""The dialogue log: written, answered, followed up; and who has not been spoken with for long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, false, func, insert, or_, select, true, update
from sqlalchemy.orm import Session

from workflow.dialogue.errors import (
    AnsweredAlready,
    ContactInFuture,
    NothingToFollow,
    NotInTheLog,
)
from workflow.dialogue.models import DialogueEntry
from workflow.dialogue.states import ContactChannel, Party
from workflow.kernel import audit
from workflow.kernel.actor import COUNTY, Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale
from workflow.municipalities.models import Municipality
from workflow.municipalities.sweden import COUNTIES, Place, place_of, places

WRITES: Final = COUNTY | {Role.MIGRATION_OFFICER, Role.SYSTEM}
#: Municipalities answer about themselves.
ANSWERS: Final = WRITES | {Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR}
READS_ALL: Final = frozenset(
    {Role.MIGRATION_OFFICER, Role.SYSTEM, Role.COUNTY_COORDINATOR, Role.AUDITOR}
)
#: Days after which one that was not spoken with is listed.
SILENT_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class NewEntry:
    held_on: date
    party: Party
    channel: ContactChannel
    participants: str
    proposal: str
    county: str | None = None
    municipality_id: int | None = None
    answer: str | None = None
    follow_up_on: date | None = None


@dataclass(frozen=True, slots=True)
class EntrySeen:
    id: UUID
    held_on: date
    party: Party
    channel: ContactChannel
    county: str | None
    municipality: Place | None
    participants: str
    proposal: str
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None
    follow_up_on: date | None
    followed_up_at: datetime | None
    followed_up_by: str | None
    at: datetime
    actor: str
    version: int

    def waits(self, on: date) -> bool:
        """What was to follow is due, and nobody has seen to it."""
        due = self.follow_up_on is not None and self.follow_up_on <= on
        return due and self.followed_up_at is None


@dataclass(frozen=True, slots=True)
class Silence:
    """A municipality and when it was last spoken with; None: never."""

    municipality: Place
    last_on: date | None
    days: int | None


def write(session: Session, new: NewEntry, *, actor: Actor, at: datetime) -> UUID:
    """Write a contact down; returns its id.

    Raises:
        NotInTheLog; ContactInFuture; Invalid: no such county or municipality, or a word is missing.
    """
    county = _county(session, new)
    if actor.role not in WRITES or actor.county not in {None, county}:
        raise NotInTheLog("the log is Migrationsverket's and the boards'", role=actor.role)
    if new.held_on > local_day(at):
        raise ContactInFuture("a contact has been", held_on=new.held_on)
    if not new.participants or not new.proposal:
        raise Invalid("who took part, and what was proposed", pointer="/participants")
    if new.follow_up_on is not None and new.follow_up_on < new.held_on:
        raise Invalid("followed before it was", pointer="/follow_up_on")
    made = uuid4()
    session.execute(
        insert(DialogueEntry).values(
            id=made,
            held_on=new.held_on,
            party=new.party,
            channel=new.channel,
            county=county,
            municipality_id=new.municipality_id,
            participants=new.participants,
            proposal=new.proposal,
            answer=new.answer,
            answered_at=at if new.answer else None,
            answered_by=actor.name if new.answer else None,
            follow_up_on=new.follow_up_on,
            at=at,
            actor=actor.name,
            version=1,
        )
    )
    after = {
        "held_on": new.held_on,
        "party": new.party,
        "county": county,
        "municipality_id": new.municipality_id,
        "follow_up_on": new.follow_up_on,
    }
    _record(session, made, "write_dialogue", after, actor=actor, at=at)
    return made


def _county(session: Session, new: NewEntry) -> str | None:
    county = new.county
    if new.municipality_id is not None:
        try:
            county = place_of(session, new.municipality_id).county
        except NotFound:
            raise Invalid("no municipality", pointer="/municipality") from None
        if new.county not in {None, county}:
            raise Invalid("of another county", pointer="/county")
    if new.party is Party.MUNICIPALITY and new.municipality_id is None:
        raise Invalid("which municipality", pointer="/municipality")
    if new.party is Party.COUNTY_BOARD and county is None:
        raise Invalid("which county", pointer="/county")
    if county is not None and county not in COUNTIES:
        raise Invalid("no such county", pointer="/county", expected="two digits, like 17")
    return county


def answer(
    session: Session,
    entry_id: UUID,
    text: str | None,
    *,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """What was answered to a proposal; a municipality says it itself about its own.

    Raises:
        NotInTheLog; NotFound; AnsweredAlready; ReasonMissing; Stale.
    """
    if not text:
        raise ReasonMissing
    seen = _locked(session, entry_id, version, actor)
    if seen.answer is not None:
        raise AnsweredAlready("there is an answer")
    _write(session, seen, answer=text, answered_at=at, answered_by=actor.name)
    _record(session, entry_id, "answer_dialogue", {"answered": True}, actor=actor, at=at)


def follow_up(
    session: Session,
    entry_id: UUID,
    *,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """What was to follow has been seen to.

    Raises:
        NotInTheLog; NotFound; NothingToFollow; Stale.
    """
    if actor.role not in WRITES:
        raise NotInTheLog("the log is Migrationsverket's and the boards'", role=actor.role)
    seen = _locked(session, entry_id, version, actor)
    if seen.follow_up_on is None or seen.followed_up_at is not None:
        raise NothingToFollow("nothing waits")
    _write(session, seen, followed_up_at=at, followed_up_by=actor.name)
    _record(session, entry_id, "follow_up_dialogue", {"followed_up": True}, actor=actor, at=at)


def entries(
    session: Session,
    *,
    county: str | None = None,
    municipality_id: int | None = None,
    waiting_on: date | None = None,
    limit: int = 500,
    actor: Actor,
) -> list[EntrySeen]:
    """Those the actor sees, the latest first.

    Args:
        waiting_on: only those whose follow-up is due by that day.
    """
    wanted = _SEEN.where(_visible(actor))
    if county is not None:
        wanted = wanted.where(DialogueEntry.county == county)
    if municipality_id is not None:
        wanted = wanted.where(DialogueEntry.municipality_id == municipality_id)
    if waiting_on is not None:
        wanted = wanted.where(
            DialogueEntry.follow_up_on <= waiting_on, DialogueEntry.followed_up_at.is_(None)
        )
    rows = session.execute(
        wanted.order_by(
            DialogueEntry.held_on.desc(), DialogueEntry.at.desc(), DialogueEntry.id
        ).limit(limit)
    )
    return [_seen(row) for row in rows]


def entry(session: Session, entry_id: UUID, *, actor: Actor) -> EntrySeen:
    """Raises NotFound."""
    row = session.execute(_SEEN.where(DialogueEntry.id == entry_id, _visible(actor))).one_or_none()
    if row is None:
        raise NotFound("dialogue entry")
    return _seen(row)


def silent(session: Session, *, days: int, on: date, actor: Actor) -> list[Silence]:
    """Municipalities nobody has spoken with for so many days, the longest silent first.

    Of the actor's own county where it is a county's; a municipality sees itself.
    """
    last = _last_contacts(session, actor)
    known = [
        Silence(place, last.get(place.id), _days_since(last.get(place.id), on))
        for place in places(session)
        if _sees(actor, place)
    ]
    late = [one for one in known if one.days is None or one.days >= days]
    return sorted(
        late,
        key=lambda one: (one.days is not None, -(one.days or 0), one.municipality.number),
    )


def _last_contacts(session: Session, actor: Actor) -> Mapping[int | None, date]:
    rows = session.execute(
        select(DialogueEntry.municipality_id, func.max(DialogueEntry.held_on))
        .where(_visible(actor), DialogueEntry.municipality_id.is_not(None))
        .group_by(DialogueEntry.municipality_id)
    )
    return {row[0]: row[1] for row in rows}


def _days_since(last_on: date | None, on: date) -> int | None:
    return None if last_on is None else (on - last_on) // timedelta(days=1)


def _sees(actor: Actor, place: Place) -> bool:
    if actor.role in READS_ALL:
        return True
    return actor.county == place.county or actor.municipality_id == place.id


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL:
        return true()
    if actor.county is not None:
        return or_(false(), DialogueEntry.county == actor.county)
    if actor.municipality_id is not None:
        return or_(false(), DialogueEntry.municipality_id == actor.municipality_id)
    return false()


def _locked(session: Session, entry_id: UUID, version: int | None, actor: Actor) -> EntrySeen:
    if actor.role not in ANSWERS:
        raise NotInTheLog("the parties and the boards answer", role=actor.role)
    row = session.execute(
        _SEEN.where(DialogueEntry.id == entry_id, _visible(actor)).with_for_update(of=DialogueEntry)
    ).one_or_none()
    if row is None:
        raise NotFound("dialogue entry")
    seen = _seen(row)
    if actor.county not in {None, seen.county}:
        raise NotInTheLog("another county's board writes there", role=actor.role)
    if version is not None and seen.version != version:
        raise Stale("the entry has changed since it was read", version=seen.version)
    return seen


def _write(session: Session, seen: EntrySeen, **now: Any) -> None:
    session.execute(
        update(DialogueEntry)
        .where(DialogueEntry.id == seen.id)
        .values(version=seen.version + 1, **now)
        .execution_options(synchronize_session=False)
    )


def _record(
    session: Session,
    entry_id: UUID,
    action: str,
    after: audit.Values,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    changed = audit.Change(audit.subject(audit.Kind.DIALOGUE, entry_id), after=after)
    audit.record(session, changed, action, actor=actor, at=at)


_SEEN = select(DialogueEntry.__table__, Municipality.number, Municipality.official_name).outerjoin(
    Municipality, Municipality.id == DialogueEntry.municipality_id
)
_COLUMNS = tuple(column.name for column in DialogueEntry.__table__.columns)


def _seen(row: Any) -> EntrySeen:
    told = dict(zip(_COLUMNS, row, strict=False))
    number, name = row[len(_COLUMNS) :]
    its_id = told.pop("municipality_id")
    return EntrySeen(municipality=Place(its_id, number, name) if its_id else None, **told)
