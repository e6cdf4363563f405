"""`bosetting bench transitions` over HTTP, small."""

import os
import re

import pytest
from sqlalchemy import text

from app.bench import cpu
from app.bench.database import connect, own_database
from app.bench.over_http import bench_http
from app.bench.transitions import Load
from app.errors import CannotStart

LOAD = Load(clients=2, transitions=3)


def test_lines_give_rates_ratio_times_and_cpu(addresses, capsys):
    with own_database(addresses) as database:
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


def test_an_answer_that_is_not_yes_stops_the_bench(addresses, monkeypatch):
    monkeypatch.setattr(
        "app.bench.over_http._tokens", lambda database: dict.fromkeys(range(10**6), "x")
    )

    with own_database(addresses) as database, pytest.raises(CannotStart, match="401"):
        bench_http(database, load=LOAD, rounds=1)


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
