"""The audit as it is read: by the auditor and IMDi's lead, entry by entry, filtered."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Uuid, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from app.models import User
from workflow.cases.queries import named_for, not_protected
from workflow.kernel.actor import Actor, Role
from workflow.kernel.audit import AuditEntry, AuditReason, Kind
from workflow.kernel.db import table_of
from workflow.kernel.errors import NotAllowed
from workflow.kernel.paging import Page, cut, unpack

READERS: Final = frozenset({Role.AUDITOR, Role.LEAD})
_ENTRIES, _REASONS = table_of(AuditEntry), table_of(AuditReason)
_CASE: Final = f"{Kind.CASE}:"
_USER: Final = "user:"
_ORDERS = {False: "audit", True: "audit, the newest first"}
#: Rows of an export fetched at once.
_BLOCK: Final = 1_000


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """One entry as it is read."""

    position: int
    seq: int
    subject: str
    at: datetime
    recorded_at: datetime
    actor: str
    role: str
    acting_for: str | None
    action: str
    refusal: str | None
    request_id: str | None
    #: None where there was none, or where it was erased.
    reason: str | None
    reason_erased: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; what is left out is any."""

    subject: str | None = None
    kind: Kind | None = None
    actor: str | None = None
    action: str | None = None
    refused: bool = False
    #: From this moment on, and before that one, by the application's clock.
    since: datetime | None = None
    until: datetime | None = None
    request_id: str | None = None
    #: Only what stands after this position.
    after: int | None = None


def entries(
    session: Session,
    wanted: Wanted,
    *,
    newest_first: bool = False,
    limit: int,
    cursor: str | None = None,
    actor: Actor,
) -> Page[EntrySeen]:
    """A page of the entries, in the order they were written.

    What concerns a case with a protected address is shown to the persons named for it only.

    Raises:
        NotAllowed: others do not read the audit. Invalid: not a cursor of this list.
    """
    found = _found(wanted, actor)
    place = _ENTRIES.c.position
    if cursor is not None:
        (last,) = unpack(cursor, _ORDERS[newest_first], int)
        found = found.where(place < last if newest_first else place > last)
    found = found.order_by(place.desc() if newest_first else place).limit(limit + 1)
    rows = [EntrySeen(*row) for row in session.execute(found)]
    return cut(rows, limit, _ORDERS[newest_first], lambda row: (row.position,))


def every(
    session: Session, wanted: Wanted, *, newest_first: bool = False, actor: Actor
) -> Iterator[EntrySeen]:
    """All of them, the oldest first unless told, a block at a time.

    Raises:
        NotAllowed: others do not read the audit.
    """
    place = _ENTRIES.c.position
    found = _found(wanted, actor).order_by(place.desc() if newest_first else place)
    for row in session.execute(found.execution_options(yield_per=_BLOCK)):
        yield EntrySeen(*row)


def names(session: Session, signs: set[str]) -> dict[str, str]:
    """What users are called now, by their signs."""
    ids = {int(sign.removeprefix(_USER)) for sign in signs if sign.startswith(_USER)}
    if not ids:
        return {}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {f"{_USER}{row.id}": row.name for row in rows}


def _found(wanted: Wanted, actor: Actor) -> Select[Any]:
    if actor.role not in READERS:
        raise NotAllowed("the audit is read by the auditor and IMDi's lead", role=actor.role)
    return (
        select(*(_COLUMNS[field.name] for field in fields(EntrySeen)))
        .outerjoin(_REASONS, _REASONS.c.position == _ENTRIES.c.position)
        .where(*_conditions(wanted), _may_be_seen(actor))
    )


_COLUMNS: dict[str, ColumnElement[Any]] = {
    **_ENTRIES.c,
    "previous_hash": func.encode(_ENTRIES.c.previous_hash, "hex"),
    "hash": func.encode(_ENTRIES.c.hash, "hex"),
    "reason": _REASONS.c.reason,
    "reason_erased": and_(_ENTRIES.c.reason_digest.is_not(None), _REASONS.c.reason.is_(None)),
}


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    e = _ENTRIES.c
    for name in ("subject", "actor", "action", "request_id"):
        if (value := getattr(wanted, name)) is not None:
            yield e[name] == value
    if wanted.kind is not None:  # the bytes after ":" are those of ";"
        yield and_(e.subject >= f"{wanted.kind}:", e.subject < f"{wanted.kind};")
    if wanted.refused:
        yield e.refusal.is_not(None)
    if wanted.since is not None:
        yield e.at >= wanted.since
    if wanted.until is not None:
        yield e.at < wanted.until
    if wanted.after is not None:
        yield e.position > wanted.after


def _may_be_seen(actor: Actor) -> ColumnElement[bool]:
    """Not of a case the actor may not see, be it the subject or what was done with another."""
    of_subject = case(
        (_ENTRIES.c.subject.startswith(_CASE), func.substr(_ENTRIES.c.subject, len(_CASE) + 1))
    )
    named = func.coalesce(of_subject, _ENTRIES.c.after["case_id"].astext)
    is_case = named.regexp_match("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    of_case = case((is_case, cast(named, Uuid)))
    # Asked of what is protected, not of what is visible: the database hides the case itself, too.
    return or_(of_case.is_(None), not_protected(of_case), named_for(actor.named_user, of_case))
