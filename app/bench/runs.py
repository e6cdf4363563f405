"""How long runs over many cases take, beside a bare COPY and UPDATE of the rows they write."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from time import perf_counter

import typer
from sqlalchemy.orm import Session

from app.bench import bare, seeding
from app.bench.database import OwnDatabase, connect
from app.bench.seeding import OFFICER, Scene
from app.clock import machine_time
from app.db import Sessions, transaction
from workflow.kernel.calendar import local_day
from workflow.redistribution import redistribution_runs, withdrawal_runs
from workflow.redistribution.models import Run

#: Households of a run: three and a half persons on average.
HOUSEHOLDS = range(1, 7)
#: Between a run's confirm and its letters.
UNDO_WINDOW = timedelta(minutes=30)
#: Of the bare COPY and UPDATE.
REACH = 3.0
#: Cases: those of March 2020, and a year of large arrivals.
SIZES = (215, 30_000)

Opened = Callable[[], AbstractContextManager[OwnDatabase]]


@dataclass(frozen=True, slots=True)
class Took:
    """Wall seconds of both halves of a run, commits included."""

    run: Run
    preview: float
    confirm: float


@dataclass(frozen=True, slots=True)
class Measured:
    withdrawal: Took
    redistribution: Took
    #: Seconds of writing barely what the redistribution's confirm writes.
    bare: float

    @property
    def ratio(self) -> float:
        return self.redistribution.confirm / self.bare


def bench_runs(open_database: Opened, *, sizes: Sequence[int] = SIZES) -> None:
    """Print seconds of preview and confirm for each size, and the ratio of the redistribution's."""
    typer.echo("runs: preview + confirm; a redistribution's confirm beside a bare COPY and UPDATE")
    for cases in sizes:
        with open_database() as database:
            measured = measure(database, cases=cases)
        out, back = measured.withdrawal, measured.redistribution
        typer.echo(
            f"  {cases:,} cases, {out.run.counts['persons']:,} persons withdrawn: "
            f"{out.preview:.2f} + {out.confirm:.2f} s; {back.run.counts['placed']:,} placed: "
            f"{back.preview:.2f} + {back.confirm:.2f} s, {measured.ratio:.1f} × the bare "
            f"{measured.bare:.2f} s (reach {REACH:.0f})"
        )


def measure(database: OwnDatabase, *, cases: int) -> Measured:
    """Withdraw the cases, put them to municipalities again, then write the same rows barely."""
    scene = Scene(machine_time())
    later = replace(scene, at=scene.at + timedelta(days=1))
    with connect(database.owner) as connection, database.sessions(1) as sessions:
        seeding.municipalities(connection, scene, places=20 + 12 * cases // seeding.MUNICIPALITIES)
        seeding.registered_cases(connection, scene, cases=cases, persons=HOUSEHOLDS)
        seeding.put_to_their_municipalities(connection, scene)
        connection.execute("VACUUM ANALYZE")
        withdrawal = _withdraw(sessions, later)
        redistribution = _redistribute(
            sessions, later, before_confirm=lambda: bare.keep_what_is(connection)
        )
        return Measured(
            withdrawal, redistribution, bare.write_the_same(connection, redistribution.run.id)
        )


def _withdraw(sessions: Sessions, scene: Scene) -> Took:
    run, preview = _timed(
        sessions,
        lambda session: withdrawal_runs.preview(
            session,
            before=local_day(scene.at),
            reason="Innreisestans",
            legal_ground=None,
            actor=OFFICER,
            at=scene.at,
        ),
    )
    confirmed, seconds = _timed(
        sessions,
        lambda session: withdrawal_runs.confirm(
            session, run.id, run.token, actor=OFFICER, at=scene.at, undo_window=UNDO_WINDOW
        ),
    )
    return Took(confirmed, preview, seconds)


def _redistribute(sessions: Sessions, scene: Scene, *, before_confirm: Callable[[], None]) -> Took:
    run, preview = _timed(
        sessions,
        lambda session: redistribution_runs.preview(
            session, case_ids=None, year=scene.year, actor=OFFICER, at=scene.at
        ),
    )
    before_confirm()
    confirmed, seconds = _timed(
        sessions,
        lambda session: redistribution_runs.confirm(
            session, run.id, run.token, actor=OFFICER, at=scene.at, undo_window=UNDO_WINDOW
        ),
    )
    return Took(confirmed, preview, seconds)


def _timed(sessions: Sessions, work: Callable[[Session], Run]) -> tuple[Run, float]:
    started = perf_counter()
    with transaction(sessions) as session:
        run = work(session)
    return run, perf_counter() - started
