"""What all tables share: names of constraints, closed sets of words, weeks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    CheckConstraint,
    CursorResult,
    DateTime,
    Dialect,
    Executable,
    Integer,
    MetaData,
    String,
    Table,
    TableValuedAlias,
    bindparam,
    column,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from workflow.kernel.weeks import Week


class WeekText(TypeDecorator[Week]):
    """`2020-W24` as text: sorts as time does, and reads the same in the database."""

    impl = String(8)
    cache_ok = True

    def process_bind_param(self, value: Week | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Week | None:
        return None if value is None else Week.parse(value)


class EnumText(TypeDecorator[StrEnum]):
    """A closed set of words as text; the CHECK that closes it is `one_of`."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(self.words(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.words(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map = {datetime: DateTime(timezone=True), Week: WeekText()}


#: Written into the statement, where a parameter would only be one more.
ZERO, ONE = literal_column("0", Integer), literal_column("1", Integer)


def table_of(model: type[Base]) -> Table:
    """A model's table: a statement on it runs as it stands, without the ORM's own pass over it."""
    return cast("Table", model.__table__)


def one_of(column: str, words: Iterable[str]) -> CheckConstraint:
    """A CHECK that closes a text column to the given words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def rows_changed(session: Session, statement: Executable, parameters: Any = None) -> int:
    """Run a statement and say how many rows it touched."""
    return cast("CursorResult[Any]", session.execute(statement, parameters)).rowcount


def rows_of(
    name: str, columns: Mapping[str, tuple[Sequence[Any], TypeEngine[Any]]]
) -> TableValuedAlias:
    """Values given column by column, as a table to join and to insert from, in one statement."""
    parameters = (
        bindparam(f"{name}_{key}", values, type_=ARRAY(kind))
        for key, (values, kind) in columns.items()
    )
    return (
        func.unnest(*parameters)
        .table_valued(*(column(key, kind) for key, (_, kind) in columns.items()), name=name)
        .render_derived()
    )
