"""Taking, moving and giving back places, one case at a time; what is registered of a year.

Locks: the case is locked by its own command first, then accounts by id. A new hold is one
conditional update, so two cases that want the last places are asked one after the other.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.approvals.asked import Approved
from workflow.capacity.endless import without_ceiling
from workflow.capacity.errors import NoneFree, NotRegistered, RequestStands, YearFull
from workflow.capacity.four_eyes import extra_places_need_two
from workflow.capacity.ledger import Figures
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.statements import record as record_change
from workflow.capacity.statements import take
from workflow.capacity.states import EntryKind, Pool
from workflow.kernel import audit
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, ReasonMissing
from workflow.municipalities.models import Municipality

#: Years places can be registered of.
YEARS = range(1990, 2101)
WRITES_PLACES = frozenset({Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR})

_accounts = PlaceAccount.__table__


@dataclass(frozen=True, slots=True)
class Cause:
    """For whom and why a ledger entry is written."""

    actor: Actor
    at: datetime
    case_id: UUID | None = None
    run_id: UUID | None = None
    reason: str | None = None


def _parameters(
    kind: EntryKind, cause: Cause, *, held: int = 0, settled: int = 0
) -> dict[str, Any]:
    return {
        "kind": kind,
        "held_change": held,
        "settled_change": settled,
        "ceiling_change": 0,
        "at": cause.at,
        "case_id": cause.case_id,
        "run_id": cause.run_id,
        "actor": cause.actor.name,
        "reason": cause.reason,
    }


def hold(
    session: Session,
    *,
    municipality_id: int,
    year: int,
    pool: Pool,
    persons: int,
    cause: Cause,
    kind: EntryKind = EntryKind.HOLD,
) -> int:
    """Take places for a case; returns the account that now holds them.

    Raises:
        NotRegistered: no decided places for the year.
        NoneFree: fewer than `persons` places are free.
    """
    wanted: dict[str, Any] = {
        "municipality_id": municipality_id,
        "year": year,
        "pool": pool,
        "persons": persons,
    }
    taken = take().row(session, values_of_hold(**wanted, cause=cause, kind=kind))
    if taken is None:
        raise why_not_held(session, **wanted)
    return int(taken[0])


def values_of_hold(
    *,
    municipality_id: int,
    year: int,
    pool: Pool,
    persons: int,
    cause: Cause,
    kind: EntryKind = EntryKind.HOLD,
) -> dict[str, Any]:
    """What workflow.capacity.statements.taking is given, also as part of another statement."""
    return {
        "in_municipality": municipality_id,
        "in_year": year,
        "in_pool": pool,
        **_parameters(kind, cause, held=persons),
    }


def hold_more(session: Session, account_id: int, *, persons: int, cause: Cause) -> None:
    """Persons join a case that holds places already; they need room as a new hold does.

    Raises:
        NoneFree: fewer than `persons` places are free.
    """
    account = session.execute(
        select(PlaceAccount.municipality_id, PlaceAccount.year, PlaceAccount.pool).where(
            PlaceAccount.id == account_id
        )
    ).one()
    hold(
        session,
        municipality_id=account.municipality_id,
        year=account.year,
        pool=account.pool,
        persons=persons,
        cause=cause,
        kind=EntryKind.JOIN,
    )


def release(
    session: Session,
    account_id: int,
    persons: int,
    *,
    cause: Cause,
    kind: EntryKind = EntryKind.RELEASE,
) -> None:
    """Give held places back; they can be used in the same minute (R11)."""
    record(session, account_id, kind, held=-persons, cause=cause)


def record(
    session: Session,
    account_id: int,
    kind: EntryKind,
    *,
    held: int = 0,
    settled: int = 0,
    cause: Cause,
) -> None:
    """Write a fact to the ledger whatever the ceiling says; the overrun shows it."""
    change = _parameters(kind, cause, held=held, settled=settled)
    record_change().row(session, {"account": account_id} | change)


def move_hold(
    session: Session,
    account_id: int,
    persons: int,
    *,
    municipality_id: int,
    year: int,
    pool: Pool,
    cause: Cause,
) -> int:
    """Move a plan to another year of the municipality; returns the new account.

    Raises:
        YearFull: that year has no room, or no decided places.
    """
    if pool is Pool.PROTECTED:
        open_account(session, municipality_id=municipality_id, year=year, pool=pool)
    lock(session, account_id, find(session, municipality_id=municipality_id, year=year, pool=pool))
    try:
        moved_to = hold(
            session,
            municipality_id=municipality_id,
            year=year,
            pool=pool,
            persons=persons,
            cause=cause,
            kind=EntryKind.MOVE_IN,
        )
    except (NoneFree, NotRegistered) as refusal:
        raise YearFull(
            municipality=refusal.facts["municipality"],
            year=year,
            persons=persons,
            free=refusal.facts.get("free", 0),
        ) from refusal
    release(session, account_id, persons, cause=cause, kind=EntryKind.MOVE_OUT)
    return moved_to


def settle(session: Session, *, held_by: int, counted_by: int, persons: int, cause: Cause) -> None:
    """A settlement date moves persons from held to settled, in the year of the date; a fact."""
    if held_by == counted_by:
        record(session, held_by, EntryKind.SETTLE, held=-persons, settled=persons, cause=cause)
        return
    lock(session, held_by, counted_by)
    record(session, held_by, EntryKind.MOVE_OUT, held=-persons, cause=cause)
    record(session, counted_by, EntryKind.SETTLE, settled=persons, cause=cause)


def recount_settled(session: Session, *, was: int, now: int, persons: int, cause: Cause) -> None:
    """A corrected date moves settled persons to the year they belong to."""
    if was == now:
        return
    lock(session, was, now)
    record(session, was, EntryKind.UNSETTLE, settled=-persons, cause=cause)
    record(session, now, EntryKind.SETTLE, settled=persons, cause=cause)


def lock(session: Session, *account_ids: int | None) -> None:
    """Lock accounts in the one order all commands use; one call for all a command will touch."""
    wanted = [account_id for account_id in account_ids if account_id is not None]
    found = select(PlaceAccount.id).where(PlaceAccount.id.in_(wanted)).order_by(PlaceAccount.id)
    session.execute(found.with_for_update(key_share=True))


def find(session: Session, *, municipality_id: int, year: int, pool: Pool) -> int | None:
    return session.scalar(
        select(PlaceAccount.id).where(
            PlaceAccount.municipality_id == municipality_id,
            PlaceAccount.year == year,
            PlaceAccount.pool == pool,
        )
    )


def open_account(session: Session, *, municipality_id: int, year: int, pool: Pool) -> int:
    """The account of a municipality's year, made if it is not there; a protected one is endless."""
    wanted: dict[str, Any] = {"municipality_id": municipality_id, "year": year, "pool": pool}
    account = upsert(PlaceAccount).values(**wanted).on_conflict_do_nothing()
    made = session.scalar(account.returning(PlaceAccount.id))
    if made is not None and pool is Pool.PROTECTED:
        without_ceiling(session, made)
    found = find(session, **wanted)
    assert found is not None  # noqa: S101  just made
    return found


@dataclass(frozen=True, slots=True)
class YearChange:
    """What is to be registered of a year; a field left out (`...`) stays as it is."""

    original_request: int | Any | None = ...
    adjusted_request: int | Any | None = ...
    decided_places: int | Any | None = ...
    extra_places: int | Any = ...

    def given(self) -> dict[str, int | None]:
        fields = ("original_request", "adjusted_request", "decided_places", "extra_places")
        return {name: value for name in fields if (value := getattr(self, name)) is not ...}


def register_year(
    session: Session,
    *,
    municipality_id: int,
    year: int,
    pool: Pool,
    change: YearChange,
    cause: Cause,
    on: date,
    approved: Approved | None = None,
) -> int:
    """Register requests, decided or extra places; a lowered decision may leave an overrun.

    The original request is written once and then stands; a new letter is the adjusted one (R01).
    Returns the account's id.

    Raises:
        NotAllowed: requests are IMDi's lead's; decided and extra places the municipality's own.
        ReasonMissing: the lead registers on the municipality's behalf without saying why.
        RequestStands: the original request is there already and is another.
        SecondPersonNeeded: extra places change.
        Invalid: a negative number, or no year anybody settles in.
    """
    _may_register(cause, municipality_id, change)
    _refuse_malformed(year, change)
    account_id = open_account(session, municipality_id=municipality_id, year=year, pool=pool)
    before = session.execute(
        select(*_accounts.c).where(PlaceAccount.id == account_id).with_for_update(key_share=True)
    ).one()
    values: dict[str, Any] = change.given()
    if (
        before.original_request is not None
        and values.get("original_request", before.original_request) != before.original_request
    ):
        raise RequestStands(year=year, original_request=before.original_request)
    if "original_request" in values and values["original_request"] != before.original_request:
        values["original_request_on"] = on
    if "adjusted_request" in values and values["adjusted_request"] != before.adjusted_request:
        values["adjusted_request_on"] = on
    after = Figures(
        decided_places=values.get("decided_places", before.decided_places),
        extra_places=values.get("extra_places", before.extra_places),
        held=before.held,
        settled=before.settled,
    )
    given = change.given()
    extra_places_need_two(session, before, given, approved, reason=cause.reason, actor=cause.actor)
    session.execute(
        update(PlaceAccount)
        .where(PlaceAccount.id == account_id)
        .values(**values, overrun=after.overrun, version=PlaceAccount.version + 1)
    )
    _enter_ceiling_changes(session, before, after, cause)
    audit.record(
        session,
        audit.Change(
            audit.subject(audit.Kind.MUNICIPALITY_YEAR, municipality_id, year, pool),
            before={name: getattr(before, name) for name in values},
            after=values | {"version": before.version + 1},
        ),
        "register_year",
        actor=cause.actor,
        at=cause.at,
        reason=cause.reason,
    )
    return account_id


def _may_register(cause: Cause, municipality_id: int, change: YearChange) -> None:
    actor, given = cause.actor, change.given()
    if actor.role is Role.SYSTEM:
        return
    own = actor.role in WRITES_PLACES and actor.municipality_id == municipality_id
    if not own and actor.role is not Role.LEAD:
        raise NotAllowed(
            "only the municipality itself and IMDi's lead register places", role=actor.role
        )
    if own and given.keys() & {"original_request", "adjusted_request"}:
        raise NotAllowed("a municipality does not write its own request", role=actor.role)
    if not own and given.keys() & {"decided_places", "extra_places"} and not cause.reason:
        raise ReasonMissing


def _refuse_malformed(year: int, change: YearChange) -> None:
    if year not in YEARS:
        raise Invalid(
            f"no year {year}", pointer="/year", expected=f"{YEARS.start} to {YEARS.stop - 1}"
        )
    for field, places in change.given().items():
        if places is not None and places < 0:
            raise Invalid(f"{field} is {places}", pointer=f"/{field}", expected="0 or more")


def _enter_ceiling_changes(
    session: Session, before: Row[Any], after: Figures, cause: Cause
) -> None:
    decided = replace(after, extra_places=before.extra_places)
    changes = (
        (EntryKind.DECIDED, before.decided_places, after.decided_places, decided),
        (EntryKind.EXTRA, before.extra_places, after.extra_places, after),
    )
    for kind, was, now, then in changes:
        if was != now:
            entry = _parameters(kind, cause) | {
                "account_id": before.id,
                "ceiling_change": (now or 0) - (was or 0),
                "free_after": then.free,
            }
            session.execute(insert(PlaceEntry), entry)


def why_not_held(
    session: Session, *, municipality_id: int, year: int, pool: Pool, persons: int
) -> NoneFree | NotRegistered:
    """The refusal of a hold that found no room."""
    name = (
        session.scalar(select(Municipality.official_name).where(Municipality.id == municipality_id))
        or "?"
    )
    figures = _figures(session, municipality_id=municipality_id, year=year, pool=pool)
    if figures is None or figures.decided_places is None:
        return NotRegistered(municipality=name, year=year)
    return NoneFree(municipality=name, year=year, persons=persons, free=figures.free)


def _figures(session: Session, *, municipality_id: int, year: int, pool: Pool) -> Figures | None:
    account = session.execute(
        select(
            PlaceAccount.decided_places,
            PlaceAccount.extra_places,
            PlaceAccount.held,
            PlaceAccount.settled,
        ).where(
            PlaceAccount.municipality_id == municipality_id,
            PlaceAccount.year == year,
            PlaceAccount.pool == pool,
        )
    ).one_or_none()
    return Figures(*account) if account else None
