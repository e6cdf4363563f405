"""Tokens of machines: who has which, a new one shown once, one taken back."""

from datetime import timedelta

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app import keys
from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.scopes import TokenScope
from app.signin import issue_token, revoke_token
from app.signin.issuing import GIVEN_BY, LONGEST, PURPOSE, tokens_seen
from workflow.kernel.actor import COUNTY, MUNICIPALITY, ROLES_OF, Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.errors import NotFound
from workflow.municipalities import queries as register
from workflow.municipalities.sweden import COUNTIES

router = APIRouter(route_class=InOneThread)

_FOR = (Role.ADMINISTRATOR, Role.MUNICIPALITY_ADMINISTRATOR)
#: Days a token holds unless another number is chosen.
USUAL_DAYS = 90


@router.get("/tilganger")
def tokens(reader: Reader) -> Response:
    return _page(reader, reader.only(*_FOR))


@router.post("/tilganger")
def issue(reader: Reader) -> Response:
    """A new token; the answer is the only place it is ever shown."""
    actor = reader.only(*_FOR)
    form = reader.form
    name = form.text("name", required=True)
    role = form.choice("role", Role, required=True)
    scope = form.choice("scope", TokenScope, required=True)
    days = form.number("days", required=True)
    county = form.text("county", required=True) if role in COUNTY else None
    if county is not None and county not in COUNTIES:
        form.fault("county", "choice")
    if role is not None and role not in _given(reader, actor):
        form.fault("role", "choice")
    if days is not None and not 1 <= days <= LONGEST.days:
        form.fault("days", "number")
    municipality_id = _municipality(reader, role, actor)
    centre = form.text("reception_centre", required=True) if role is Role.RECEPTION_CENTRE else None
    if name is None or role is None or scope is None or days is None or form.errors:
        return _page(reader, actor, status_code=reader.again())
    with reader.change() as session:
        secret = issue_token(
            session,
            name=name,
            role=role,
            scope=scope,
            municipality_id=municipality_id,
            reception_centre=centre,
            county=county,
            lasts=timedelta(days=days),
            keys=keys.of(reader.request.app.state.settings, PURPOSE),
            actor=actor,
            at=reader.at,
        )
    form.data = type(form.data)()
    return _page(reader, actor, secret=secret)


@router.post("/tilganger/{token_id}/trekk-tilbake")
def revoke(reader: Reader, token_id: int) -> Response:
    actor = reader.only(*_FOR)
    with reader.change() as session:
        revoke_token(session, token_id, actor=actor, at=reader.at)
    return reader.done("/tilganger", "token_revoked")


def _municipality(reader: Visit, role: Role | None, actor: Actor) -> int | None:
    """Whose token it will be; an administrator of one gives out its own only."""
    if actor.municipality_id is not None or role not in MUNICIPALITY:
        return actor.municipality_id
    number = reader.form.text("municipality_number", required=True)
    return _by_number(reader, reader.session, number) if number else None


def _by_number(reader: Visit, session: Session, number: str) -> int | None:
    try:
        return register.by_number(session, number, on=reader.today, actor=reader.actor).id
    except NotFound:
        reader.form.fault("municipality_number", "choice")
        return None


def _given(reader: Visit, actor: Actor) -> list[Role]:
    """The roles of the country whose tokens the actor gives out."""
    return [role for role in GIVEN_BY[actor.role] if role in ROLES_OF[reader.country]]


def _page(
    reader: Visit, actor: Actor, *, secret: str | None = None, status_code: int = 200
) -> Response:
    return reader.page(
        "tokens/page.html",
        status_code=status_code,
        tokens=tokens_seen(reader.session, actor=actor),
        roles=_given(reader, actor),
        counties=COUNTIES if reader.country is Country.SWEDEN else None,
        scopes=tuple(TokenScope),
        usual_days=USUAL_DAYS,
        longest_days=LONGEST.days,
        of_the_state=actor.municipality_id is None,
        secret=secret,
    )
