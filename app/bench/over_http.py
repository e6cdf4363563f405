"""Durable transitions per second over HTTP, beside pgbench with the same statements.

The application as `bosetting serve --workers 2` runs it; the load comes from another process.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import httpx
import typer
from pydantic import SecretStr

from app import keys
from app.bench import cpu, pgbench, seeding
from app.bench.database import OwnDatabase, connect
from app.bench.seeding import FIRST_MUNICIPALITY, MUNICIPALITIES, Scene, case_id, municipality_of
from app.bench.transitions import STEPS, Blocks, Load, record
from app.clock import machine_time
from app.db import transaction
from app.errors import CannotStart
from app.settings import Settings
from app.signin import issue_token, issuing
from workflow.kernel.actor import Role

#: Of pgbench with as many clients; seconds for 99 of 100; CPU milliseconds of one transition.
REACH, BOLD, REACH_P99, REACH_CPU_MS = 0.22, 0.30, 0.050, 1.0
LOAD = Load(16, 120)
ROUNDS = 3
#: Processes of the application: pgbench too has two at its disposal.
WORKERS = 2
#: Requests of each connection before the clock starts.
WARM = 20
#: Longest wait for the application to be ready, in seconds.
PATIENCE = 60

HOST = "127.0.0.1"
#: Of a deployment that is gone when the bench ends.
SECRET = secrets.token_urlsafe(48)


@dataclass(slots=True)
class Measured:
    """Round by round; `times` are of all answers, in seconds."""

    rates: list[float] = field(default_factory=list)
    pgbench: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    #: Of CPU and per transition; the database's only where it runs on this machine.
    app_seconds: list[float] = field(default_factory=list)
    database_seconds: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return sum(self.rates) / sum(self.pgbench)


def bench_http(database: OwnDatabase, *, load: Load = LOAD, rounds: int = ROUNDS) -> None:
    """Print rate, ratio, times and CPU of POST /cases/{id}/accept."""
    measured = measure(database, load=load, rounds=rounds)
    ours, theirs = (sum(rates) / rounds for rates in (measured.rates, measured.pgbench))
    percentile = quantiles(measured.times, n=100)
    typer.echo(
        f"  accept over HTTP, {load.clients} connections: {ours:,.0f}/s of {theirs:,.0f}/s, "
        f"ratio {measured.ratio:.2f} (reach {REACH}, bold {BOLD:.2f})"
    )
    typer.echo(
        f"    p50 {1000 * percentile[49]:.0f} ms, p99 {1000 * percentile[98]:.0f} ms "
        f"(reach {1000 * REACH_P99:.0f} ms)"
    )
    app_ms = 1000 * sum(measured.app_seconds) / rounds
    if measured.database_seconds:
        database_ms = 1000 * sum(measured.database_seconds) / rounds
        typer.echo(
            f"    CPU of one: {app_ms:.2f} ms of the application and {database_ms:.2f} ms of the "
            f"database, {app_ms + database_ms:.2f} ms together (reach {REACH_CPU_MS:.0f} ms)"
        )
    else:
        typer.echo(f"    CPU of one: {app_ms:.2f} ms of the application")


def measure(database: OwnDatabase, *, load: Load, rounds: int) -> Measured:
    """In rounds: a block of cases is accepted over HTTP, the next one by pgbench."""
    program = pgbench.find()
    scene = Scene(machine_time())
    blocks = Blocks()
    warm = Load(load.clients, WARM)
    with connect(database.owner) as connection:
        seeding.municipalities(connection, scene, places=1_000_000)
        cases = 1 + warm.cases + 2 * rounds * load.cases
        seeding.registered_cases(connection, scene, cases=cases)
        seeding.put_to_their_municipalities(connection, scene)
        connection.execute("VACUUM ANALYZE")
        server = cpu.server_of(connection)
    tokens = _tokens(database)
    script = record(database, {"accept": STEPS["accept"]}, scene, blocks.take(1))["accept"]
    measured = Measured()
    with application(database.url) as (app, port):
        _load(port, _requests(scene, warm, blocks.take(warm.cases), tokens))
        for _ in range(rounds):
            requests = _requests(scene, load, blocks.take(load.cases), tokens)
            app_before = cpu.seconds_of_family(app)
            database_before = cpu.seconds_of_family(server) if server else 0.0
            answered = _load(port, requests)
            measured.app_seconds.append((cpu.seconds_of_family(app) - app_before) / load.cases)
            if server:
                used = cpu.seconds_of_family(server) - database_before
                measured.database_seconds.append(used / load.cases)
            measured.rates.append(load.cases / answered["seconds"])
            measured.times += answered["times"]
            measured.pgbench.append(
                pgbench.rate(
                    program,
                    database.address,
                    script,
                    clients=load.clients,
                    transactions=load.transitions,
                    variables={
                        "first": blocks.take(load.cases),
                        "each": load.transitions,
                        "counter": -1,
                    },
                )
            )
    return measured


def _tokens(database: OwnDatabase) -> dict[int, str]:
    """A bearer token for each municipality."""
    signed_by = keys.of(Settings(secret=SecretStr(SECRET)), issuing.PURPOSE)
    with database.sessions(1) as sessions, transaction(sessions) as session:
        return {
            municipality: issue_token(
                session,
                name="fagsystem",
                role=Role.MUNICIPALITY_WRITER,
                municipality_id=municipality,
                keys=signed_by,
            )
            for municipality in range(FIRST_MUNICIPALITY, FIRST_MUNICIPALITY + MUNICIPALITIES)
        }


def _requests(scene: Scene, load: Load, first: int, tokens: dict[int, str]) -> list[list[str]]:
    """Each connection's own cases, each accepted by its municipality as it was put to it."""
    body = json.dumps({"settlement_week": str(scene.week)})

    def request(number: int) -> str:
        lines = (
            f"POST /api/v1/cases/{case_id(number)}/accept HTTP/1.1",
            f"Host: {HOST}",
            f"Authorization: Bearer {tokens[municipality_of(number)]}",
            'If-Match: "case-2"',
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        return "\r\n".join((*lines, "", body))

    return [
        [request(first + client * load.transitions + n) for n in range(load.transitions)]
        for client in range(load.clients)
    ]


def _load(port: int, requests: list[list[str]]) -> dict[str, Any]:
    """What the loader tells.

    Raises:
        CannotStart: an answer was not 200.
    """
    answer = subprocess.run(
        [sys.executable, "-m", "app.bench.loader"],
        input=json.dumps({"host": HOST, "port": port, "requests": requests}),
        check=True,
        capture_output=True,
        text=True,
    )
    told: dict[str, Any] = json.loads(answer.stdout)
    if set(told["statuses"]) != {"200"}:
        raise CannotStart(f"The application answered {told['statuses']}, not only 200.")
    return told


@contextmanager
def application(url: str) -> Iterator[tuple[int, int]]:
    """`bosetting serve` on the database: its process and port."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    app = subprocess.Popen(  # noqa: S603 - our own command
        [
            *(sys.executable, "-m", "app", "serve", f"--workers={WORKERS}"),
            *(f"--host={HOST}", f"--port={port}"),
        ],
        env=os.environ | {"BOSETTING_DATABASE_URL": url, "BOSETTING_SECRET": SECRET},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_ready(app, port)
        yield app.pid, port
    finally:
        app.send_signal(signal.SIGTERM)
        app.wait()


def _await_ready(app: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    with httpx.Client(base_url=f"http://{HOST}:{port}") as client:
        while app.poll() is None and time.monotonic() < deadline:
            with suppress(httpx.HTTPError):
                if client.get("/health/ready").is_success:
                    return
            time.sleep(0.1)
    raise CannotStart("The application did not start.")
