"""Bearer tokens issued, listed and revoked: by the state's administrators, and by a municipality's.

A token is shown once and stored hashed. It belongs to an organisation in a role, so it does not end
when its owner leaves; whoever administers users sees it and can revoke it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, insert, literal, select, true, update
from sqlalchemy.orm import Session

from app import keys as our_keys
from app.clock import machine_time
from app.models import AccessToken, User
from app.scopes import TokenScope
from app.settings import settings as settings_of_process
from app.signin import bearer
from app.signin.secret import hash_of
from workflow.kernel import audit
from workflow.kernel.actor import COUNTY, MUNICIPALITY, SYSTEM, Actor, Role
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.municipalities.models import Municipality

LASTS: Final = timedelta(hours=8)
#: The longest a token may hold.
LONGEST: Final = timedelta(days=366)
#: What the keys of tokens are derived for.
PURPOSE: Final = "tokens"
#: Most tokens in a list.
LISTED: Final = 500

#: The roles whose tokens a role gives out.
GIVEN_BY: Final[dict[Role, tuple[Role, ...]]] = {
    Role.SYSTEM: tuple(role for role in Role if role is not Role.SYSTEM),
    Role.ADMINISTRATOR: tuple(role for role in Role if role is not Role.SYSTEM),
    Role.MUNICIPALITY_ADMINISTRATOR: (Role.MUNICIPALITY_READER, Role.MUNICIPALITY_WRITER),
}


def issue_token(
    session: Session,
    *,
    name: str,
    role: Role,
    scope: TokenScope = TokenScope.WRITE,
    municipality_id: int | None = None,
    reception_centre: str | None = None,
    county: str | None = None,
    lasts: timedelta = LASTS,
    keys: Sequence[bytes] | None = None,
    actor: Actor = SYSTEM,
    at: datetime | None = None,
) -> str:
    """A new bearer token, shown this once; holds by the machine's own time.

    Args:
        keys: what it is signed by, the first of them; by default the process's own.
        at: when it is told to happen, by the clock of the application's world.

    Raises:
        NotAllowed: the actor gives out no such token.
        ValueError: a municipality's role without a municipality, or another role with one; the same
            for a reception centre and a county; the system's own role; it would hold for too long.
    """
    if role is Role.SYSTEM:
        raise ValueError(f"nobody has the role {role}")
    if (role in MUNICIPALITY) != (municipality_id is not None):
        raise ValueError(f"{role} and a municipality go together, or neither")
    if (role is Role.RECEPTION_CENTRE) != (reception_centre is not None):
        raise ValueError(f"{role} and a reception centre go together, or neither")
    if (role in COUNTY) != (county is not None):
        raise ValueError(f"{role} and a county go together, or neither")
    if not timedelta() < lasts <= LONGEST:
        raise ValueError(f"a token holds for {LONGEST.days} days at most")
    own = actor.municipality_id
    if role not in GIVEN_BY.get(actor.role, ()) or own not in {None, municipality_id}:
        raise NotAllowed("the role gives out no such token", role=actor.role)
    secret = bearer.fresh(our_keys.of(settings_of_process(), PURPOSE) if keys is None else keys)
    issued = machine_time()
    token_id = session.execute(
        insert(AccessToken)
        .values(
            secret_hash=hash_of(secret),
            name=name,
            role=role,
            scope=scope,
            municipality_id=municipality_id,
            reception_centre=reception_centre,
            county=county,
            owner_id=actor.user_id,
            at=issued,
            expires_at=issued + lasts,
        )
        .returning(AccessToken.id)
    ).scalar_one()
    after = {"role": role, "scope": scope, "municipality_id": municipality_id}
    _record(session, token_id, "issue_token", after, actor=actor, at=at or issued)
    return secret


def revoke_token(session: Session, token_id: int, *, actor: Actor, at: datetime) -> None:
    """The token holds no longer: a moment more at most, wherever it has just been used.

    Raises:
        NotFound: there is none to revoke for this actor.
    """
    revoked = session.execute(
        update(AccessToken)
        .where(AccessToken.id == token_id, _manages(actor), AccessToken.revoked_at.is_(None))
        .values(revoked_at=machine_time())
        .returning(AccessToken.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if revoked is None:
        raise NotFound("token")
    _record(session, token_id, "revoke_token", {"revoked": True}, actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class TokenSeen:
    """A token as those see it who look after it; the secret itself is nowhere."""

    id: int
    name: str
    role: Role
    scope: TokenScope
    #: The municipality or the reception centre.
    organisation: str | None
    #: None where it was made on the command line.
    owner: str | None
    at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    holds: bool


def tokens_seen(session: Session, *, actor: Actor) -> list[TokenSeen]:
    """Those that hold, then those that held, the newest of each first.

    Raises:
        NotAllowed: the actor looks after no tokens.
    """
    if actor.role not in GIVEN_BY:
        raise NotAllowed("the role looks after no tokens", role=actor.role)
    holds = (AccessToken.revoked_at.is_(None)) & (AccessToken.expires_at > machine_time())
    rows = session.execute(
        select(
            AccessToken,
            Municipality.official_name,
            User.name,
            holds.label("holds"),
        )
        .outerjoin(Municipality, Municipality.id == AccessToken.municipality_id)
        .outerjoin(User, User.id == AccessToken.owner_id)
        .where(_manages(actor))
        .order_by(holds.desc(), AccessToken.id.desc())
        .limit(LISTED)
    )
    return [
        TokenSeen(
            token.id,
            token.name,
            token.role,
            token.scope,
            municipality or token.reception_centre,
            owner,
            token.at,
            token.expires_at,
            token.last_used_at,
            token.revoked_at,
            still,
        )
        for token, municipality, owner, still in rows
    ]


def _manages(actor: Actor) -> ColumnElement[bool]:
    """Whose tokens the actor looks after."""
    if actor.role in {Role.ADMINISTRATOR, Role.SYSTEM}:
        return true()
    if actor.role in GIVEN_BY and actor.municipality_id is not None:
        return AccessToken.municipality_id == actor.municipality_id
    return literal(value=False)


def _record(
    session: Session,
    token_id: int,
    action: str,
    after: audit.Values,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    changed = audit.Change(audit.subject(audit.Kind.ACTOR, "token", token_id), after=after)
    audit.record(session, changed, action, actor=actor, at=at)
