"""Durable transitions per second: the command layer beside pgbench with the same statements.

Both on one database, by turns and each on new connections, so that what else the machine does falls
on both alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Barrier, Thread
from time import perf_counter, process_time

import typer
from sqlalchemy.orm import Session

from app.bench import pgbench, seeding
from app.bench.database import OwnDatabase, connect
from app.bench.seeding import (
    CASE_ID,
    FIRST_ACCOUNT,
    FIRST_CASE,
    FIRST_MUNICIPALITY,
    MUNICIPALITIES,
    Scene,
    account_of,
    case_id,
    municipality_of,
    writer_of,
)
from app.clock import machine_time
from app.db import Sessions, transaction
from workflow.cases import commands
from workflow.cases.commands import Question

#: Of pgbench at 4 clients: what we promise, and what we would like.
REACH, BOLD = 0.45, 0.60


@dataclass(frozen=True, slots=True)
class Load:
    """So many clients at once, each with so many transitions a round."""

    clients: int
    transitions: int

    @property
    def cases(self) -> int:
        return self.clients * self.transitions


LOADS = (Load(1, 250), Load(4, 250), Load(16, 120))
ROUNDS = 3

Step = Callable[[Session, Scene, int], object]


def put(session: Session, scene: Scene, number: int) -> object:
    """A registered case is put to its municipality."""
    return commands.put_to_municipality(
        session,
        case_id(number),
        "distribute",
        Question(municipality_of(number), scene.year),
        actor=seeding.OFFICER,
        at=scene.at,
    )


def accept(session: Session, scene: Scene, number: int) -> object:
    """The municipality says yes."""
    return commands.accept(
        session,
        case_id(number),
        settlement_week=scene.week,
        actor=writer_of(number),
        at=scene.at,
    )


STEPS: dict[str, Step] = {"put_to_municipality": put, "accept": accept}


@dataclass(slots=True)
class Measured:
    """Transitions a second, round by round, and what one of ours took."""

    step: str
    load: Load
    ours: list[float] = field(default_factory=list)
    pgbench: list[float] = field(default_factory=list)
    #: Of CPU, per transition.
    our_seconds: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        return sum(self.ours) / sum(self.pgbench)


def bench_transitions(
    database: OwnDatabase, *, loads: Sequence[Load] = LOADS, rounds: int = ROUNDS
) -> None:
    """Print rates and ratios of each command at each number of clients."""
    typer.echo("transitions: durable a second, by the command layer and by pgbench")
    for measured in measure(database, loads=loads, rounds=rounds):
        ours = sum(measured.ours) / len(measured.ours)
        theirs = sum(measured.pgbench) / len(measured.pgbench)
        cpu_ms = 1000 * sum(measured.our_seconds) / len(measured.our_seconds)
        reach = f" (reach {REACH}, bold {BOLD})" if measured.load.clients == 4 else ""
        typer.echo(
            f"  {measured.step}, {measured.load.clients} clients: {ours:,.0f}/s of "
            f"{theirs:,.0f}/s, ratio {measured.ratio:.2f}{reach}; "
            f"{cpu_ms:.2f} ms CPU of ours each"
        )


def measure(database: OwnDatabase, *, loads: Sequence[Load], rounds: int) -> list[Measured]:
    """Each load in rounds: we put and accept a block of cases, then pgbench the next block."""
    program = pgbench.find()
    scene = Scene(machine_time())
    blocks = Blocks()
    with connect(database.owner) as connection:
        seeding.municipalities(connection, scene, places=1_000_000)
        cases = 1 + sum(2 * rounds * load.cases for load in loads)
        seeding.registered_cases(connection, scene, cases=cases)
        connection.execute("VACUUM ANALYZE")
    scripts = record(database, STEPS, scene, blocks.take(1))
    found: list[Measured] = []
    for load in loads:
        each = {name: Measured(name, load) for name in STEPS}
        for _ in range(rounds):
            first = blocks.take(load.cases)
            for name, step in STEPS.items():
                rate, seconds = _run(database, step, scene, load, first)
                each[name].ours.append(rate)
                each[name].our_seconds.append(seconds)
            first = blocks.take(load.cases)
            for name in STEPS:
                each[name].pgbench.append(
                    pgbench.rate(
                        program,
                        database.address,
                        scripts[name],
                        clients=load.clients,
                        transactions=load.transitions,
                        variables={"first": first, "each": load.transitions, "counter": -1},
                    )
                )
        found.extend(each.values())
    return found


class Blocks:
    """Numbers of cases that nobody has touched yet."""

    def __init__(self) -> None:
        self._next = FIRST_CASE

    def take(self, cases: int) -> int:
        first = self._next
        self._next += cases
        return first


def record(
    database: OwnDatabase, steps: dict[str, Step], scene: Scene, number: int
) -> dict[str, pgbench.Script]:
    """Take each step on one case and write down, for pgbench, what it asked of the database."""
    preamble = (
        r"\set counter :counter + 1",
        r"\set number :first + :client_id * :each + :counter",
        rf"\set municipality {FIRST_MUNICIPALITY} + :number % {MUNICIPALITIES}",
        rf"\set account {FIRST_ACCOUNT} + :number % {MUNICIPALITIES}",
    )
    instead = {
        case_id(number): f"('{CASE_ID}' || :number)",
        # As the audit names what a chain is of.
        f"case:{case_id(number)}": f"('case:{CASE_ID}' || :number)",
        f"municipality:{municipality_of(number)}": "('municipality:' || :municipality)",
        municipality_of(number): ":municipality",
        account_of(number): ":account",
    }
    scripts = {}
    with pgbench.recorded(database.url) as (sessions, statements):
        for name, step in steps.items():
            statements.clear()
            with transaction(sessions) as session:
                step(session, scene, number)
            scripts[name] = pgbench.script(statements, preamble=preamble, instead=instead)
    return scripts


def _run(
    database: OwnDatabase, step: Step, scene: Scene, load: Load, first: int
) -> tuple[float, float]:
    """Transitions a second of threads with a session and commit each; CPU seconds of one."""
    ready = Barrier(load.clients + 1)
    faults: list[BaseException] = []

    def client(sessions: Sessions, index: int) -> None:
        mine = range(first + index * load.transitions, first + (index + 1) * load.transitions)
        try:
            with sessions() as session:
                session.connection()
                ready.wait()
            for number in mine:
                with transaction(sessions) as session:
                    step(session, scene, number)
        except BaseException as fault:  # noqa: BLE001 - told below, by the thread that asked
            faults.append(fault)
            ready.abort()

    with database.sessions(load.clients) as sessions:
        threads = [Thread(target=client, args=(sessions, n)) for n in range(load.clients)]
        for thread in threads:
            thread.start()
        ready.wait()
        started, used = perf_counter(), process_time()
        for thread in threads:
            thread.join()
        seconds, used = perf_counter() - started, process_time() - used
    if faults:
        raise faults[0]
    return load.cases / seconds, used / load.cases
