"""The rows a confirmed redistribution run writes, written again as barely as can be.

Into tables with the same columns, indexes and checks, but no foreign keys and no triggers; one
COPY a table for what is new and one UPDATE for what is changed, in one transaction.
"""

from time import perf_counter
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg import sql

#: Tables a confirm adds rows to, and which of them are the run's.
_ADDED: dict[LiteralString, LiteralString] = {
    "distributions": "case_id IN (SELECT case_id FROM run_items WHERE run_id = {run})"
    " AND closed_at IS NULL",
    "place_entries": "run_id = {run}",
    "case_steps": "run_id = {run}",
    "outbox": "run_id = {run}",
}
#: Tables whose rows it changes: which columns, and what names the row.
_CHANGED: dict[LiteralString, tuple[tuple[LiteralString, ...], tuple[LiteralString, ...]]] = {
    "cases": (
        (
            "state",
            "version",
            "municipality_id",
            "account_id",
            "vacancy_id",
            "places_year",
            "asked_on",
            "answer_due",
            "settlement_week",
        ),
        ("id",),
    ),
    "run_items": (("outcome", "version_after"), ("run_id", "case_id")),
}


def keep_what_is(connection: psycopg.Connection) -> None:
    """Copy the tables as they are before the confirm."""
    for table in _CHANGED:
        _make(connection, table)
        connection.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(*_named(table)))
    connection.execute("VACUUM ANALYZE")


def write_the_same(connection: psycopg.Connection, run_id: UUID) -> float:
    """After the confirm: what it wrote, in seconds with the commit."""
    written = {table: _rows(connection, table, which, run_id) for table, which in _ADDED.items()}
    for table in _ADDED:
        _make(connection, table)
    started = perf_counter()
    with connection.transaction(), connection.cursor() as cursor:
        for table, rows in written.items():
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(_named(table)[0])) as copy:
                copy.write(rows)
        for table, (columns, key) in _CHANGED.items():
            cursor.execute(_update(table, columns, key))
    return perf_counter() - started


def _make(connection: psycopg.Connection, table: LiteralString) -> None:
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(*_named(table)))


def _named(table: LiteralString) -> tuple[sql.Identifier, sql.Identifier]:
    return sql.Identifier(f"bare_{table}"), sql.Identifier(table)


def _rows(
    connection: psycopg.Connection, table: LiteralString, which: LiteralString, run_id: UUID
) -> bytes:
    query = sql.SQL("COPY (SELECT * FROM {} WHERE {}) TO STDOUT").format(
        sql.Identifier(table), sql.SQL(which).format(run=sql.Literal(run_id))
    )
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(bytes(part) for part in copy)


def _update(
    table: LiteralString, columns: tuple[LiteralString, ...], key: tuple[LiteralString, ...]
) -> sql.Composed:
    bare, real = _named(table)
    change = (sql.SQL("{0} = real.{0}").format(sql.Identifier(column)) for column in columns)
    same = (sql.SQL("bare.{0} = real.{0}").format(sql.Identifier(column)) for column in key)
    return sql.SQL("UPDATE {} AS bare SET {} FROM {} AS real WHERE {}").format(
        bare, sql.SQL(", ").join(change), real, sql.SQL(" AND ").join(same)
    )
