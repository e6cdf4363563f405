"""Tokens of machines: what they are for, whose they are, when they were last used."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, insert, select, update

from app.clock import machine_time
from app.db import reading, transaction
from app.main import create_app
from app.models import AccessToken, User
from app.scopes import TokenScope
from app.settings import Settings
from app.signin import issue_token, revoke_token, tokens
from app.signin.issuing import LONGEST, tokens_seen
from app.signin.secret import hash_of
from app.signin.tokens import ask_again, note_uses
from tests.factories import a_municipality
from workflow.kernel.actor import SYSTEM, Actor, Role
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import NotAllowed, NotFound

HOUSEHOLD = {
    "group": "private",
    "persons": [{"birth_year": 1985, "sex": "female", "nationality": "SY"}],
}
ADMINISTRATOR = Actor("Ada", Role.ADMINISTRATOR)


def administrator_of(municipality_id: int) -> Actor:
    return Actor("Mia", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=municipality_id)


@pytest.fixture
def issued(committed):
    def issue(**options) -> str:
        chosen = {"name": "Fagsystem", "role": Role.CASE_OFFICER, **options}
        with transaction(committed.sessions) as session:
            return issue_token(session, **chosen)

    return issue


def bearing(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_token_for_reading_reads_and_changes_nothing(client, issued):
    told = bearing(issued(scope=TokenScope.READ))

    read = client.get("/api/v1/cases", headers=told)
    refused = client.post("/api/v1/cases", json=HOUSEHOLD, headers=told)

    assert read.status_code == 200
    assert (refused.status_code, refused.json()["code"]) == (403, "token.reads_only")
    assert client.get("/api/v1/cases", headers=told).json()["items"] == []


def test_keys_are_changed_while_tokens_of_both_hold(committed):
    old, new = "o" * 32, "n" * 32

    def served(**secrets) -> TestClient:
        return TestClient(create_app(Settings(database_url=committed.url, **secrets)))

    from app import keys

    first = Settings(database_url=committed.url, secret=old)
    with transaction(committed.sessions) as session:
        token = issue_token(
            session, name="x", role=Role.CASE_OFFICER, keys=keys.of(first, "tokens")
        )
    asked = {}
    for when, secrets in {
        "before": {"secret": old},
        "both": {"secret": new, "secret_before": old},
        "after": {"secret": new},
    }.items():
        with served(**secrets) as client:
            asked[when] = client.get("/api/v1/cases", headers=bearing(token)).status_code

    assert asked == {"before": 200, "both": 200, "after": 401}


def test_a_made_up_token_costs_no_question_to_the_database(client, committed):
    asked = []

    def note(connection, cursor, statement, *rest):
        asked.append(statement)

    event.listen(committed.engine, "before_cursor_execute", note)
    try:
        made_up = f"bos_{'0' * 8}_{'x' * 43}_{'0' * 32}"
        answer = client.get("/api/v1/cases", headers=bearing(made_up))
    finally:
        event.remove(committed.engine, "before_cursor_execute", note)

    assert answer.status_code == 401
    assert [sql for sql in asked if "access_tokens" in sql] == []


def test_tokens_in_use_are_asked_about_together_and_what_holds_no_more_is_forgotten(
    client, committed, issued, monkeypatch
):
    monkeypatch.setattr("app.main.ask_again", lambda *_: None)
    monkeypatch.setattr(tokens, "TRUSTED_SECONDS", 60.0)
    known = client.app.state.known_tokens
    holds, revoked = issued(), issued()
    for token in (holds, revoked):
        client.get("/api/v1/cases", headers=bearing(token))
    first = known.found[hash_of(holds)]
    with transaction(committed.sessions) as session:
        session.execute(
            update(AccessToken)
            .where(AccessToken.secret_hash == hash_of(revoked))
            .values(revoked_at=machine_time())
        )

    ask_again(committed.sessions, known)

    answered = [
        client.get("/api/v1/cases", headers=bearing(token)).status_code
        for token in (holds, revoked)
    ]
    again = known.found[hash_of(holds)]
    assert answered == [200, 401]
    assert (again.signed_in, again.until > first.until) == (first.signed_in, True)


def test_a_token_nobody_uses_is_not_asked_about_again(client, committed, issued, monkeypatch):
    monkeypatch.setattr("app.main.ask_again", lambda *_: None)
    known = client.app.state.known_tokens
    token = issued()
    client.get("/api/v1/cases", headers=bearing(token))
    ask_again(committed.sessions, known)
    found = known.found[hash_of(token)]

    ask_again(committed.sessions, known)

    assert known.found[hash_of(token)] is found


def test_the_last_use_is_written_down_beside_requests(client, committed, issued):
    token = issued()
    before = machine_time()
    client.get("/api/v1/cases", headers=bearing(token))
    client.get("/api/v1/cases", headers=bearing(token))

    with reading(committed.sessions) as session:
        unwritten = session.scalar(select(AccessToken.last_used_at))
    written = note_uses(committed.sessions, client.app.state.known_tokens)
    again = note_uses(committed.sessions, client.app.state.known_tokens)

    with reading(committed.sessions) as session:
        last = session.scalar(select(AccessToken.last_used_at))
    assert (unwritten, written, again) == (None, 1, 0)
    assert before <= last <= machine_time()


def test_the_last_use_is_written_when_the_process_ends(committed, settings, issued):
    token = issued()
    with TestClient(create_app(settings)) as client:
        client.get("/api/v1/cases", headers=bearing(token))

    with reading(committed.sessions) as session:
        assert session.scalar(select(AccessToken.last_used_at)) is not None


def test_a_later_use_is_never_overwritten_by_an_earlier_one(client, committed, issued):
    token = issued()
    client.get("/api/v1/cases", headers=bearing(token))
    later = machine_time() + timedelta(minutes=5)
    with transaction(committed.sessions) as session:
        session.execute(update(AccessToken).values(last_used_at=later))

    note_uses(committed.sessions, client.app.state.known_tokens)

    with reading(committed.sessions) as session:
        assert session.scalar(select(AccessToken.last_used_at)) == later


def test_an_administrator_sees_all_tokens_and_a_municipalitys_its_own(session):
    here = a_municipality(session, number="0301", name="Oslo")
    there = a_municipality(session, number="1103", name="Stavanger")
    owner = session.execute(
        insert(User).values(name="Ada", role=Role.ADMINISTRATOR, demo=False).returning(User.id)
    ).scalar_one()
    for whose in (here, there):
        issue_token(
            session,
            name="Fagsystem",
            role=Role.MUNICIPALITY_READER,
            municipality_id=whose,
            actor=Actor("Ada", Role.ADMINISTRATOR, user_id=owner),
        )
    issue_token(session, name="imdi", role=Role.LEAD)

    everything = tokens_seen(session, actor=ADMINISTRATOR)
    own = tokens_seen(session, actor=administrator_of(here))

    assert {seen.organisation for seen in everything} == {"Oslo", "Stavanger", None}
    assert [(seen.organisation, seen.owner, seen.holds) for seen in own] == [("Oslo", "Ada", True)]


def test_a_municipality_revokes_its_own_tokens_and_no_others(session):
    here = a_municipality(session, number="0301", name="Oslo")
    issue_token(session, name="x", role=Role.MUNICIPALITY_READER, municipality_id=here)
    (seen,) = tokens_seen(session, actor=SYSTEM)

    for stranger in (administrator_of(here + 1), Actor("Kari", Role.LEAD)):
        with pytest.raises(NotFound):
            revoke_token(session, seen.id, actor=stranger, at=machine_time())
    revoke_token(session, seen.id, actor=administrator_of(here), at=machine_time())

    (after,) = tokens_seen(session, actor=SYSTEM)
    assert not after.holds
    with pytest.raises(NotFound):
        revoke_token(session, seen.id, actor=SYSTEM, at=machine_time())


def test_nobody_gives_out_more_than_is_theirs(session):
    here = a_municipality(session, number="0301", name="Oslo")
    there = a_municipality(session, number="1103", name="Stavanger")
    mia = administrator_of(here)
    writer = Actor("x", Role.MUNICIPALITY_WRITER, municipality_id=here)

    for actor, role, whose in (
        (mia, Role.LEAD, None),
        (mia, Role.MUNICIPALITY_ADMINISTRATOR, here),
        (mia, Role.MUNICIPALITY_READER, there),
        (Actor("Kari", Role.LEAD), Role.CASE_OFFICER, None),
        (writer, Role.MUNICIPALITY_READER, here),
    ):
        with pytest.raises(NotAllowed):
            issue_token(session, name="x", role=role, municipality_id=whose, actor=actor)
    for stranger in (Actor("Kari", Role.LEAD), Actor("Aud", Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            tokens_seen(session, actor=stranger)
    assert session.scalars(select(AccessToken)).all() == []


def test_no_token_holds_for_ever(session):
    with pytest.raises(ValueError, match="366 days at most"):
        issue_token(session, name="x", role=Role.LEAD, lasts=LONGEST + timedelta(seconds=1))


def test_issuing_and_revoking_are_in_the_audit_without_the_secret(session):
    secret = issue_token(session, name="x", role=Role.LEAD, actor=ADMINISTRATOR)
    (seen,) = tokens_seen(session, actor=SYSTEM)
    revoke_token(session, seen.id, actor=ADMINISTRATOR, at=machine_time())

    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"actor:token/{seen.id}")
        .order_by(AuditEntry.seq)
    ).all()
    assert [entry.action for entry in entries] == ["issue_token", "revoke_token"]
    assert all(secret not in str(entry.after) for entry in entries)
