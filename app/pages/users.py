"""The users of an organisation, for its administrator: added, given another role, ended."""

import logging
from typing import Final

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.users import commands, queries
from app.users.authority import MANAGES, ORGANISATION, gives
from app.users.commands import NewUser
from app.users.queries import UserSeen
from workflow.kernel.actor import COUNTY, MUNICIPALITY, ROLES_OF, Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.errors import DomainError, NotFound
from workflow.municipalities import queries as register
from workflow.municipalities.sweden import COUNTIES

log = logging.getLogger(__name__)
router = APIRouter(route_class=InOneThread)

_FOR: Final = tuple(MANAGES)


@router.get("/brukere")
def users(reader: Reader, cursor: str | None = None) -> Response:
    return _list(reader, reader.only(*_FOR), cursor)


@router.post("/brukere")
def add(reader: Reader) -> Response:
    """A new user by the address of work."""
    actor = reader.only(*_FOR)
    form = reader.form
    name = form.text("name", required=True)
    email = form.text("email", required=True)
    role = form.choice("role", Role, required=True)
    if role is not None and role not in _given(reader, actor):
        form.fault("role", "choice")
    municipality_id = _municipality(reader, role, actor)
    centre = form.text("reception_centre", required=True) if role is Role.RECEPTION_CENTRE else None
    county = form.text("county", required=True) if role in COUNTY else None
    if name is None or email is None or role is None or form.errors:
        return _list(reader, actor, status_code=reader.again())
    new = NewUser(
        name=name,
        role=role,
        title=form.text("title"),
        email=email,
        municipality_id=municipality_id,
        reception_centre=centre,
        county=county,
    )
    try:
        with reader.change() as session:
            commands.add(session, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _list(reader, actor, status_code=reader.again(refusal, user__known_already="email"))
    return reader.done("/brukere", "user_added", name=name)


@router.get("/brukere/{user_id}")
def user(reader: Reader, user_id: int) -> Response:
    return _page(reader, reader.only(*_FOR), user_id)


@router.post("/brukere/{user_id}/rolle")
def change_role(reader: Reader, user_id: int) -> Response:
    actor = reader.only(*_FOR)
    role = reader.form.choice("role", Role, required=True)
    if role is None or reader.form.errors:
        return _page(reader, actor, user_id, status_code=reader.again())
    try:
        with reader.change() as session:
            commands.change_role(session, user_id, role, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, actor, user_id, status_code=reader.again(refusal, user__="role"))
    return reader.done(f"/brukere/{user_id}", "role_changed")


@router.post("/brukere/{user_id}/avslutt")
def end(reader: Reader, user_id: int) -> Response:
    """No access any more, at once."""
    actor = reader.only(*_FOR)
    reason = reader.form.text("reason")
    try:
        with reader.change() as session:
            commands.end(session, user_id, reason=reason, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, actor, user_id, status_code=reader.again(refusal, user__="reason"))
    log.info("user %s ended by user=%s", user_id, actor.user_id)
    return reader.done("/brukere", "user_ended")


def _municipality(reader: Visit, role: Role | None, actor: Actor) -> int | None:
    """Where the user works; an administrator of a municipality adds to its own."""
    if role not in MUNICIPALITY or actor.municipality_id is not None:
        return actor.municipality_id
    number = reader.form.text("municipality_number", required=True)
    if number is None:
        return None
    try:
        found = register.by_number(reader.session, number, on=reader.today, actor=actor)
    except NotFound:
        reader.form.fault("municipality_number", "choice")
        return None
    return found.id


def _list(
    reader: Visit, actor: Actor, cursor: str | None = None, *, status_code: int = 200
) -> Response:
    ended = reader.is_asked("ended")
    sort = sort_of(reader, queries.COLUMNS)
    found = queries.users(reader.session, ended=ended, sort=sort, after=cursor, actor=actor)
    return reader.page(
        "users/list.html",
        status_code=status_code,
        users=found.items,
        next=found.next,
        sort=sort,
        ended=ended,
        roles=_given(reader, actor),
        counties=COUNTIES if reader.country is Country.SWEDEN else None,
        of_the_state=actor.role is Role.ADMINISTRATOR,
    )


def _given(reader: Visit, actor: Actor) -> list[Role]:
    """The roles of the country that the actor gives."""
    return [role for role in gives(actor) if role in ROLES_OF[reader.country]]


def _page(reader: Visit, actor: Actor, user_id: int, *, status_code: int = 200) -> Response:
    found = queries.user(reader.session, user_id, actor=actor)
    return reader.page(
        "users/page.html",
        status_code=status_code,
        user=found,
        roles=_roles_for(found, actor),
        own=actor.user_id == user_id,
    )


def _roles_for(user: UserSeen, actor: Actor) -> list[Role]:
    """The roles of the user's organisation that the actor gives."""
    return [role for role in gives(actor) if ORGANISATION[role] is ORGANISATION[user.role]]
