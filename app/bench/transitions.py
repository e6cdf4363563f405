"""Durable transitions per second: the command layer beside pgbench with the same statements.

Both on one database, by turns, so that what else the machine does falls on both alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Barrier, Thread
from time import perf_counter

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
    account_of,
    case_id,
    municipality_of,
    writer_of,
)
from app.db import transaction
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


LOADS = (Load(1, 300), Load(4, 250), Load(16, 100))
ROUNDS = 2
#: Transitions of each client before the clock starts: connections are made, statements prepared.
WARM = 8

Step = Callable[[Session, int], object]


def put(session: Session, number: int) -> object:
    """A registered case is put to its municipality."""
    question = Question(municipality_of(number), seeding.YEAR)
    return commands.put_to_municipality(
        session,
        case_id(number),
        "distribute",
        question,
        actor=seeding.OFFICER,
        at=seeding.AT,
    )


def accept(session: Session, number: int) -> object:
    """The municipality says yes."""
    return commands.accept(
        session,
        case_id(number),
        settlement_week=seeding.WEEK,
        actor=writer_of(number),
        at=seeding.AT,
    )


STEPS: dict[str, Step] = {"put_to_municipality": put, "accept": accept}


@dataclass(slots=True)
class Measured:
    """Transitions a second, round by round."""

    step: str
    load: Load
    ours: list[float] = field(default_factory=list)
    pgbench: list[float] = field(default_factory=list)

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
        reach = f" (reach {REACH}, bold {BOLD})" if measured.load.clients == 4 else ""
        typer.echo(
            f"  {measured.step}, {measured.load.clients} clients: {ours:,.0f}/s of "
            f"{theirs:,.0f}/s, ratio {measured.ratio:.2f}{reach}"
        )


def measure(database: OwnDatabase, *, loads: Sequence[Load], rounds: int) -> list[Measured]:
    """Each load in rounds: we put and accept a block of cases, then pgbench the next block."""
    program = pgbench.find()
    warm_up = max(load.clients for load in loads) * WARM
    blocks = _Blocks()
    with connect(database.owner) as connection:
        seeding.municipalities(connection, places=1_000_000)
        cases = 1 + warm_up + sum(2 * rounds * load.cases for load in loads)
        seeding.registered_cases(connection, cases=cases)
        connection.execute("VACUUM ANALYZE")
    scripts = record(database, blocks.take(1))
    _run_all(database, Load(warm_up // WARM, WARM), blocks.take(warm_up))
    found: list[Measured] = []
    for load in loads:
        each = {name: Measured(name, load) for name in STEPS}
        for _ in range(rounds):
            for name, rate in _run_all(database, load, blocks.take(load.cases)).items():
                each[name].ours.append(rate)
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


class _Blocks:
    """Numbers of cases that nobody has touched yet."""

    def __init__(self) -> None:
        self._next = FIRST_CASE

    def take(self, cases: int) -> int:
        first = self._next
        self._next += cases
        return first


def record(database: OwnDatabase, number: int) -> dict[str, pgbench.Script]:
    """Take each step on one case and write down, for pgbench, what it asked of the database."""
    preamble = (
        r"\set counter :counter + 1",
        r"\set number :first + :client_id * :each + :counter",
        rf"\set municipality {FIRST_MUNICIPALITY} + :number % {MUNICIPALITIES}",
        rf"\set account {FIRST_ACCOUNT} + :number % {MUNICIPALITIES}",
    )
    instead = {
        case_id(number): f"('{CASE_ID}' || :number)",
        municipality_of(number): ":municipality",
        account_of(number): ":account",
    }
    scripts = {}
    with pgbench.recorded(database.url) as (sessions, statements):
        for name, step in STEPS.items():
            statements.clear()
            with transaction(sessions) as session:
                step(session, number)
            scripts[name] = pgbench.script(statements, preamble=preamble, instead=instead)
    return scripts


def _run_all(database: OwnDatabase, load: Load, first: int) -> dict[str, float]:
    return {name: _run(database, step, load, first) for name, step in STEPS.items()}


def _run(database: OwnDatabase, step: Step, load: Load, first: int) -> float:
    """Transitions a second of so many threads, each with its own session and commit."""
    ready = Barrier(load.clients + 1)
    faults: list[BaseException] = []

    def client(index: int) -> None:
        mine = range(first + index * load.transitions, first + (index + 1) * load.transitions)
        ready.wait()
        try:
            for number in mine:
                with transaction(database.sessions) as session:
                    step(session, number)
        except BaseException as fault:  # noqa: BLE001 - told below, by the thread that asked
            faults.append(fault)

    threads = [Thread(target=client, args=(index,)) for index in range(load.clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = perf_counter()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - started
    if faults:
        raise faults[0]
    return load.cases / seconds
