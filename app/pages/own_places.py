"""A municipality's own years: what it was asked, what it decided, and where each place went."""

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.form import Form
from app.pages.visit import Reader, Visit
from app.typed import typed_year
from workflow.approvals.commands import prepare
from workflow.approvals.errors import SecondPersonNeeded
from workflow.capacity import commands, preconditions, queries
from workflow.capacity.commands import WRITES_PLACES, Cause, YearChange
from workflow.capacity.ledger import Figures
from workflow.capacity.states import Pool
from workflow.cases import accounts
from workflow.kernel.actor import MUNICIPALITY
from workflow.kernel.errors import DomainError
from workflow.redistribution import queries as runs

router = APIRouter(route_class=InOneThread)

#: Field of decided and of extra places, by pool.
FIELDS: Final = {
    Pool.ORDINARY: ("decided_places", "extra_places"),
    Pool.MINORS: ("minors_decided_places", "minors_extra_places"),
}
LINES: Final = 50


@router.get("/kommune/vedtak")
def own_places(reader: Reader, cursor: str | None = None) -> Response:
    """The figures of a year, the form to register them, and the ledger."""
    reader.only(*MUNICIPALITY)
    return _page(reader, reader.asked("year", typed_year) or reader.today.year, cursor)


@router.post("/kommune/vedtak")
def register(reader: Reader) -> Response:
    """Decided and extra places of a year; empty is not registered, 0 is a no."""
    actor = reader.only(*WRITES_PLACES)
    assert actor.municipality_id is not None  # noqa: S101  a municipality's role
    year = typed_year(reader.form.typed("year")) or reader.today.year
    seen = queries.one(reader.session, actor.municipality_id, year, actor=actor)
    changes = {
        Pool.ORDINARY: _changes(reader.form, Pool.ORDINARY, seen.ordinary),
        Pool.MINORS: _changes(reader.form, Pool.MINORS, seen.minors),
    }
    if reader.form.errors:
        return _page(reader, year, status_code=reader.again())
    waits: list[UUID] = []
    try:
        with reader.change() as session:
            preconditions.still_at(
                session, actor.municipality_id, year, {reader.form.typed("version")}, actor=actor
            )
            for pool, given in changes.items():
                if not given:
                    continue
                try:
                    commands.register_year(
                        session,
                        municipality_id=actor.municipality_id,
                        year=year,
                        pool=pool,
                        change=YearChange(**given),
                        cause=Cause(actor, reader.at, reason=reader.form.text("reason")),
                        on=reader.today,
                    )
                except SecondPersonNeeded as needed:
                    waits.append(prepare(session, needed.asked, actor=actor, at=reader.at))
    except DomainError as refusal:
        return _page(reader, year, status_code=reader.again(refusal))
    if waits:
        return reader.done("/godkjenninger?state=waiting", "approval_waits", tone="info")
    return reader.done(f"/kommune/vedtak?year={year}", "year_registered")


def _changes(form: Form, pool: Pool, before: Figures) -> dict[str, Any]:
    """What the form says other than what stands; no extra places is none."""
    decided_field, extra_field = FIELDS[pool]
    decided, extra = form.number(decided_field), form.number(extra_field) or 0
    changes: dict[str, Any] = {}
    if decided != before.decided_places:
        changes["decided_places"] = decided
    if extra != before.extra_places:
        changes["extra_places"] = extra
    return changes


def _page(
    reader: Visit, year: int, cursor: str | None = None, *, status_code: int = 200
) -> Response:
    actor = reader.actor
    assert actor.municipality_id is not None  # noqa: S101  a municipality's role
    known = queries.known_years(reader.session, actor=actor)
    ledger = accounts.ledger(
        reader.session, actor.municipality_id, year, limit=LINES, after=cursor, actor=actor
    )
    return reader.page(
        "own_places/page.html",
        status_code=status_code,
        seen=queries.one(reader.session, actor.municipality_id, year, actor=actor),
        years=sorted({*known, reader.today.year, reader.today.year + 1}),
        ledger=ledger.items,
        next=ledger.next,
        since=runs.since_withdrawal(reader.session, actor.municipality_id, actor=actor),
        may_write=actor.role in WRITES_PLACES,
    )
