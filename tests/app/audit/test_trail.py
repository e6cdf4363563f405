"""What the application itself changes is in the audit too: sign-ins, sessions that are ended."""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app import signin
from app.models import SignIn, User
from app.signin import listing, sessions
from tests.factories import administrator
from workflow.kernel.actor import Role
from workflow.kernel.audit import AuditEntry


def a_user(session: Session) -> int:
    user = insert(User).values(name="Kari Nordmann", role=Role.LEAD, demo=False)
    return session.execute(user.returning(User.id)).scalar_one()


def told_of(session: Session, user_id: int) -> list[tuple[str, str]]:
    chain = select(AuditEntry.action, AuditEntry.actor).where(
        AuditEntry.subject == f"actor:user/{user_id}"
    )
    return [tuple(row) for row in session.execute(chain.order_by(AuditEntry.seq))]


def test_signing_in_and_out_is_told_of_in_the_users_own_chain(session: Session):
    user = a_user(session)

    secret = signin.sign_in(session, user)
    signin.sign_out(session, secret)
    signin.sign_out(session, secret)

    me = f"user:{user}"
    assert told_of(session, user) == [("sign_in", me), ("sign_out", me)]


def test_what_an_identity_provider_ends_is_told_of(session: Session):
    user = a_user(session)
    there = sessions.There("idp", "sid-1", "token")
    signin.sign_in(session, user, there=there)

    sessions.end_there(session, provider="idp", provider_session="sid-1")

    assert [action for action, _ in told_of(session, user)] == ["sign_in", "sign_out"]


def test_who_ends_anothers_session_is_told_of(session: Session):
    user = a_user(session)
    signin.sign_in(session, user)
    its_id = session.scalars(select(SignIn.id).where(SignIn.user_id == user)).one()

    listing.end_session(session, its_id, actor=administrator())

    assert told_of(session, user)[-1] == ("end_session", "token:Ada Drift")
