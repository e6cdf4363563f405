"""Events to as many webhooks as there are municipalities, beside a bare INSERT of the same rows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter
from typing import Any
from uuid import uuid4

import typer
from sqlalchemy import insert, text

from app.bench import seeding
from app.bench.database import OwnDatabase, connect
from app.bench.seeding import FIRST_MUNICIPALITY, MUNICIPALITIES, Scene
from app.clock import machine_time
from app.db import Sessions, transaction
from app.settings import Settings
from app.webhooks import sending, signing
from app.webhooks.models import Webhook
from app.webhooks.states import Scope
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish_all
from workflow.vacancies.events import VacancyEvent

HERE = "127.0.0.1"
#: As the worker has it.
SENDERS = sending.SENDERS
_SECRET = "of the bench, which nobody outside of it ever sees"  # noqa: S105


def bench_webhooks(database: OwnDatabase, *, events: int = 10_000) -> None:
    """Print the rates; the receiver is a thread of this process, so it takes of the same cores."""
    with connect(database.owner) as connection:
        scene = Scene(machine_time())
        seeding.municipalities(connection, scene, places=1)
    with database.sessions(SENDERS) as sessions, _receiver() as (port, got):
        settings = Settings(secret=_SECRET, private_hosts=(HERE,))  # type: ignore[arg-type]
        _subscribe(sessions, settings, port)
        bare = seconds(lambda: _publish(sessions, events))
        placed = seconds(lambda: sending.fan_out(sessions))
        sent = seconds(lambda: _drain(sessions, settings))
    typer.echo(f"webhooks: {events:,} events to {MUNICIPALITIES} municipalities")
    typer.echo(f"  bare insert {events / bare:,.0f} events/s")
    typer.echo(f"  into queues {events / placed:,.0f} events/s, ratio {bare / placed:.2f}")
    typer.echo(f"  delivered {len(got) / sent:,.0f} events/s, ratio {bare / sent:.4f}")
    typer.echo(f"  received {len(got):,}, different {len(set(got)):,}")


def _subscribe(sessions: Sessions, settings: Settings, port: int) -> None:
    at = machine_time()
    with transaction(sessions) as session:
        session.execute(
            insert(Webhook),
            [
                {
                    "id": uuid4(),
                    "scope": Scope.MUNICIPALITY,
                    "municipality_id": FIRST_MUNICIPALITY + number,
                    "url": f"http://{HERE}:{port}/",
                    "events": [],
                    "secret": signing.sealed(signing.fresh(), settings),
                    "version": 1,
                    "at": at,
                    "actor": "bench",
                    "failures": 0,
                    "next_at": at,
                }
                for number in range(MUNICIPALITIES)
            ],
        )
        session.execute(text("UPDATE outbox SET recalled_at = at"))


def _publish(sessions: Sessions, events: int) -> None:
    with transaction(sessions) as session:
        publish_all(
            session,
            (
                Event(
                    VacancyEvent.CLOSED,
                    municipality_id=FIRST_MUNICIPALITY + number % MUNICIPALITIES,
                    facts={"vacancy_id": str(uuid4())},
                )
                for number in range(events)
            ),
            at=machine_time(),
        )


def _drain(sessions: Sessions, settings: Settings) -> None:
    senders = [
        threading.Thread(target=sending.drain, args=(sessions, settings)) for _ in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


def seconds(work: Any) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


@contextmanager
def _receiver() -> Iterator[tuple[int, list[str]]]:
    """A server that takes everything, and the ids it was told."""
    got: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps its connections, as receivers do
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            got.append(self.headers["webhook-id"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *told: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer((HERE, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
