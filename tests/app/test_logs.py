"""The log tells what happened, to which request, and nothing of a person."""

import io
import json
import logging
import subprocess
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from app import logs
from app.db import transaction
from app.main import create_app
from app.metrics import log as requests_log
from app.settings import Settings

URL = "postgresql+psycopg://kari:hemmelig-passord@db.test/bosetting"


def written(settings: Settings) -> io.StringIO:
    to = io.StringIO()
    logs.configure(settings, to=to)
    return to


def test_a_line_for_people_has_time_level_name_and_words(restored):
    to = written(Settings())

    logging.getLogger("app.x").warning("constraint at %s", URL)

    line = to.getvalue()
    assert line.endswith("WARNING app.x constraint at postgresql+psycopg://***@db.test/bosetting\n")
    assert line.startswith("20")


def test_a_line_for_programs_is_an_object(restored):
    to = written(Settings(log_format="json"))

    logging.getLogger("app.x").warning("away: %s", URL, extra={"told": {"ms": 3.5, "route": "/x"}})

    told = json.loads(to.getvalue())
    assert told.pop("at").endswith("Z")
    assert told == {
        "level": "WARNING",
        "logger": "app.x",
        "message": "away: postgresql+psycopg://***@db.test/bosetting",
        "ms": 3.5,
        "route": "/x",
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_tells_no_secret(restored, form):
    secret = "this deployment's own key, long enough"
    to = written(Settings(log_format=form, secret=secret))

    def connect():
        raise ConnectionError(f"cannot reach {URL} with {secret}")

    try:
        connect()
    except ConnectionError:
        logging.getLogger("app.x").exception("failed")

    assert "ConnectionError" in to.getvalue()
    assert "Traceback" in to.getvalue()
    assert "hemmelig-passord" not in to.getvalue()
    assert secret not in to.getvalue()


def test_what_the_database_refuses_is_told_without_the_row(restored, committed):
    to, name = written(Settings()), "Yusra Nordmann"

    with pytest.raises(DBAPIError) as refused, transaction(committed.sessions) as session:
        session.execute(text("SELECT CAST(:name AS integer)"), {"name": name})
    logging.getLogger("app.x").error("failed", exc_info=refused.value)

    assert "InvalidTextRepresentation" in to.getvalue()
    assert "Yusra" not in to.getvalue()


def test_a_request_is_a_line_with_its_route_its_sign_and_no_query(restored, committed):
    to = written(Settings(log_format="json"))
    app = create_app(Settings(database_url=committed.url))
    with TestClient(app, follow_redirects=False) as client:
        client.get("/saker", params={"q": "Yusra Nordmann"}, headers={"x-request-id": "from-you-1"})

    lines = [json.loads(line) for line in to.getvalue().splitlines()]
    (line,) = [line for line in lines if line["logger"] == requests_log.name]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/saker", 303)
    assert line["request_id"] == "from-you-1"
    assert line["ms"] > 0
    assert "Yusra" not in to.getvalue()


def test_the_servers_own_lines_of_requests_are_not_written(restored):
    to = written(Settings())

    logging.getLogger("uvicorn.access").info('1.2.3.4 - "GET /saker?q=Yusra HTTP/1.1" 200')

    assert to.getvalue() == ""


def test_what_ends_a_command_is_told_without_secrets():
    program = (
        "from app import logs\nfrom app.settings import Settings\n"
        f"logs.configure(Settings())\nraise RuntimeError('cannot reach {URL}')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )

    assert ended.returncode == 1
    assert "RuntimeError" in ended.stderr
    assert "hemmelig" not in ended.stderr.split("RuntimeError")[-1]


def test_nobody_writes_a_line_of_their_own_into_the_log(restored):
    to = written(Settings())

    logging.getLogger("app.x").info(
        "refused %s", "/saker/x\n2026-01-01 INFO app.y all is well\x1b[2J"
    )

    assert to.getvalue().count("\n") == 1
    assert "\\x0a2026" in to.getvalue()
    assert "\x1b" not in to.getvalue()
