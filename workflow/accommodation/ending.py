"""Contracts and call-offs end before their time: how many nights are left, and why."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from workflow.accommodation import telling
from workflow.accommodation.access import only_the_buyer
from workflow.accommodation.contracts import subject
from workflow.accommodation.errors import CallOffOccupied, ContractIsOver, NoFramework
from workflow.accommodation.models import AccommodationContract, CallOff, Occupancy
from workflow.accommodation.telling import Ended
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale

_A_NIGHT = timedelta(days=1)
#: As telling.Ended has them.
_ENDED: Any = (
    CallOff.id,
    CallOff.contract_id,
    CallOff.municipality_id,
    CallOff.county,
    CallOff.beds,
    CallOff.ends_on,
)


def end(
    session: Session,
    contract_id: UUID,
    last_night: date,
    *,
    reason: str | None,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """End a contract before its time, and what was called off from it.

    Args:
        last_night: the one before the first, where it never came to anything.

    Raises:
        NotTheBuyer; NotFound; ReasonMissing; Stale; ContractIsOver; CallOffOccupied; Invalid.
    """
    only_the_buyer(actor)
    if not reason:
        raise ReasonMissing
    held = _locked(session, AccommodationContract, contract_id, version)
    last = held.ends_on if held.ended_on is None else held.ended_on
    _check(last_night, held.starts_on, last)
    drawn = select(CallOff.id).where(
        CallOff.contract_id == contract_id, CallOff.ends_on > last_night
    )
    _refuse_occupied(session, drawn, last_night)
    session.execute(
        update(AccommodationContract)
        .where(AccommodationContract.id == contract_id)
        .values(ended_on=last_night, end_reason=reason, version=held.version + 1)
        .execution_options(synchronize_session=False)
    )
    over = session.execute(
        update(CallOff)
        .where(CallOff.contract_id == contract_id, CallOff.ends_on > last_night)
        .values(
            ends_on=func.greatest(last_night, CallOff.starts_on - 1),
            end_reason=reason,
            version=CallOff.version + 1,
        )
        .returning(*_ENDED)
        .execution_options(synchronize_session=False)
    ).all()
    before, after = {"ends_on": last}, {"ends_on": last_night}
    changed = audit.Change(subject(contract_id), before=before, after=after)
    audit.record(session, changed, "end_contract", reason=reason, actor=actor, at=at)
    telling.ended(session, sorted(Ended(*row) for row in over), at=at)


def end_call_off(
    session: Session,
    call_off_id: UUID,
    last_night: date,
    *,
    reason: str | None,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """End what was called off from a framework; any other contract is ended itself.

    Raises:
        NoFramework; else as `end` does.
    """
    only_the_buyer(actor)
    if not reason:
        raise ReasonMissing
    contract = session.execute(
        select(AccommodationContract.id, AccommodationContract.framework)
        .join(CallOff, CallOff.contract_id == AccommodationContract.id)
        .where(CallOff.id == call_off_id)
        .with_for_update(of=AccommodationContract)
    ).one_or_none()
    if contract is None:
        raise NotFound("call-off")
    if not contract.framework:
        raise NoFramework("the contract itself is ended")
    drawn = _locked(session, CallOff, call_off_id, version)
    _check(last_night, drawn.starts_on, drawn.ends_on)
    _refuse_occupied(session, select(CallOff.id).where(CallOff.id == call_off_id), last_night)
    over = session.execute(
        update(CallOff)
        .where(CallOff.id == call_off_id)
        .values(ends_on=last_night, end_reason=reason, version=drawn.version + 1)
        .returning(*_ENDED)
        .execution_options(synchronize_session=False)
    ).one()
    before = {"call_off": call_off_id, "ends_on": drawn.ends_on}
    after = {"call_off": call_off_id, "ends_on": last_night}
    changed = audit.Change(subject(contract.id), before=before, after=after)
    audit.record(session, changed, "end_call_off", reason=reason, actor=actor, at=at)
    telling.ended(session, [Ended(*over)], at=at)


def _locked(session: Session, model: Any, which: UUID, version: int | None) -> Any:
    row = session.execute(
        select(model)
        .where(model.id == which)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        raise NotFound("contract")
    if version is not None and row.version != version:
        raise Stale("it has changed since it was read", version=row.version)
    return row


def _check(last_night: date, first: date, last: date) -> None:
    if last_night >= last:
        raise ContractIsOver("it ends no later than that", ends_on=last)
    if last_night < first - _A_NIGHT:
        raise Invalid(
            "before it begins", pointer="/last_night", expected=f"{first - _A_NIGHT} or later"
        )


def _refuse_occupied(session: Session, call_offs: Any, last_night: date) -> None:
    """Who slept there slept there: what was recorded stays inside the call-off's time."""
    until = session.scalar(
        select(func.max(Occupancy.until)).where(Occupancy.call_off_id.in_(call_offs))
    )
    if until is not None and until > last_night:
        raise CallOffOccupied("somebody slept there later", until=until)
