"""Voluntary swaps inside a county: both municipalities say yes, the county board confirms.

What one gives the other takes, so the county keeps its sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, false, insert, or_, select, true, update
from sqlalchemy.orm import Session, aliased

from workflow.allocation import notice, targets, terms
from workflow.allocation.access import READS_ALL
from workflow.allocation.decisions import Change, Decision
from workflow.allocation.errors import (
    NotInOneCounty,
    NotTheOther,
    NotThisRole,
    SwapIsOver,
    SwapTooLarge,
    TargetsMissing,
)
from workflow.allocation.events import AllocationEvent
from workflow.allocation.models import TargetSwap
from workflow.allocation.states import SwapState, VersionKind
from workflow.allocation.telling import of_swap
from workflow.kernel import audit
from workflow.kernel.actor import COUNTY, Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale
from workflow.municipalities.models import Municipality
from workflow.municipalities.sweden import Place, place_of

WRITES: Final = frozenset({Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR})
CONFIRMS: Final = COUNTY | {Role.MIGRATION_OFFICER}
OPEN: Final = frozenset({SwapState.PROPOSED, SwapState.AGREED})


@dataclass(frozen=True, slots=True)
class SwapSeen:
    id: UUID
    year: int
    county: str
    giver: Place
    taker: Place
    proposer_id: int
    persons: int
    state: SwapState
    reason: str
    proposed_at: datetime
    proposed_by: str
    agreed_at: datetime | None
    agreed_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    answer: str | None
    version_id: int | None
    version: int

    @property
    def answerer_id(self) -> int:
        """The municipality that did not propose."""
        return self.taker.id if self.proposer_id == self.giver.id else self.giver.id


def propose(
    session: Session,
    *,
    year: int,
    giver_id: int,
    taker_id: int,
    persons: int,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """One of the two proposes; the other is asked.

    Raises:
        NotThisRole: no municipality's writer, or neither of the two.
        NotInOneCounty; SwapTooLarge; TargetsMissing; ReasonMissing; Invalid; NotFound.
    """
    if actor.role not in WRITES or actor.municipality_id not in {giver_id, taker_id}:
        raise NotThisRole("one of the two municipalities proposes", role=actor.role)
    if persons <= 0:
        raise Invalid("somebody is swapped", pointer="/persons", expected="at least 1")
    if not reason:
        raise ReasonMissing
    giver, taker = place_of(session, giver_id), place_of(session, taker_id)
    if giver_id == taker_id or giver.county != taker.county:
        raise NotInOneCounty("a swap stays inside a county", giver=giver.name, taker=taker.name)
    _has_so_many(session, year, giver, persons)
    made = uuid4()
    session.execute(
        insert(TargetSwap).values(
            id=made,
            year=year,
            county=giver.county,
            giver_id=giver_id,
            taker_id=taker_id,
            proposer_id=actor.municipality_id,
            persons=persons,
            state=SwapState.PROPOSED,
            reason=reason,
            proposed_at=at,
            proposed_by=actor.name,
            version=1,
        )
    )
    after = {
        "state": SwapState.PROPOSED,
        "year": year,
        "giver": giver.number,
        "taker": taker.number,
        "persons": persons,
    }
    _record(session, made, "propose_swap", after, actor=actor, at=at, reason=reason)
    other = taker_id if actor.municipality_id == giver_id else giver_id
    event = AllocationEvent.SWAP_PROPOSED
    of_swap(session, event, made, giver.county, [other], year=year, at=at)
    return made


def agree(
    session: Session,
    swap_id: UUID,
    *,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """The other municipality says yes; the county board confirms.

    Raises:
        NotFound; NotTheOther; SwapIsOver; Stale.
    """
    swap = _locked(session, swap_id, version, actor)
    _must_be_the_other(swap, actor)
    if swap.state is not SwapState.PROPOSED:
        raise SwapIsOver("there is nothing to agree to", state=swap.state)
    _write(session, swap, state=SwapState.AGREED, agreed_at=at, agreed_by=actor.name)
    after = {"state": SwapState.AGREED}
    _record(session, swap_id, "agree_swap", after, actor=actor, at=at)
    _tell(session, AllocationEvent.SWAP_AGREED, swap, [swap.proposer_id], at=at)


def confirm(
    session: Session,
    swap_id: UUID,
    *,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """The county board confirms: both numbers change in one version; returns its id.

    Raises:
        NotThisRole: no county board of these municipalities, nor Migrationsverket. NotFound;
        SwapIsOver: not both have said yes; SwapTooLarge: the number has become smaller; Stale.
    """
    if actor.role not in CONFIRMS:
        raise NotThisRole("the county board confirms", role=actor.role)
    swap = _locked(session, swap_id, version, actor)
    if actor.county not in {None, swap.county}:
        raise NotThisRole("another county's board confirms", role=actor.role)
    if swap.state is not SwapState.AGREED:
        raise SwapIsOver("both have to say yes first", state=swap.state)
    targets.lock(session, swap.year)
    changes, decision = _as_decision(session, swap, at)
    made = targets.write(session, swap.year, changes, decision, actor=actor, at=at)
    _write(
        session,
        swap,
        state=SwapState.CONFIRMED,
        ended_at=at,
        ended_by=actor.name,
        version_id=made,
    )
    after = {"state": SwapState.CONFIRMED, "version": made}
    _record(session, swap_id, "confirm_swap", after, actor=actor, at=at)
    _tell(session, AllocationEvent.SWAP_OVER, swap, [None], state=SwapState.CONFIRMED, at=at)
    return made


def _as_decision(session: Session, swap: SwapSeen, at: datetime) -> tuple[list[Change], Decision]:
    _has_so_many(session, swap.year, swap.giver, swap.persons)
    stand, today = targets.standing(session, swap.year), local_day(at)
    days = terms.notice_days(session).get(swap.taker.id, notice.USUAL_DAYS)
    changes = [
        Change(
            place,
            before=stand.get(place.id),
            after=stand.get(place.id, 0) + persons,
            carried=0,
            # Who takes more has itself said yes to it.
            inside_notice=False,
            earliest_on=notice.earliest(today, days if persons > 0 else 0),
        )
        for place, persons in ((swap.giver, -swap.persons), (swap.taker, swap.persons))
    ]
    changes.sort(key=lambda one: one.municipality.id)
    return changes, Decision(VersionKind.SWAP, today, today, reason=swap.reason)


def decline(
    session: Session,
    swap_id: UUID,
    *,
    answer: str | None,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """The other municipality, or the county board, says no and why; or who proposed takes it back.

    Raises:
        NotFound; SwapIsOver; ReasonMissing; Stale; NotThisRole.
    """
    if actor.role not in WRITES | CONFIRMS:
        raise NotThisRole("the parties and the county board answer", role=actor.role)
    swap = _locked(session, swap_id, version, actor)
    if actor.county not in {None, swap.county}:
        raise NotThisRole("another county's board answers", role=actor.role)
    if swap.state not in OPEN:
        raise SwapIsOver("it is over already", state=swap.state)
    mine = actor.municipality_id == swap.proposer_id
    if not answer and not mine:
        raise ReasonMissing
    state = SwapState.TAKEN_BACK if mine else SwapState.DECLINED
    _write(session, swap, state=state, ended_at=at, ended_by=actor.name, answer=answer)
    _record(session, swap_id, "end_swap", {"state": state}, actor=actor, at=at, reason=answer)
    others = [its for its in (swap.giver.id, swap.taker.id) if its != actor.municipality_id]
    _tell(session, AllocationEvent.SWAP_DECLINED, swap, others, state=state, at=at)
    _tell(session, AllocationEvent.SWAP_OVER, swap, [None], state=state, at=at)


def _tell(
    session: Session,
    event: AllocationEvent,
    swap: SwapSeen,
    municipality_ids: Sequence[int | None],
    *,
    state: SwapState = SwapState.AGREED,
    at: datetime,
) -> None:
    told = {"year": swap.year, "state": str(state)}
    of_swap(session, event, swap.id, swap.county, municipality_ids, at=at, **told)


def swaps(
    session: Session,
    *,
    year: int | None = None,
    states: Sequence[SwapState] = (),
    actor: Actor,
) -> list[SwapSeen]:
    """Those the actor sees, the newest first."""
    wanted = _SEEN.where(_visible(actor))
    if year is not None:
        wanted = wanted.where(TargetSwap.year == year)
    if states:
        wanted = wanted.where(TargetSwap.state.in_(states))
    rows = session.execute(wanted.order_by(TargetSwap.proposed_at.desc(), TargetSwap.id).limit(500))
    return [_seen(row) for row in rows]


def swap(session: Session, swap_id: UUID, *, actor: Actor) -> SwapSeen:
    """Raises NotFound."""
    row = session.execute(_SEEN.where(TargetSwap.id == swap_id, _visible(actor))).one_or_none()
    if row is None:
        raise NotFound("swap")
    return _seen(row)


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL:
        return true()
    if actor.county is not None:
        return or_(false(), TargetSwap.county == actor.county)
    if actor.municipality_id is not None:
        mine = actor.municipality_id
        return or_(TargetSwap.giver_id == mine, TargetSwap.taker_id == mine)
    return false()


def _locked(session: Session, swap_id: UUID, version: int | None, actor: Actor) -> SwapSeen:
    if actor.role not in WRITES | CONFIRMS:
        raise NotThisRole("the parties and the county board answer", role=actor.role)
    found = session.execute(
        _SEEN.where(TargetSwap.id == swap_id, _visible(actor)).with_for_update(of=TargetSwap)
    ).one_or_none()
    if found is None:
        raise NotFound("swap")
    seen = _seen(found)
    if version is not None and seen.version != version:
        raise Stale("the swap has changed since it was read", version=seen.version)
    return seen


def _must_be_the_other(swap: SwapSeen, actor: Actor) -> None:
    if actor.role not in WRITES:
        raise NotThisRole("the other municipality agrees", role=actor.role)
    if actor.municipality_id != swap.answerer_id:
        raise NotTheOther("the other municipality agrees", role=actor.role)


def _has_so_many(session: Session, year: int, giver: Place, persons: int) -> None:
    stand = targets.standing(session, year)
    if giver.id not in stand:
        raise TargetsMissing("the year has no targets yet", year=year)
    if persons > stand[giver.id]:
        raise SwapTooLarge(
            "nobody gives away more than its number",
            municipality=giver.name,
            target=stand[giver.id],
            persons=persons,
        )


def _write(session: Session, swap: SwapSeen, **now: Any) -> None:
    session.execute(
        update(TargetSwap)
        .where(TargetSwap.id == swap.id)
        .values(version=swap.version + 1, **now)
        .execution_options(synchronize_session=False)
    )


def _record(
    session: Session,
    swap_id: UUID,
    action: str,
    after: audit.Values,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    changed = audit.Change(audit.subject(audit.Kind.TARGET_SWAP, swap_id), after=after)
    audit.record(session, changed, action, actor=actor, at=at, reason=reason)


_GIVER, _TAKER = aliased(Municipality), aliased(Municipality)
_SEEN = (
    select(
        TargetSwap.__table__,
        _GIVER.number,
        _GIVER.official_name,
        _TAKER.number,
        _TAKER.official_name,
    )
    .join(_GIVER, _GIVER.id == TargetSwap.giver_id)
    .join(_TAKER, _TAKER.id == TargetSwap.taker_id)
)
_COLUMNS = tuple(column.name for column in TargetSwap.__table__.columns)


def _seen(row: Any) -> SwapSeen:
    told = dict(zip(_COLUMNS, row, strict=False))
    giver_number, giver_name, taker_number, taker_name = row[len(_COLUMNS) :]
    giver = Place(told.pop("giver_id"), giver_number, giver_name)
    taker = Place(told.pop("taker_id"), taker_number, taker_name)
    return SwapSeen(giver=giver, taker=taker, **told)
