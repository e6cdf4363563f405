"""Bring a database to the schema this code was written for, as the login that owns it."""

import importlib
import pkgutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

import workflow
from app.errors import CannotStart
from workflow.kernel.db import Base

#: In the source tree and in the installed package alike, migrations/ lies beside app/.
FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def config(owner_url: str | None = None) -> Config:
    """Alembic's configuration; the address goes by attribute, where no sign needs escaping."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["url"] = owner_url
    return made


def all_tables() -> MetaData:
    """The models of every feature, found by the name of their module, as one set of tables."""
    features = [module.name for module in pkgutil.iter_modules(workflow.__path__, "workflow.")]
    for package in ("app", "notifications", *features):
        if find_spec(f"{package}.models"):
            importlib.import_module(f"{package}.models")
    for module in pkgutil.iter_modules([str(Path(workflow.__path__[0]) / "kernel")]):
        importlib.import_module(f"workflow.kernel.{module.name}")
    return Base.metadata


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())


def head() -> str:
    """The revision this code needs."""
    revision = _scripts().get_current_head()
    if revision is None:
        raise CannotStart(f"There are no migrations in {FOLDER}; install Bosetting again.")
    return revision


def knows(revision: str) -> bool:
    """Whether this code has the migration that leads to `revision`."""
    try:
        return _scripts().get_revision(revision) is not None
    except (CommandError, ResolutionError):
        return False


def current(connection: Connection) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def newer_than_the_code(revision: str) -> str:
    return (
        f"The database is at {revision}, which this version of Bosetting does not know "
        f"(it ends at {head()}): install the newer version that migrated it."
    )


def connected(engine: Engine) -> Connection:
    """A connection.

    Raises:
        CannotStart: there is none to be had.
    """
    try:
        return engine.connect()
    except OperationalError as fault:
        reason = str(fault.orig).splitlines()[0]
        raise CannotStart(
            f"The database {engine.url.database} does not answer: {reason}"
        ) from fault


def upgrade(owner_url: str) -> str | None:
    """Migrate to head; says which revision it started from.

    Raises:
        CannotStart: the database is newer than the code, or has no role bosetting_app.
    """
    with connected(create_engine(owner_url, poolclass=NullPool)) as connection:
        before = current(connection)
        grantee = connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'bosetting_app'"))
    if before is not None and not knows(before):
        raise CannotStart(newer_than_the_code(before))
    if grantee is None:
        raise CannotStart(
            "The database server has no role bosetting_app: create it (LOGIN, nothing else) "
            "before migrating, so that the migrations can grant it what the application needs."
        )
    if before != head():
        command.upgrade(config(owner_url), "head")
    return before
