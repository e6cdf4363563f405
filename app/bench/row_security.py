"""What row security costs: a list as each kind of actor reads it, beside the same without.

Without is the owner's login on the same tables, row security switched off, nothing said at the
transaction's beginning. The two are asked by turns in one run.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import typer
from sqlalchemy import make_url

from app import db
from app.acting import Acting, acting_of
from app.bench import many_cases, seeding
from app.bench.database import OwnDatabase, connect
from app.bench.seeding import FIRST_MUNICIPALITY, Scene
from app.clock import machine_time
from app.db import Sessions, make_sessions, reading
from workflow.cases.lists import CaseFilter, cases
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import local_day

CASES = 100_000
TURNS = 8
RUNS = 25
#: Times the same list without row security.
REACH = 1.15
ACTORS = (
    Actor("Kari", Role.CASE_OFFICER),
    Actor("Ola", Role.MUNICIPALITY_WRITER, municipality_id=FIRST_MUNICIPALITY, user_id=1),
    Actor("Ulla", Role.TRAVEL_OFFICER, user_id=2),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of one list with row security and without."""

    role: Role
    secured: float
    bare: float

    @property
    def ratio(self) -> float:
        return self.secured / self.bare


def bench_row_security(database: OwnDatabase, *, rows: int = CASES, turns: int = TURNS) -> None:
    """Print milliseconds of the list of cases for each kind of actor, with and without."""
    typer.echo(f"row security: the first page of {rows:,} cases")
    for found in measure(database, rows=rows, turns=turns):
        typer.echo(
            f"  {found.role}: {1000 * found.secured:.2f} ms, without {1000 * found.bare:.2f} ms, "
            f"ratio {found.ratio:.2f} (reach {REACH})"
        )


def measure(database: OwnDatabase, *, rows: int, turns: int) -> list[Measured]:
    scene = Scene(machine_time())
    with connect(database.owner) as connection:
        seeding.municipalities(connection, scene, places=1_000_000)
        many_cases.fill(connection, scene, cases=rows)
        connection.execute("ANALYZE")
    owner = make_url(database.owner).set(drivername="postgresql+psycopg")
    took: dict[tuple[Role, bool], list[float]] = defaultdict(list)
    with (
        _sessions(database.url) as secured,
        _sessions(owner.render_as_string(hide_password=False)) as bare,
    ):
        for _ in range(turns):
            for actor in ACTORS:
                took[actor.role, True] += _times(secured, actor, acting_of(actor))
            with _off(database):
                for actor in ACTORS:
                    took[actor.role, False] += _times(bare, actor, None)
    return [
        Measured(one.role, median(took[one.role, True]), median(took[one.role, False]))
        for one in ACTORS
    ]


def _times(sessions: Sessions, actor: Actor, acting: Acting | None) -> list[float]:
    found = []
    today = local_day(machine_time())
    for _ in range(RUNS + 6):  # the first ones plan anew
        started = perf_counter()
        with reading(sessions, acting) as session:
            cases(session, CaseFilter(), today=today, actor=actor)
        found.append(perf_counter() - started)
    return found[6:]


@contextmanager
def _sessions(url: str) -> Iterator[Sessions]:
    engine = db.make_engine(url, connections=1)
    try:
        yield make_sessions(engine)
    finally:
        engine.dispose()


@contextmanager
def _off(database: OwnDatabase) -> Iterator[None]:
    with connect(database.owner) as connection:
        secured = connection.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
        ).fetchall()

        def switch(how: str) -> None:
            for (table,) in secured:
                connection.execute(f"ALTER TABLE {table} {how} ROW LEVEL SECURITY")

        switch("DISABLE")
        try:
            yield
        finally:
            switch("ENABLE")
