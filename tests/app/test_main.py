"""The application put together: health, headers, what it refuses to start on."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import NullPool, create_engine, text

from app.errors import CannotStart
from app.main import create_app
from app.settings import Settings
from tests.factories import officer


@pytest.fixture
def client(own_client):
    return own_client


def test_it_lives_and_is_ready(client):
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_it_is_not_ready_on_another_schema(client, committed):
    owner = create_engine(committed.owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert "9999" in answer.json()["reason"]
    assert client.get("/health/live").status_code == 200


def test_it_is_not_ready_without_a_database(client):
    client.app.state.engine.dispose()
    client.app.state.sessions.configure(
        bind=create_engine("postgresql+psycopg://x@/x?host=/nowhere", poolclass=NullPool)
    )

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["reason"] == "the database does not answer"


def test_it_does_not_start_without_a_database_or_as_its_owner(committed):
    with pytest.raises(CannotStart):
        create_app(Settings(database_url=None))
    privileged = create_app(Settings(database_url=committed.owner_url))
    with pytest.raises(CannotStart), TestClient(privileged):
        pass


def test_every_answer_carries_the_headers(client, as_):
    for answer in (
        client.get("/health/live"),
        client.get("/api/v1/cases"),
        as_(officer()).get("/cases"),
        client.get("/nothing"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


@pytest.fixture
def late_refusal(committed):
    """A database that lets a case in and refuses it at the commit."""
    owner = create_engine(committed.owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$"
            )
        )
        connection.execute(
            text(
                "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON cases"
                " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )


def test_what_fails_at_the_commit_is_no_201(late_refusal, as_):
    body = {
        "group": "private",
        "persons": [{"birth_year": 1985, "sex": "female", "nationality": "SY"}],
    }
    api = as_(officer())

    answer = api.post("/cases", body, idempotency_key="a")

    assert (answer.status_code, answer.json()["code"]) == (409, "busy")
    assert api.get("/cases").json()["items"] == []
