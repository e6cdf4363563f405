"""The statements of one command, run by PostgreSQL's pgbench: what the database alone can do."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import psycopg
from psycopg.adapt import PyFormat, Transformer

from app import db
from app.acting import SYSTEM
from app.db import Sessions
from app.embedded_postgres import binaries
from app.errors import CannotStart

#: The application's connections prepare what they run, and so does this.
_MODE = ("--no-vacuum", "--protocol=prepared")
_PARAMETER = re.compile(r"%\((\w+)\)s|%%")
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


def find() -> str:
    """The program.

    Raises:
        CannotStart: there is none.
    """
    beside_server = binaries.find().folder / "pgbench"
    found = str(beside_server) if beside_server.is_file() else shutil.which("pgbench")
    if found is None:
        raise CannotStart("No pgbench was found: install bosetting[embedded], or postgresql.")
    return found


@dataclass(frozen=True, slots=True)
class Statement:
    """What the driver was handed."""

    text: str
    parameters: Mapping[str, Any]


@contextmanager
def recorded(url: str) -> Iterator[tuple[Sessions, list[Statement]]]:
    """Sessions on a connection of their own, and what the driver is handed in the block."""
    statements: list[Statement] = []

    class Recording(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
            statements.append(Statement(str(query), dict(params or {})))
            return super().execute(query, params, **options)

    engine = db.make_engine(url, connections=1)
    try:
        with engine.connect() as connection:
            connection.connection.driver_connection.cursor_factory = Recording  # type: ignore[union-attr]
        yield db.make_sessions(engine, SYSTEM), statements
    finally:
        engine.dispose()


@dataclass(frozen=True)
class Script:
    """One transaction in pgbench's language, and the values that are the same in each."""

    text: str
    constants: Mapping[str, str]


def script(
    statements: Sequence[Statement], *, preamble: Sequence[str], instead: Mapping[Any, str]
) -> Script:
    """The statements as one transaction.

    Args:
        preamble: lines that compute what differs from transaction to transaction.
        instead: the values of the recorded command that differ, and how each is written. A UUID
            that is not among them was made by the command, and is made anew.
    """
    names: dict[str, str] = {}
    transformer = Transformer()

    def written(value: Any) -> str:
        if value is None:
            return "NULL"
        if isinstance(value, int | str | UUID) and value in instead:
            return instead[value]
        if isinstance(value, UUID):
            return "gen_random_uuid()"
        dumped = transformer.get_dumper(value, PyFormat.TEXT).dump(value)
        text = bytes(dumped or b"").decode()
        return f":{names.setdefault(text, f'constant_{len(names) + 1}')}" if text else "''"

    def replayed(statement: Statement) -> str:
        text = _PARAMETER.sub(
            lambda found: written(statement.parameters[found[1]]) if found[1] else "%",
            statement.text,
        )
        return " ".join(text.split()) + ";"

    lines = [*preamble, "BEGIN;", *map(replayed, statements), "COMMIT;"]
    return Script("\n".join(lines) + "\n", {name: text for text, name in names.items()})


def rate(
    program: str,
    address: str,
    script: Script,
    *,
    clients: int,
    transactions: int,
    variables: Mapping[str, int],
) -> float:
    """Transactions per second of so many clients, `transactions` each.

    Raises:
        CannotStart: pgbench failed, or gave up a transaction.
    """
    with tempfile.TemporaryDirectory(prefix="bosetting-bench-") as folder:
        file = Path(folder) / "transaction.sql"
        file.write_text(script.text)
        values = {**script.constants, **variables}
        answer = subprocess.run(  # noqa: S603 - our own script
            [
                program,
                *_MODE,
                f"--client={clients}",
                f"--jobs={min(clients, 2)}",
                f"--transactions={transactions}",
                f"--file={file}",
                *(f"--define={name}={value}" for name, value in values.items()),
                address,
            ],
            check=False,
            capture_output=True,
            text=True,
        )
    told = _RATE.search(answer.stdout)
    if answer.returncode or told is None:
        raise CannotStart(f"pgbench failed: {answer.stderr.strip()[-2000:]}")
    return float(told[1])
