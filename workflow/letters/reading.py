"""Opening a letter: its document, and on record that its people's names were seen.

A letter that names people is opened as their folder is, with a purpose. A municipality keeps its
letters when the case has gone elsewhere, and opens them still: that is written as an opening too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.cases.access_models import FolderOpening
from workflow.cases.errors import PurposeMissing
from workflow.cases.folders import PURPOSES, STATE_IT, open_folder
from workflow.cases.states import Purpose
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.audit import Kind
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.letters.content import Content, content
from workflow.letters.errors import DocumentGone
from workflow.letters.models import Letter, LetterDocument
from workflow.letters.queries import LetterSeen, letter
from workflow.letters.states import NAMES_PEOPLE


@dataclass(frozen=True, slots=True)
class Opened:
    """A letter's sealed document; or what it would say, where it is not sealed yet."""

    letter: LetterSeen
    pdf: bytes | None
    preview: Content | None


def open_letter(
    session: Session,
    letter_id: UUID,
    *,
    purpose: Purpose | None = None,
    actor: Actor,
    at: datetime,
) -> Opened:
    """The letter's document, opened by the actor.

    Raises:
        NotFound. DocumentGone: erased. NotAllowed, PurposeMissing: as for the case's folder.
    """
    seen = letter(session, letter_id, actor=actor)
    document = session.execute(
        select(LetterDocument.pdf).where(LetterDocument.letter_id == letter_id)
    ).one_or_none()
    if document is not None and document.pdf is None:
        raise DocumentGone
    if seen.kind in NAMES_PEOPLE and seen.case_id is not None:
        _on_record(session, seen.case_id, purpose=purpose, actor=actor, at=at)
    audit.record(
        session,
        audit.Change(audit.subject(Kind.LETTER, letter_id), None, {"sealed": document is not None}),
        "letter.open",
        actor=actor,
        at=at,
    )
    if document is not None:
        return Opened(seen, document.pdf, None)
    found = session.get_one(Letter, letter_id, populate_existing=True)
    return Opened(seen, None, content(session, found, on=local_day(at)))


def _on_record(
    session: Session, case_id: UUID, *, purpose: Purpose | None, actor: Actor, at: datetime
) -> None:
    try:
        opened = open_folder(session, case_id, purpose=purpose, actor=actor, at=at)
    except NotFound:
        opened = False
    if opened:
        return
    if actor.role in STATE_IT:
        raise PurposeMissing(case_id=case_id)
    # The municipality's own letter about a case that is no longer its own.
    used = purpose or Purpose.FOLLOW_UP
    if used not in PURPOSES.get(actor.role, ()):
        raise NotAllowed("a role opens letters for its own purposes", role=actor.role)
    who = f"user {actor.user_id}" if actor.user_id is not None else f"token {actor.name}"
    session.execute(
        upsert(FolderOpening)
        .values(
            case_id=case_id,
            opener=" · ".join([who, actor.role, str(actor.municipality_id or "state")]),
            actor=actor.name,
            actor_role=actor.role,
            user_id=actor.user_id,
            municipality_id=actor.municipality_id,
            reception_centre=None,
            purpose=used,
            stated=purpose is not None,
            at=at,
            hour=at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),
        )
        .on_conflict_do_nothing()
    )
