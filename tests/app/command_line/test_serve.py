"""`bosetting serve` on a database nobody has filled."""

import socket

import pytest
import uvicorn
from typer.testing import CliRunner

from app.command_line import make_cli
from app.command_line.listening import listening
from app.errors import CannotStart
from tests.factories import a_municipality


class Served(list):
    """The sockets, and how they would be answered at."""

    def __init__(self) -> None:
        super().__init__()
        self.configs: list[uvicorn.Config] = []


@pytest.fixture
def served(monkeypatch):
    """The sockets that would be answered at; nobody answers."""
    sockets_given = Served()

    def run(server, sockets):
        sockets_given.configs.append(server.config)
        server.started = True
        sockets_given.extend(
            (each.getsockname(), each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            for each in sockets
        )

    monkeypatch.setattr(uvicorn.Server, "run", run)
    monkeypatch.setenv("BOSETTING_SECRET", "the key of a deployment that only tests know")
    return sockets_given


def test_without_a_secret_it_says_how_one_is_made_and_serves_nobody(database, served, monkeypatch):
    monkeypatch.delenv("BOSETTING_SECRET")

    answer = CliRunner().invoke(make_cli(), ["serve", "--port", "0"])

    assert (answer.exit_code, served) == (1, [])
    assert isinstance(answer.exception, CannotStart)
    assert "BOSETTING_SECRET is not set" in str(answer.exception)


def test_without_municipalities_it_says_how_to_load_them_and_serves(database, served):
    answer = CliRunner().invoke(make_cli(), ["serve", "--port", "0"])

    assert answer.exit_code == 0
    assert "`bosetting import municipalities`" in answer.stderr
    [((host, port), answers_at_once)] = served
    assert (host, answers_at_once) == ("127.0.0.1", 1)
    assert f"http://127.0.0.1:{port}" in answer.stdout


def test_with_municipalities_it_serves_without_a_word(database, served):
    with database.sessions.begin() as session:
        a_municipality(session)

    answer = CliRunner().invoke(make_cli(), ["serve", "--port", "0"])

    assert (answer.exit_code, answer.stderr, len(served)) == (0, "", 1)


@pytest.mark.parametrize(
    ("setting", "trusted"), [("", []), ("10.0.0.0/8, 127.0.0.1", ["10.0.0.0/8", "127.0.0.1"])]
)
def test_what_a_proxy_says_counts_from_those_that_are_named(
    database, served, monkeypatch, setting, trusted
):
    monkeypatch.setenv("BOSETTING_TRUSTED_PROXIES", setting)

    CliRunner().invoke(make_cli(), ["serve", "--port", "0"])

    (config,) = served.configs
    assert (config.proxy_headers, config.forwarded_allow_ips) == (bool(trusted), trusted)
    assert not config.server_header
    assert not config.access_log


def test_a_port_that_is_taken_is_one_sentence(database, served):
    with listening("127.0.0.1", 0) as taken:
        taken.listen()
        answer = CliRunner().invoke(make_cli(), ["serve", "--port", str(taken.getsockname()[1])])

    assert (answer.exit_code, served) == (1, [])
    assert "choose another with --port" in str(answer.stderr or answer.exception)
