"""`bosetting worker`: deliveries, deadlines, scheduled work."""

from threading import Event as Signal
from typing import Annotated

import typer

from app.command_line.database import DataDir, open_database
from app.settings import settings


def add_to(cli: typer.Typer) -> None:
    cli.command()(worker)


def worker(
    once: Annotated[
        bool, typer.Option("--once", help="Do what waits, then end.", show_default=False)
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Tell what has happened and do what comes round, until stopped; several may run at once."""
    from app import db, logs
    from app.acting import SYSTEM
    from app.letters import working as letters
    from app.messages import working as messages
    from app.preparing import prepare_next
    from app.webhooks import sending as webhooks
    from app.worker import run, work

    chosen = settings()
    if data_dir is not None:  # letters lie beside it
        chosen = chosen.model_copy(update={"data_dir": data_dir})
    logs.configure(chosen)
    with open_database(data_dir) as addresses:
        engine = db.make_engine(
            addresses.url, connections=10
        )  # a thread or two for each kind of work
        try:
            sessions = db.make_sessions(engine, SYSTEM)
            if once:
                done = work(sessions, chosen)
                done += letters.post(sessions, letters.channel(chosen))
                done += sum(
                    messages.send(sessions, way, channel)
                    for way, channel in messages.channels(chosen).items()
                )
                while prepare_next(sessions):
                    done += 1
                webhooks.fan_out(sessions)
                done += webhooks.drain(sessions, chosen)
                print(f"Done: {done:,}.")
            else:
                run(sessions, chosen, stop=Signal())
        finally:
            engine.dispose()
