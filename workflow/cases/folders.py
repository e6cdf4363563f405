"""Opening a case's folder: who its people are. Every opening is on record, with what it was for.

The only way to a name: the record and the reading are one transaction, so that nothing is shown
that is not on record. Once an hour for each reader, case and purpose, in one insert.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.cases.access_models import FolderOpening
from workflow.cases.errors import PurposeMissing
from workflow.cases.models import Case, Person
from workflow.cases.moves import for_change
from workflow.cases.queries import may_see_names, visible
from workflow.cases.states import DECIDED, CaseState, Protection, Purpose
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.audit import Kind
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.municipalities.models import Municipality

#: What each role may open a folder for; the first is what its ordinary work is, if it has any.
PURPOSES: Final[Mapping[Role, tuple[Purpose, ...]]] = {
    **dict.fromkeys(
        DIRECTORATE,
        (
            Purpose.FINDING_MUNICIPALITY,
            Purpose.FOLLOW_UP,
            Purpose.QUESTION,
            Purpose.ACCESS_REQUEST,
            Purpose.CORRECTION,
        ),
    ),
    **dict.fromkeys(
        (Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_READER, Role.MUNICIPALITY_ADMINISTRATOR),
        (Purpose.RECEIVING, Purpose.FOLLOW_UP, Purpose.QUESTION),
    ),
    Role.TRAVEL_OFFICER: (Purpose.TRAVEL, Purpose.QUESTION),
    Role.RECEPTION_CENTRE: (Purpose.RECEPTION, Purpose.QUESTION),
    Role.AUDITOR: (Purpose.SUPERVISION,),
    # Its exports: what is kept about a person, and a case for the archive.
    Role.SYSTEM: (Purpose.ACCESS_REQUEST, Purpose.FOLLOW_UP),
}
#: Roles whose ordinary work opens no folder: they say each time what for.
STATE_IT = frozenset({Role.AUDITOR, Role.SYSTEM})
#: Who may read who has opened a person's folder, and hand it to the person.
READS_OPENINGS = DIRECTORATE


def usual_purpose(role: Role, state: CaseState) -> Purpose | None:
    """What a role's ordinary work on a case in a state is; None: it has to be said."""
    if role in STATE_IT or role not in PURPOSES:
        return None
    if role in DIRECTORATE and state in DECIDED:
        return Purpose.FOLLOW_UP
    if (
        role not in DIRECTORATE
        and state is CaseState.SETTLED
        and Purpose.FOLLOW_UP in PURPOSES[role]
    ):
        return Purpose.FOLLOW_UP
    return PURPOSES[role][0]


def open_folder(
    session: Session,
    case_id: UUID,
    *,
    purpose: Purpose | None = None,
    actor: Actor,
    at: datetime,
) -> bool:
    """Put on record that the actor sees who the case's people are; False: it does not see it.

    Without a purpose it is the ordinary one. A protected case needs one that is said, and said once
    it counts for the hour.

    Raises:
        NotFound: no such case, or not one of the actor's.
        NotAllowed: a purpose the role has not.
        PurposeMissing: a protected case, and nothing was said.
    """
    case = session.scalar(
        select(Case)
        .where(Case.id == case_id, visible(actor))
        .execution_options(populate_existing=True)
    )
    if case is not None and case.address_protection is not Protection.NONE:
        for_change(session, case_id, actor=actor)  # its audit is told
    if case is None:
        raise NotFound("case")
    if not may_see_names(actor, case) or actor.role not in PURPOSES:
        return False
    if purpose is not None and purpose not in PURPOSES[actor.role]:
        raise NotAllowed("a role opens folders for its own purposes", role=actor.role)
    protected = case.address_protection is not Protection.NONE
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if purpose is None and (protected or actor.role in STATE_IT):
        if _said_this_hour(session, case_id, hour, actor):
            return True
        if protected:
            raise PurposeMissing(case_id=case_id)
        return False
    used = purpose or usual_purpose(actor.role, case.state)
    opened = session.execute(
        upsert(FolderOpening)
        .values(
            case_id=case_id,
            opener=_opener(actor),
            actor=actor.name,
            actor_role=actor.role,
            user_id=actor.user_id,
            municipality_id=actor.municipality_id,
            reception_centre=actor.reception_centre,
            purpose=used,
            stated=purpose is not None,
            at=at,
            hour=hour,
        )
        .on_conflict_do_nothing()
        .returning(FolderOpening.id)
    ).one_or_none()
    if protected and opened is not None:
        audit.record(
            session,
            audit.Change(audit.subject(Kind.CASE, case_id), None, {"purpose": used}),
            "protected.open",
            actor=actor,
            at=at,
        )
    return True


def must_be_seen(session: Session, case_id: UUID, *, actor: Actor) -> None:
    """Raises NotFound where the actor does not see the case; tells nothing of it."""
    if session.scalar(select(Case.id).where(Case.id == case_id, visible(actor))) is None:
        raise NotFound("case")


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody saw who the people of a case were."""

    case_number: str
    at: datetime
    actor: str
    actor_role: Role
    municipality: str | None
    reception_centre: str | None
    purpose: Purpose
    stated: bool


@dataclass(frozen=True, slots=True)
class OpeningsOfPerson:
    """Who has opened the folder a person is in; for the person's own use."""

    person_id: UUID
    case_id: UUID
    case_number: str
    name: str | None
    joined_on: date
    left_on: date | None
    openings: tuple[Opening, ...]


def openings_of_person(
    session: Session, person_id: UUID, *, actor: Actor, at: datetime
) -> OpeningsOfPerson:
    """Everybody who opened the person's folder, the first one first (GDPR art. 15).

    Reading it opens the folder too, for the person's own access, and is the last line.

    Raises:
        NotFound: no such person in a case of the actor's. NotAllowed: it is IMDi's to hand out.
    """
    if actor.role not in READS_OPENINGS:
        raise NotAllowed("who opened a folder is handed out by IMDi", role=actor.role)
    found = session.execute(
        select(
            Person.id,
            Person.case_id,
            Case.case_number,
            Person.name,
            Person.joined_on,
            Person.left_on,
        )
        .join(Case, Case.id == Person.case_id)
        .where(Person.id == person_id, visible(actor))
    ).one_or_none()
    if found is None:
        raise NotFound("person")
    open_folder(session, found.case_id, purpose=Purpose.ACCESS_REQUEST, actor=actor, at=at)
    rows = session.execute(
        select(
            FolderOpening.at,
            FolderOpening.actor,
            FolderOpening.actor_role,
            Municipality.official_name,
            FolderOpening.reception_centre,
            FolderOpening.purpose,
            FolderOpening.stated,
        )
        .outerjoin(Municipality, Municipality.id == FolderOpening.municipality_id)
        .where(FolderOpening.case_id == found.case_id)
        .order_by(FolderOpening.id)
    )
    # Who has left the case still stands in its folder, so all openings are the person's.
    openings = tuple(
        Opening(found.case_number, row[0], row[1], Role(row[2]), *row[3:]) for row in rows
    )
    return OpeningsOfPerson(*found, openings=openings)


def _said_this_hour(session: Session, case_id: UUID, hour: datetime, actor: Actor) -> bool:
    return bool(
        session.scalar(
            select(FolderOpening.id)
            .where(
                FolderOpening.case_id == case_id,
                FolderOpening.opener == _opener(actor),
                FolderOpening.hour == hour,
                FolderOpening.stated,
            )
            .limit(1)
        )
    )


def _opener(actor: Actor) -> str:
    """A user by its id; a token by its name, role and office."""
    who = f"user {actor.user_id}" if actor.user_id is not None else f"token {actor.name}"
    return " · ".join(
        [who, actor.role, str(actor.municipality_id or actor.reception_centre or "state")]
    )
