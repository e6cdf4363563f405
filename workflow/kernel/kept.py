"""Statements that commands run all day: compiled once, then handed to the driver as they are.

What SQLAlchemy does at each run of a statement (its key, its parameters, the columns of its result)
costs more than what the driver and the database do. The statement is SQLAlchemy's all the same, and
so are the transaction, the values' types and the errors; events of its engine are not told of it.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
#: Where a parameter stands in a statement's text.
_PLACE = re.compile(r"%\((\w+)\)s")


class Kept:
    """A statement that gives at most one row; made once, where a module or a cache keeps it."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self.statement = statement
        self._compiled: _Compiled | None = None

    def text(self, dialect: Dialect) -> str:
        """As the driver gets it."""
        return _Compiled(self.statement, dialect).text

    def row(self, session: Session, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run it with a value for every parameter.

        Raises:
            sqlalchemy.exc.DBAPIError: as any statement of the session.
        """
        session.flush()
        connection = session.connection()
        if self._compiled is None:
            self._compiled = _Compiled(self.statement, connection.dialect)
        compiled = self._compiled
        given = compiled.given(values)
        try:
            cursor = _driver(connection).execute(compiled.text, given)
            row = cursor.fetchone()
        except psycopg.Error as fault:
            raise _as_sqlalchemy_says(fault, connection, compiled.text, given) from fault
        return None if row is None else compiled.taken(row, cursor)


class _Compiled:
    """The text, and how values go in and come out; a converter that is None has nothing to do."""

    def __init__(self, statement: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        # Named briefly: psycopg forgets how to read a statement longer than 4,096 characters.
        brief = {name: f"p{number}" for number, name in enumerate(compiled.binds)}
        self.text = _PLACE.sub(lambda found: f"%({brief[found[1]]})s", compiled.string)
        self._constants: dict[str, Any] = {}
        self._parameters: list[tuple[str, str, Convert | None]] = []
        for name, bind in compiled.binds.items():
            convert = _impl(bind.type, dialect).bind_processor(dialect)
            if bind.required:
                self._parameters.append((name, brief[name], convert))
            else:
                self._constants[brief[name]] = convert(bind.value) if convert else bind.value
        self._dialect = dialect
        self._types = [_impl(column.type, dialect) for column in statement.selected_columns]
        self._columns: list[Convert | None] | None = None

    def given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        given = self._constants.copy()
        for name, brief, convert in self._parameters:
            value = values[name]
            given[brief] = value if convert is None else convert(value)
        return given

    def taken(self, row: tuple[Any, ...], cursor: psycopg.Cursor[Any]) -> tuple[Any, ...]:
        if self._columns is None:
            told = cursor.description or ()
            self._columns = [
                kind.result_processor(self._dialect, column.type_code)
                for kind, column in zip(self._types, told, strict=True)
            ]
        return tuple(
            value if convert is None else convert(value)
            for value, convert in zip(row, self._columns, strict=True)
        )


def _impl(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)


def _driver(connection: Connection) -> psycopg.Connection[tuple[Any, ...]]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  the only driver there is
    return driver


def _as_sqlalchemy_says(
    fault: psycopg.Error, connection: Connection, text: str, given: Mapping[str, Any]
) -> BaseException:
    """The same error as any other statement of the session has, and as much done about it."""
    lost = _driver(connection).closed
    told = DBAPIError.instance(
        text,
        dict(given),
        fault,
        psycopg.Error,
        hide_parameters=connection.engine.hide_parameters,
        connection_invalidated=lost,
        dialect=connection.dialect,
    )
    if lost:
        # SQLAlchemy meets it itself, and drops the pool's other connections with it.
        with suppress(DBAPIError):
            connection.exec_driver_sql("SELECT 1")
    return told
