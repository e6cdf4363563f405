"""A database that holds the demonstration and nothing else: looked at, filled, its clock set.

It is filled in one transaction: killed in between, there is nothing, and the next start begins
again. Other people's cases are never touched, and never put beside invented ones.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, NullPool, create_engine, exists, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import clock, migrate
from app.db import Sessions, make_sessions, reading, transaction
from app.errors import CannotStart
from app.models import User
from app.scenario import sweden
from app.scenario.cases import STARTS_AT, march_2020
from app.scenario.figures import DEFAULT_SEED, MunicipalityFigures, generate
from app.scenario.imdi_file import read_figures
from app.scenario.load import Loaded, Watch, load, loaded
from workflow.capacity.models import PlaceAccount
from workflow.cases.models import Case
from workflow.kernel.actor import Role
from workflow.kernel.calendar import OSLO
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.tables import RejectedRow
from workflow.municipalities.models import Municipality
from workflow.municipalities.register import shipped_register

GENERATED: Final = "generated"
#: Held by whoever runs the demonstration of a database; any number of 31 bits.
_ONE_DEMONSTRATION: Final = 0x64656D6F


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which scenario is asked for; None = whichever is there, else the default."""

    seed: int | None = None
    #: IMDi's published file, whose places are taken instead of the generated ones.
    file: Path | None = None

    @property
    def figures(self) -> str | None:
        """How `loaded` names where the places come from."""
        if self.file is None:
            return None
        return f"sha256:{hashlib.sha256(self.file.read_bytes()).hexdigest()}"


class Alone:
    """The right to be a database's one demonstration, while its connection lasts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def announce(self, address: str) -> None:
        """Let another one that starts on the same database know where this one is."""
        self._connection.execute(select(func.set_config("application_name", address, False)))


@contextmanager
def alone(url: str) -> Iterator[Alone]:
    """Be the only demonstration on a database until the end of the block.

    Raises:
        CannotStart: another one runs on it.
    """
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with migrate.connected(engine) as connection:
        if not connection.scalar(select(func.pg_try_advisory_lock(_ONE_DEMONSTRATION))):
            where = connection.scalar(
                text(
                    "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                    " WHERE l.locktype = 'advisory' AND l.granted AND l.objid = :key"
                    " AND l.database = (SELECT oid FROM pg_database"
                    " WHERE datname = current_database())"
                ),
                {"key": _ONE_DEMONSTRATION},
            )
            raise CannotStart(
                f"A demonstration runs on this data already{f', at {where}' if where else ''}: "
                "end it first, or choose another --data-dir."
            )
        yield Alone(connection)


def erase(owner_url: str) -> None:
    """Drop everything there is in the demonstration's database.

    Raises:
        CannotStart: it holds what no demonstration has made, or others are at work in it.
    """
    engine = create_engine(owner_url, poolclass=NullPool)
    try:
        with transaction(make_sessions(engine)) as session:
            refuse_others(session)
            session.execute(text("SET LOCAL lock_timeout = '5s'"))
            session.execute(text("DROP OWNED BY CURRENT_USER CASCADE"))
    except OperationalError as fault:
        raise CannotStart(
            "Another program is at work in the demonstration's database: end it first."
        ) from fault


def refuse_the_real(sessions: Sessions) -> None:
    """Signing in without a password opens a demonstration, and nothing else.

    Raises:
        CannotStart: the database was not made by `bosetting demo`.
    """
    with reading(sessions) as session:
        if loaded(session) is None:
            raise CannotStart(
                "BOSETTING_DEMO lets anyone in as anyone, and this database holds no"
                " demonstration: leave it unset, or start with `bosetting demo`."
            )


def refuse_others(session: Session) -> None:
    """Invented cases are not mixed with cases or places of somebody else's.

    Raises:
        CannotStart: there are such.
    """
    if session.scalar(select(func.to_regclass("public.outbox"))) is None:
        return
    if loaded(session) is None and session.scalar(
        select(exists(select(Case.id)) | exists(select(PlaceAccount.id)))
    ):
        raise CannotStart(
            "The database holds cases or places that are not the demonstration's: "
            "choose another --data-dir, or an empty database."
        )


def fill(
    sessions: Sessions,
    owner_url: str | None,
    wanted: Wanted,
    *,
    watch: Watch,
    reject: Callable[[RejectedRow], None],
) -> None:
    """Load the scenario if there is none.

    Args:
        watch: sees the load go on.
        reject: is told of each line of the file that cannot be used.

    Raises:
        CannotStart: there is another one than is wanted, or somebody else's cases; the file cannot
            be played.
    """
    with reading(sessions) as session:
        refuse_others(session)
        there = loaded(session)
    if there is not None:
        _refuse_another(there, wanted)
        return
    seed = DEFAULT_SEED if wanted.seed is None else wanted.seed
    figures = _figures(wanted, seed, reject)
    try:
        plan = march_2020(seed, shipped_register(), figures)
    except ValueError as fault:
        raise CannotStart(f"The scenario does not find room in these places: {fault}.") from fault
    if owner_url is not None:
        _number_cases_from_the_start(owner_url)
    with transaction(sessions) as session:
        load(session, plan, figures=wanted.figures or GENERATED, watch=watch)
        clock.set_clock(session, STARTS_AT)


def _refuse_another(there: Loaded, wanted: Wanted) -> None:
    if wanted.seed not in {None, there.seed} or wanted.figures not in {None, there.figures}:
        places = "generated places" if there.figures == GENERATED else "places from a file"
        raise CannotStart(
            f"The demonstration there was made with seed {there.seed} and {places}: "
            "leave --seed and --data out to go on with it, or make it anew with --fresh."
        )


def _figures(
    wanted: Wanted, seed: int, reject: Callable[[RejectedRow], None]
) -> tuple[MunicipalityFigures, ...]:
    if wanted.file is None:
        return generate(shipped_register(), seed)
    with wanted.file.open("rb") as opened:
        read = read_figures(opened, shipped_register(), seed)
    for row in read.rejected:
        reject(row)
    return read.figures


def _number_cases_from_the_start(owner_url: str) -> None:
    """A load that was killed has used up numbers; the same seed is to give the same ones."""
    engine = create_engine(owner_url, poolclass=NullPool)
    with transaction(make_sessions(engine)) as session:
        session.execute(
            text("SELECT setval('case_number_seq', 1, false) WHERE NOT EXISTS (SELECT FROM cases)")
        )


def fill_sweden(sessions: Sessions, wanted: Wanted) -> None:
    """Load the Swedish scenario if there is none.

    Raises:
        CannotStart: there is another one than is wanted.
    """
    with reading(sessions) as session:
        there = loaded(session)
    if there is not None:
        _refuse_another(there, Wanted(wanted.seed))
        return
    with transaction(sessions) as session:
        sweden.fill(session, sweden.DEFAULT_SEED if wanted.seed is None else wanted.seed)
        clock.set_clock(session, sweden.STARTS_AT)


def start_clock(sessions: Sessions, today: date | None, begins: datetime = STARTS_AT) -> datetime:
    """Let the clock run on from where the demonstration has come to, or from a later day.

    Args:
        today: a day, from ten in the morning; None: where it stood when something last happened.

    Raises:
        CannotStart: the day is over already in the demonstration.
    """
    with transaction(sessions) as session:
        last = session.scalar(select(func.max(OutboxMessage.at))) or begins
        reached = max(last, begins).astimezone(OSLO)
        start = reached
        if today is not None:
            start = max(datetime.combine(today, time(10), tzinfo=OSLO), reached)
            if start.date() != today:
                raise CannotStart(
                    f"In the demonstration it is {reached:%Y-%m-%d} already: leave --today out, or "
                    "make it anew with --fresh."
                    if reached > begins
                    else f"The demonstration begins on {begins:%Y-%m-%d}: choose that day or a "
                    "later one."
                )
        clock.set_clock(session, start)
    return start


@dataclass(frozen=True, slots=True)
class ReadyUser:
    """One who may sign in."""

    name: str
    role: Role
    #: The municipality or the centre.
    office: str | None
    #: The municipality's.
    organisation_number: str | None


def ready_users(sessions: Sessions) -> list[ReadyUser]:
    with reading(sessions) as session:
        rows = session.execute(
            select(
                User.name,
                User.role,
                func.coalesce(Municipality.norwegian_name, User.reception_centre),
                Municipality.organisation_number,
            )
            .outerjoin(Municipality, Municipality.id == User.municipality_id)
            .where(User.demo, User.ended_at.is_(None))
            .order_by(User.id)
        )
        return [ReadyUser(*row) for row in rows]
