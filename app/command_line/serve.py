"""`bosetting serve`: the application, over HTTP."""

import multiprocessing
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.database import Addresses, DataDir, open_database
from app.command_line.kept_secrets import needs_a_secret
from app.command_line.listening import listening
from app.settings import settings

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI


def add_to(cli: typer.Typer) -> None:
    cli.command()(serve)


def create_app() -> "FastAPI":
    """The application of one process; one of several goes when the process above them does."""
    from app import logs, main
    from app.parent_death import ending_with

    logs.configure(settings())
    if above := multiprocessing.parent_process():
        ending_with(above.pid or 0, by=signal.SIGTERM)()
    return main.create_app()


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    data_dir: DataDir = None,
) -> None:
    """Serve pages and API, on BOSETTING_DATABASE_URL or the embedded database."""
    import uvicorn

    from app import logs

    with (
        listening(host, port) as listener,
        open_database(data_dir) as addresses,
        _counting_together(workers),
    ):
        # Worker processes are started anew and know only the environment.
        os.environ["BOSETTING_DATABASE_URL"] = addresses.url
        _for_the_country_there(addresses)
        settings.cache_clear()
        chosen = settings()
        logs.configure(chosen)
        needs_a_secret()
        _tell_if_empty(addresses)
        typer.echo(f"Bosetting: http://{host}:{listener.getsockname()[1]}")
        _answer(
            uvicorn.Config(
                "app.command_line.serve:create_app",
                factory=True,
                workers=workers,
                server_header=False,
                log_config=None,
                access_log=False,
                proxy_headers=bool(chosen.trusted_proxies),
                forwarded_allow_ips=list(chosen.trusted_proxies),
            ),
            listener,
        )


def _answer(config: "uvicorn.Config", listener: socket.socket) -> None:
    """Until interrupted; exits 3, as uvicorn does, where the application did not start."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    if config.workers > 1:
        Multiprocess(config, sockets=[listener]).run()
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        sys.exit(3)


@contextmanager
def _counting_together(workers: int) -> Iterator[None]:
    """Several processes keep what `/metrics` tells in one folder; each alone knows only its own."""
    if workers == 1:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="bosetting-metrics-") as folder:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        yield


def _for_the_country_there(addresses: Addresses) -> None:
    """What the database says it is for holds where nothing else is said."""
    from app import db, deployment

    if settings().country is not None:
        return
    engine = db.make_engine(addresses.url, connections=1)
    try:
        there = deployment.country_there(db.make_sessions(engine))
    finally:
        engine.dispose()
    if there is not None:
        os.environ["BOSETTING_COUNTRY"] = there


def _tell_if_empty(addresses: Addresses) -> None:
    """Without municipalities there is nobody to put a case to."""
    from sqlalchemy import exists, select

    from app import db
    from app.acting import VISITOR
    from workflow.municipalities.models import Municipality

    engine = db.make_engine(addresses.url, connections=1)
    try:
        with db.reading(db.make_sessions(engine), VISITOR) as session:
            there = session.scalar(select(exists(select(Municipality.id))))
    finally:
        engine.dispose()
    if not there:
        print(
            "bosetting: There are no municipalities yet: `bosetting import municipalities` loads"
            " those of 2020, docs/import.md tells of others.",
            file=sys.stderr,
        )
