"""`bosetting demo`: everything on one machine, on the morning of 12 March 2020."""

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.database import Addresses, DataDir, open_server
from app.command_line.listening import listening
from app.errors import CannotStart
from app.settings import settings
from workflow.kernel.country import Country

if TYPE_CHECKING:
    from app.db import Sessions
    from app.demonstration import ReadyUser, Wanted

HOST = "127.0.0.1"
#: Longest wait for requests under way and for the worker's piece of work, seconds.
PATIENCE = 5


def add_to(cli: typer.Typer) -> None:
    cli.command()(demo)


def demo(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    today: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day the clock starts on, from 2020-03-12 on.",
            show_default="2020-03-12, or where it has come to",
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it where there is a screen.")
    ] = True,
    seed: Annotated[
        int | None, typer.Option(help="Another scenario of the same kind.", show_default="2020")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            metavar="FILE",
            help="IMDi's published file: real requests and decided places for the generated ones.",
            show_default=False,
        ),
    ] = None,
    oidc: Annotated[
        bool,
        typer.Option("--oidc", help="Sign-in by an identity provider, too, beside it."),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Throw the demonstration there is away first.")
    ] = False,
    country: Annotated[
        Country, typer.Option(help="Norway in March 2020, or Sweden in September 2022.")
    ] = Country.NORWAY,
    data_dir: DataDir = None,
) -> None:
    """Run everything on an invented scenario: pages, API, worker, a clock of its own."""
    from app import demonstration, migrate

    if country is Country.SWEDEN and data_dir is None and settings().database_url is None:
        own = settings().data_dir
        data_dir = own.with_name(f"{own.name}-se")
    with (
        open_server(data_dir) as addresses,
        demonstration.alone(addresses.url) as alone,
        listening(HOST, port) as listener,
        ExitStack() as stack,
    ):
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        alone.announce(url)
        if fresh:
            demonstration.erase(_owner(addresses))
        if addresses.owner_url is not None:
            migrate.upgrade(addresses.owner_url)
        with _sessions(addresses.url) as sessions:
            now = _prepare(
                sessions,
                addresses,
                country,
                demonstration.Wanted(seed, data),
                today.date() if today else None,
            )
            people = demonstration.ready_users(sessions)

        if data_dir is not None:
            os.environ["BOSETTING_DATA_DIR"] = str(data_dir)  # letters lie beside it
        if oidc:
            stack.enter_context(_identity_provider(url, people))

        def ready() -> None:
            say = _say_what_there_is if country is Country.NORWAY else _say_what_sweden_has
            say(url, now, people)
            if browser and _has_a_screen():
                threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

        _serve(addresses.url, listener, ready, country)
    print("\nThe demonstration has ended. Start it again to go on where it was.")


@contextmanager
def _sessions(database_url: str) -> "Iterator[Sessions]":
    """What the demonstration is prepared with, on an ordinary login and the schema of this code."""
    from app import db
    from app.acting import SYSTEM

    engine = db.make_engine(database_url, connections=1)
    try:
        db.refuse_privileged_login(engine)
        db.refuse_newer_database(engine)
        yield db.make_sessions(engine, SYSTEM)
    finally:
        engine.dispose()


@contextmanager
def _identity_provider(url: str, people: "Sequence[ReadyUser]") -> "Iterator[None]":
    """Let the server that is started next send people to a provider of the demonstration's own."""
    from app import demonstration_provider

    with demonstration_provider.beside(people) as file:
        os.environ |= {"BOSETTING_SIGN_IN_FILE": str(file), "BOSETTING_PUBLIC_URL": url}
        os.environ.setdefault("BOSETTING_SECRET", demonstration_provider.SECRET)
        yield


def _owner(addresses: Addresses) -> str:
    if addresses.owner_url is None:
        raise CannotStart(
            "--fresh needs BOSETTING_OWNER_DATABASE_URL: only the owner of the schema may drop it."
        )
    return addresses.owner_url


def _prepare(
    sessions: "Sessions",
    addresses: Addresses,
    country: Country,
    wanted: "Wanted",
    today: date | None,
) -> datetime:
    """The scenario of the country and its clock; returns what time it is there."""
    from app import demonstration, deployment
    from app.clock import machine_time
    from app.scenario import sweden

    deployment.set_up(sessions, country, at=machine_time())
    if country is Country.NORWAY:
        _fill(sessions, addresses, wanted)
        return demonstration.start_clock(sessions, today)
    if wanted.file is not None:
        raise CannotStart("--data is IMDi's file: Sweden's demonstration takes none.")
    demonstration.fill_sweden(sessions, wanted)
    return demonstration.start_clock(sessions, today, sweden.STARTS_AT)


def _fill(sessions: "Sessions", addresses: Addresses, wanted: "Wanted") -> None:
    from app import demonstration
    from app.command_line.progress import shown

    demonstration.fill(
        sessions,
        addresses.owner_url,
        wanted,
        watch=lambda all_of_it: shown("March 2020", all_of_it, total=len(all_of_it)),
        reject=lambda row: print(f"{wanted.file}:{row}", file=sys.stderr),
    )


def _serve(
    database_url: str, listener: socket.socket, ready: Callable[[], None], country: Country
) -> None:
    """Answer requests, with a worker beside, until interrupted."""
    import uvicorn

    from app import logs, main

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

    os.environ |= {"BOSETTING_DATABASE_URL": database_url, "BOSETTING_DEMO": "true"}
    os.environ["BOSETTING_COUNTRY"] = country
    settings.cache_clear()
    logs.configure(settings(), level="WARNING")
    config = uvicorn.Config(
        main.create_app(),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=PATIENCE,
    )
    with _worker(database_url):
        try:
            Server(config).run(sockets=[listener])
        except KeyboardInterrupt:
            return


@contextmanager
def _worker(database_url: str) -> Iterator[None]:
    """A worker of our own, beside the server."""
    from app import db
    from app.acting import SYSTEM
    from app.worker import run

    engine = db.make_engine(database_url, connections=10)  # for all its threads
    stop = threading.Event()
    thread = threading.Thread(
        target=run,
        args=(db.make_sessions(engine, SYSTEM), settings()),
        kwargs={"stop": stop},
        name="worker",
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENCE)
        engine.dispose()


def _has_a_screen() -> bool:
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _say_what_there_is(url: str, now: datetime, people: Sequence["ReadyUser"]) -> None:
    from app.languages import speaking
    from app.wording import label
    from workflow.kernel.actor import Role

    print(f"\nBosetting is on {url}")
    print(f"There it is {now:%A} {now.day} {now:%B %Y}, {now:%H:%M}, and the clock runs on.")
    print("\nWho can sign in (choose a name; there are no passwords):")
    with speaking("en"):
        for person in people:
            office = f", {person.office}" if person.office else ""
            print(f"  {person.name:<22} {label(person.role, 'role')}{office}")
    officer = next(person for person in people if person.role is Role.CASE_OFFICER)
    writers = [person for person in people if person.role is Role.MUNICIPALITY_WRITER]
    print("\nThree things to try:")
    print(f"  1. {officer.name}: withdraw all that was distributed before 12 March 2020,")
    print(f"     about 750 persons who cannot travel: {url}/omgjoring/ny")
    print(f"  2. {officer.name}: put those who can travel to municipalities again, the former")
    print(f"     one first: {url}/fordeling/ny")
    print(f"  3. {writers[1].name} ({writers[1].office}): see what became of its cases, say yes")
    print(f"     with a new week, report a home that stands empty: {url}/kommune")
    print("\nCtrl-C ends it; the data stays.", flush=True)


def _say_what_sweden_has(url: str, now: datetime, people: Sequence["ReadyUser"]) -> None:
    from app.languages import speaking
    from app.wording import label

    print(f"\nBosetting is on {url}")
    print(f"There it is {now:%A} {now.day} {now:%B %Y}, {now:%H:%M}, and the clock runs on.")
    print("\nWho can sign in (choose a name; there are no passwords):")
    with speaking("en"):
        for person in people:
            office = f", {person.office}" if person.office else ""
            print(f"  {person.name:<22} {label(person.role, 'role')}{office}")
    print("\nThree things to try:")
    print(f"  1. {people[0].name}: how far each number is filled, and how evenly:")
    print(f"     {url}/maluppfyllelse")
    print(f"  2. Karin Test-Dahl (Karlstad): answer a proposed swap: {url}/omfordelning")
    print("  3. Lena Test-Åkesson (Värmland): confirm the one that both have agreed to, there")
    print("\nCtrl-C ends it; the data stays.", flush=True)
