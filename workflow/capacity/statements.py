"""One account's change with its line of the ledger, as one statement; built once, run often."""

from functools import cache
from typing import Any, cast

from sqlalchemy import (
    CTE,
    Alias,
    ColumnElement,
    Integer,
    Update,
    bindparam,
    func,
    insert,
    select,
    update,
)

from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.kernel.db import ONE, ZERO, table_of
from workflow.kernel.kept import Kept

#: Named briefly: psycopg forgets how to read a statement longer than 4,096 characters.
_ACCOUNTS = cast("Alias", table_of(PlaceAccount).alias("a"))
_ENTRIES = table_of(PlaceEntry)
_CEILING = func.coalesce(_ACCOUNTS.c.decided_places, ZERO) + _ACCOUNTS.c.extra_places
_USED = _ACCOUNTS.c.held + _ACCOUNTS.c.settled

#: Of a year that is registered; of another it is NULL, and nothing lies under it.
_REGISTERED_CEILING = _ACCOUNTS.c.decided_places + _ACCOUNTS.c.extra_places

_HELD_CHANGE = bindparam("held_change", type_=Integer)
_HELD_AFTER = _ACCOUNTS.c.held + _HELD_CHANGE
_SETTLED_CHANGE = bindparam("settled_change", type_=Integer)
_SETTLED_AFTER = _ACCOUNTS.c.settled + _SETTLED_CHANGE


def taking() -> tuple[CTE, CTE]:
    """A new hold, as parts of a statement: the account, and the line with `account_id`, `case_id`.

    Only where it stays under the ceiling, never touching the overrun; else neither has a row.
    """
    return _with_entry(
        update(_ACCOUNTS)
        .where(
            _ACCOUNTS.c.municipality_id == bindparam("in_municipality", type_=Integer),
            _ACCOUNTS.c.year == bindparam("in_year", type_=Integer),
            _ACCOUNTS.c.pool == bindparam("in_pool", type_=_ACCOUNTS.c.pool.type),
            _USED + _HELD_CHANGE <= _REGISTERED_CEILING,
        )
        .values(held=_HELD_AFTER, version=_ACCOUNTS.c.version + ONE),
        free=_REGISTERED_CEILING - _USED,
        settled_change=ZERO,
    )


@cache
def take() -> Kept:
    """A new hold by itself; gives the account's id."""
    account, entry = taking()
    return Kept(select(account.c.id).add_cte(entry))


@cache
def record() -> Kept:
    """A fact, or places given back: always recorded, the overrun follows."""
    account, entry = _with_entry(
        update(_ACCOUNTS)
        .where(_ACCOUNTS.c.id == bindparam("account"))
        .values(
            held=_HELD_AFTER,
            settled=_SETTLED_AFTER,
            overrun=func.greatest(ZERO, _HELD_AFTER + _SETTLED_AFTER - _CEILING),
            version=_ACCOUNTS.c.version + ONE,
        ),
        free=func.greatest(ZERO, _CEILING - _USED),
        settled_change=_SETTLED_CHANGE,
    )
    return Kept(select(account.c.id).add_cte(entry))


def _with_entry(
    change: Update, *, free: ColumnElement[int], settled_change: ColumnElement[int]
) -> tuple[CTE, CTE]:
    account = change.returning(_ACCOUNTS.c.id, free.label("free")).cte("account")
    values: dict[str, ColumnElement[Any]] = {
        "account_id": account.c.id,
        "free_after": account.c.free,
        "held_change": _HELD_CHANGE,
        "settled_change": settled_change,
        "ceiling_change": ZERO,
    } | {
        name: bindparam(name, type_=_ENTRIES.c[name].type)
        for name in ("at", "kind", "case_id", "run_id", "actor", "reason")
    }
    entry = insert(_ENTRIES).from_select([*values], select(*values.values()))
    return account, entry.returning(_ENTRIES.c.account_id, _ENTRIES.c.case_id).cte("entry")
