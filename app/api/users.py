"""Users and their roles, and authority they lend each other."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from app import keys
from app.api import API
from app.api.parameters import Cursor, Limit
from app.api.refusals import changes, refusals
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.users import (
    DelegationIn,
    DelegationOut,
    EndUserIn,
    RoleIn,
    UserIn,
    UserOut,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from app.signin.claims import subject_of
from app.users import commands, delegations, queries
from app.users.commands import NewUser
from workflow.kernel.actor import MUNICIPALITY, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.paging import USUAL_PAGE
from workflow.municipalities import queries as register

router = APIRouter(tags=["users"], route_class=OnceRoute)

InPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/users", operation_id="listUsers", responses=refusals(403, 422))
def list_users(
    session: ReadSession,
    actor: CurrentActor,
    *,
    ended: Annotated[bool, Query(description="Those who have ended as well.")] = False,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[UserOut]:
    """The users you manage: a municipality's administrator its own, IMDi's lead IMDi's.

    The state's administrator manages all. For other roles 403.
    """
    page = queries.users(session, ended=ended, limit=limit, after=cursor, actor=actor)
    return ListOf(items=[UserOut.of(user) for user in page.items], next=page.next)


@router.get("/users/{user_id}", operation_id="getUser", responses=refusals(403, 404, 422))
def get_user(session: ReadSession, actor: CurrentActor, user_id: InPath) -> UserOut:
    """One user you manage."""
    return UserOut.of(queries.user(session, user_id, actor=actor))


@router.post(
    "/users",
    status_code=201,
    operation_id="addUser",
    dependencies=[Once],
    responses=changes(codes="user.known_already"),
)
def add(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    body: UserIn,
) -> UserOut:
    """Let a person in, in a role you give, by address of work or by who they are at a provider.

    The role holds whatever the provider says of roles; the provider still has to let them in.
    """
    municipality_id = _municipality(session, body, actor, at=at)
    user_id = commands.add(
        session,
        NewUser(
            name=body.name,
            role=body.role,
            title=body.title,
            email=body.email,
            provider=body.provider,
            subject=_subject(request, session, body, municipality_id, actor),
            municipality_id=municipality_id,
            reception_centre=body.reception_centre,
            county=body.county,
        ),
        actor=actor,
        at=at,
    )
    response.headers["location"] = f"{API}/users/{user_id}"
    return UserOut.of(queries.user(session, user_id, actor=actor))


@router.post(
    "/users/{user_id}/role",
    operation_id="changeUserRole",
    dependencies=[Once],
    responses=changes(404, codes="user.another_organisation user.ended user.last_administrator"),
)
def change_role(
    session: WriteSession, actor: CurrentActor, at: Now, user_id: InPath, body: RoleIn
) -> UserOut:
    """Another role of the same organisation, from the user's next request on."""
    commands.change_role(session, user_id, body.role, actor=actor, at=at)
    return UserOut.of(queries.user(session, user_id, actor=actor))


@router.post(
    "/users/{user_id}/end",
    operation_id="endUser",
    dependencies=[Once],
    responses=changes(404, codes="user.last_administrator"),
)
def end(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    user_id: InPath,
    body: EndUserIn | None = None,
) -> UserOut:
    """No access any more: sessions and delegations end at once; again changes nothing."""
    commands.end(session, user_id, reason=body.reason if body else None, actor=actor, at=at)
    return UserOut.of(queries.user(session, user_id, actor=actor))


@router.get("/delegations", operation_id="listDelegations", responses=refusals())
def list_delegations(session: ReadSession, actor: CurrentActor, at: Now) -> ListOf[DelegationOut]:
    """What you have lent or been lent, and that of users you manage, in one page."""
    known = delegations.delegations(session, actor=actor, at=at)
    return ListOf(items=[DelegationOut.of(one) for one in known])


@router.post(
    "/delegations",
    status_code=201,
    operation_id="lendAuthority",
    dependencies=[Once],
    responses=changes(
        404,
        codes="delegation.not_a_colleague delegation.nothing_to_lend delegation.chain user.ended "
        "reason.missing",
    ),
)
def lend(session: WriteSession, actor: CurrentActor, at: Now, body: DelegationIn) -> DelegationOut:
    """Lend authority to a colleague from a day to a day, both included; it then ends by itself.

    The colleague chooses on the pages when to act for the lender, and both are named in history.
    """
    made = delegations.lend(
        session,
        delegator_id=body.delegator_id,
        delegate_id=body.delegate_id,
        from_on=body.from_on,
        until_on=body.until_on,
        reason=body.reason,
        actor=actor,
        at=at,
    )
    return _delegation(session, made, actor, at=at)


@router.post(
    "/delegations/{delegation_id}/end",
    operation_id="endDelegation",
    dependencies=[Once],
    responses=changes(404),
)
def end_delegation(
    session: WriteSession, actor: CurrentActor, at: Now, delegation_id: InPath
) -> DelegationOut:
    """It holds no longer, at once; by either of the two, or who manages them."""
    delegations.end(session, delegation_id, actor=actor, at=at)
    return _delegation(session, delegation_id, actor, at=at)


def _delegation(session: Session, delegation_id: int, actor: Actor, *, at: Now) -> DelegationOut:
    known = delegations.delegations(session, actor=actor, at=at)
    found = next((one for one in known if one.id == delegation_id), None)
    if found is None:
        raise NotFound("delegation")
    return DelegationOut.of(found)


def _municipality(session: Session, body: UserIn, actor: Actor, *, at: Now) -> int | None:
    if body.municipality_number is None:
        return actor.municipality_id if body.role in MUNICIPALITY else None
    try:
        named = register.by_number(session, body.municipality_number, on=local_day(at), actor=actor)
    except NotFound:
        raise Invalid("no such municipality", pointer="/municipality_number") from None
    return named.id


def _subject(
    request: Request, session: Session, body: UserIn, municipality_id: int | None, actor: Actor
) -> str | None:
    """The sign kept of a person at a provider; Ansattporten knows one for each municipality."""
    if body.subject is None or body.provider is None:
        return body.subject
    state = request.app.state
    there = state.identity_providers.get(body.provider)
    if there is None:
        raise Invalid("no such identity provider", pointer="/provider")
    person = [body.subject]
    if there.provider.kind == "ansattporten" and municipality_id is not None:
        here = register.by_id(session, municipality_id, actor=actor)
        person.append(here.organisation_number or "")
    return subject_of(keys.of(state.settings, "subject")[0], there.provider, person)
