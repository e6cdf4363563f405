"""Protected addresses: what a folder is opened for, who is named for a case, who has opened it."""

from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import ONWARD, inside
from app.models import User
from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from workflow.cases import folders, protected
from workflow.cases.folders import PURPOSES, READS_OPENINGS
from workflow.cases.states import Protection, Purpose
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError
from workflow.privacy import persons

router = APIRouter(route_class=InOneThread)

#: Who may be named for a case: those whose role has something to do with one.
NAMED = frozenset(PURPOSES)


@router.get("/saker/{case_id}/formaal")
def purpose_page(reader: Reader, case_id: UUID) -> Response:
    reader.only(*PURPOSES)
    return _purpose(reader, case_id)


@router.post("/saker/{case_id}/formaal")
def say_purpose(reader: Reader, case_id: UUID) -> Response:
    """Say what the folder is opened for, and go on to it; said once it counts for the hour."""
    actor = reader.only(*PURPOSES)
    purpose = reader.form.choice("purpose", Purpose, required=True)
    if purpose is None:
        return _purpose(reader, case_id, status_code=reader.again())
    with reader.recording() as session:
        folders.open_folder(session, case_id, purpose=purpose, actor=actor, at=reader.at)
    onward = reader.form.typed(ONWARD) or f"/saker/{case_id}"
    return reader.go(inside(onward, actor.role, reader.country))


def _purpose(reader: Visit, case_id: UUID, *, status_code: int = 200) -> Response:
    folders.must_be_seen(reader.session, case_id, actor=reader.actor)
    return reader.page(
        "protected/purpose.html",
        status_code=status_code,
        case_id=case_id,
        purposes=PURPOSES[reader.actor.role],
        onward=reader.form.typed(ONWARD) or reader.request.query_params.get(ONWARD, ""),
    )


@router.get("/skjermede")
def protected_cases(reader: Reader) -> Response:
    """For the lead who is named for which case; for others the cases they are named for."""
    reader.only(*PURPOSES)
    return _register(reader)


@router.post("/skjermede/gradering")
def protect(reader: Reader) -> Response:
    """Set, change or lift the protection of a case, by its number."""
    actor = reader.only(Role.LEAD)
    number = reader.form.text("case_number", required=True)
    protection = reader.form.choice("protection", Protection, required=True)
    reason = reader.form.text("reason", required=True)
    if number is None or protection is None or reader.form.errors:
        return _register(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            case_id = protected.by_number(session, number, actor=actor)
            protected.protect(
                session, case_id, protection, reason=reason, actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _register(reader, status_code=reader.again(refusal))
    return reader.done("/skjermede", "protect")


@router.post("/skjermede/{case_id}/tilgang")
def name_person(reader: Reader, case_id: UUID) -> Response:
    """Name a person for the case."""
    actor = reader.only(Role.LEAD)
    user_id = reader.form.number("user_id", required=True)
    reason = reader.form.text("reason", required=True)
    if user_id is None or reader.form.errors:
        return _register(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            protected.name_person(
                session, case_id, user_id, reason=reason, actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _register(reader, status_code=reader.again(refusal))
    return reader.done("/skjermede", "protected_named")


@router.post("/skjermede/tilgang/{grant_id}/avslutt")
def end_access(reader: Reader, grant_id: int) -> Response:
    """A person is named for a case no longer."""
    actor = reader.only(Role.LEAD)
    reason = reader.form.text("reason", required=True)
    try:
        with reader.change() as session:
            protected.end_access(session, grant_id, reason=reason, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _register(reader, status_code=reader.again(refusal))
    return reader.done("/skjermede", "protected_ended")


def _register(reader: Visit, *, status_code: int = 200) -> Response:
    actor, session = reader.actor, reader.session
    leads = actor.role is Role.LEAD
    return reader.page(
        "protected/register.html",
        status_code=status_code,
        cases=protected.protected_cases(session, actor=actor),
        leads=leads,
        counted=protected.counted_nationally(session, actor=actor) if leads else None,
        users=_users(session) if leads else {},
        protections=tuple(Protection),
    )


def _users(session: Session) -> dict[int, str]:
    """Those who can be named, by id."""
    rows = session.execute(
        select(User.id, User.name)
        .where(User.ended_at.is_(None), User.role.in_(NAMED))
        .order_by(User.name, User.id)
    )
    return {row.id: row.name for row in rows}


@router.get("/personer/{person_id}/innsyn")
def openings(reader: Reader, person_id: UUID) -> Response:
    """Who has opened a person's folder, to be printed for the person."""
    return openings_page(reader, person_id)


def openings_page(reader: Visit, person_id: UUID, *, status_code: int = 200) -> Response:
    """The log, and what a demand to be erased would meet."""
    actor = reader.only(*READS_OPENINGS)
    with reader.recording() as session:
        seen = folders.openings_of_person(session, person_id, actor=actor, at=reader.at)
        standing = persons.standing(session, person_id, actor=actor)
    return reader.page(
        "protected/openings.html", status_code=status_code, seen=seen, standing=standing
    )
