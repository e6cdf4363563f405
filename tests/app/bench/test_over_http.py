"""`bosetting bench transitions` over HTTP, small."""

import os
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from sqlalchemy import text

from app.bench import cpu, over_http
from app.bench.database import connect
from app.bench.over_http import bench_http
from app.bench.seeding import FIRST_CASE, FIRST_MUNICIPALITY, MUNICIPALITIES, Scene
from app.bench.transitions import Load
from app.errors import CannotStart
from tests.factories import NOW

LOAD = Load(clients=2, transitions=3)


@pytest.mark.trial
def test_lines_give_rates_ratio_times_and_cpu(an_own_database, capsys):
    with an_own_database() as database:
        bench_http(database, load=LOAD, rounds=1)
        with database.sessions(1) as sessions, sessions() as session:
            states = dict(
                session.execute(text("SELECT state, count(*) FROM cases GROUP BY state")).all()
            )

    rates, times, used = capsys.readouterr().out.splitlines()
    assert re.match(
        r"  accept over HTTP, 2 connections: [\d,]+/s of [\d,]+/s, ratio \d\.\d\d", rates
    )
    assert re.match(r"    p50 \d+ ms, p99 \d+ ms", times)
    assert re.search(r"(\d\.\d\d) ms together", used)
    assert set(states) == {"accepted"}


class _SaysNo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *values: object) -> None:  # noqa: A002  as above
        """Nobody reads it."""


@pytest.mark.trial
def test_an_answer_that_is_not_yes_stops_the_bench():
    anybodys = dict.fromkeys(
        range(FIRST_MUNICIPALITY, FIRST_MUNICIPALITY + MUNICIPALITIES), "a token"
    )
    requests = over_http._requests(Scene(NOW), LOAD, FIRST_CASE, anybodys)

    with ThreadingHTTPServer((over_http.HOST, 0), _SaysNo) as server:
        answering = Thread(target=server.serve_forever)
        answering.start()
        try:
            with pytest.raises(CannotStart, match="401"):
                over_http._load(server.server_port, requests)
        finally:
            server.shutdown()
            answering.join()


def test_the_servers_process_is_found_from_a_connection(databases):
    with connect(databases.server.superuser_url.replace("+psycopg", "")) as connection:
        server = cpu.server_of(connection)
        before = cpu.seconds_of_family(server)
        connection.execute("SELECT sum(sqrt(n)) FROM generate_series(1, 1000000) n")
        used = cpu.seconds_of_family(server) - before

    assert used > 0


def test_a_process_that_is_not_there_has_no_cpu_time():
    with pytest.raises(ProcessLookupError):
        cpu.seconds_of_family(2**22 + os.getpid())
