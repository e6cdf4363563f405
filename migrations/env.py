"""How Alembic meets the database: one migrator at a time, no long waits, as the schema's owner."""

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine, text

from app.migrate import all_tables

#: Any number, as long as it is always this one.
ONE_MIGRATOR_AT_A_TIME = 2020_03_12


def migrate(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": ONE_MIGRATOR_AT_A_TIME})
    # A migration that has to wait for readers makes everyone behind it wait too: rather give up.
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.execute(text("SET statement_timeout = '15min'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    # Where another migrator was first, nothing was left to do, and the reading of that stands open.
    connection.commit()
    let_the_application_read_the_version(connection)


def let_the_application_read_the_version(connection: Connection) -> None:
    with connection.begin():
        if connection.scalar(text("SELECT to_regclass('alembic_version')")):
            connection.execute(text("GRANT SELECT ON alembic_version TO bosetting_app"))


def address() -> str:
    """What app.migrate passed in; for Alembic's own command the owner's login of the settings."""
    if given := context.config.attributes.get("url"):
        return str(given)
    from app.settings import settings  # noqa: PLC0415 - only where Alembic's own command is used

    if configured := settings().owner_database_url:
        return configured
    raise SystemExit(
        "Set BOSETTING_OWNER_DATABASE_URL to use Alembic by hand; "
        "`bosetting migrate` needs no such thing with the embedded database."
    )


engine = create_engine(address(), poolclass=NullPool)
with engine.connect() as only:
    migrate(only)
