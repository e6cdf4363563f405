"""The ledger's lines as they stand in the database."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from workflow.accommodation.ledger import Line
from workflow.accommodation.models import AccommodationObject, BedChange, CallOff
from workflow.allocation.access import in_full
from workflow.kernel.actor import Actor

_ONE_AT_A_TIME: Final = 0x706C6173
#: The most beds its object has had since the line began, where it has fewer now.
_HAD: Final = (
    select(func.max(BedChange.before))
    .where(BedChange.object_id == CallOff.object_id, BedChange.on >= CallOff.starts_on)
    .correlate(CallOff)
    .scalar_subquery()
)


def of_municipality(session: Session, municipality_id: int) -> list[Line]:
    """All there are, for who may begin places there."""
    return _read(session, CallOff.municipality_id == municipality_id)


def of_contract(session: Session, contract_id: UUID) -> list[Line]:
    """All that were called off from it."""
    return _read(session, CallOff.contract_id == contract_id)


def seen(session: Session, since: date, until: date, *, actor: Actor) -> list[Line]:
    """Those of a time that the actor reads in full."""
    time = (CallOff.starts_on <= until) & (CallOff.ends_on >= since)
    return _read(session, in_full(CallOff, actor) & time)


def lock(session: Session, municipality_id: int) -> None:
    """Let one at a time begin places in a municipality, until the transaction ends.

    Its objects are there, and what is gone past is its number; a framework is locked before it.
    """
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME, municipality_id)))


def _read(session: Session, which: ColumnElement[bool]) -> list[Line]:
    rows = session.execute(
        select(
            CallOff.id,
            CallOff.municipality_id,
            CallOff.beds,
            CallOff.starts_on,
            CallOff.ends_on,
            CallOff.object_id,
            func.greatest(AccommodationObject.beds, _HAD),
            CallOff.under_id,
        )
        .outerjoin(AccommodationObject, AccommodationObject.id == CallOff.object_id)
        .where(which)
        .order_by(CallOff.starts_on, CallOff.id)
    )
    return [Line(*row) for row in rows]
