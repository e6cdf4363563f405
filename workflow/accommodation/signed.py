"""What is signed and called off, for who may read it: a municipality its own, a board its county's.

Whose places were called off from a framework of the country reads that framework, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from workflow.accommodation.models import AccommodationContract, AccommodationObject, CallOff
from workflow.accommodation.states import AccommodationKind, Meals
from workflow.allocation.access import in_full
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.municipalities.models import Municipality
from workflow.municipalities.sweden import Place


@dataclass(frozen=True, slots=True)
class ContractSeen:
    id: UUID
    kind: AccommodationKind
    framework: bool
    offer_id: UUID | None
    #: None: a framework of a county, or of the country.
    municipality: Place | None
    county: str | None
    supplier: str
    reference: str | None
    beds: int
    price_ore: int
    meals: Meals
    meal_ore: int | None
    pay_when_used: bool
    starts_on: date
    #: As it was signed.
    ends_on: date
    ended_on: date | None
    end_reason: str | None
    at: datetime
    actor: str
    version: int

    @property
    def last_night(self) -> date:
        """As it stands."""
        return self.ends_on if self.ended_on is None else self.ended_on

    def clamped(self, day: date) -> date:
        """A day as near as may be to another, within the contract's time."""
        return max(self.starts_on, min(day, self.last_night))


@dataclass(frozen=True, slots=True)
class CallOffSeen:
    id: UUID
    contract_id: UUID
    kind: AccommodationKind
    supplier: str
    framework: bool
    #: The contract's, for one person and one day; None: meals are not paid for themselves.
    meal_ore: int | None
    municipality: Place
    object_id: UUID | None
    object_name: str | None
    under_id: UUID | None
    beds: int
    price_ore: int
    pay_when_used: bool
    starts_on: date
    #: The last night as it stands.
    ends_on: date
    told_on: date
    notice_reason: str | None
    end_reason: str | None
    at: datetime
    actor: str
    version: int


def contracts(
    session: Session,
    *,
    county: str | None = None,
    municipality_id: int | None = None,
    actor: Actor,
) -> list[ContractSeen]:
    """Those the actor reads, the newest first; of a place, what was called off there, too."""
    wanted = _CONTRACTS.where(_may_read(actor))
    if county is not None:
        wanted = wanted.where(_of_or_called_off(CallOff.county == county, "county", county))
    if municipality_id is not None:
        here = CallOff.municipality_id == municipality_id
        wanted = wanted.where(_of_or_called_off(here, "municipality_id", municipality_id))
    rows = session.execute(
        wanted.order_by(AccommodationContract.at.desc(), AccommodationContract.id)
    )
    return [_contract(row) for row in rows]


def contract(session: Session, contract_id: UUID, *, actor: Actor) -> ContractSeen:
    """Raises NotFound."""
    row = session.execute(
        _CONTRACTS.where(AccommodationContract.id == contract_id, _may_read(actor))
    ).one_or_none()
    if row is None:
        raise NotFound("contract")
    return _contract(row)


def call_offs(
    session: Session,
    since: date | None = None,
    until: date | None = None,
    *,
    contract_id: UUID | None = None,
    object_id: UUID | None = None,
    municipality_id: int | None = None,
    actor: Actor,
) -> list[CallOffSeen]:
    """Those of a time that the actor reads, by municipality and first night."""
    wanted = _CALL_OFFS.where(in_full(CallOff, actor))
    if since is not None:
        wanted = wanted.where(CallOff.ends_on >= since)
    if until is not None:
        wanted = wanted.where(CallOff.starts_on <= until)
    if contract_id is not None:
        wanted = wanted.where(CallOff.contract_id == contract_id)
    if object_id is not None:
        wanted = wanted.where(CallOff.object_id == object_id)
    if municipality_id is not None:
        wanted = wanted.where(CallOff.municipality_id == municipality_id)
    rows = session.execute(wanted.order_by(Municipality.number, CallOff.starts_on, CallOff.id))
    return [_call_off(row) for row in rows]


def call_off(session: Session, call_off_id: UUID, *, actor: Actor) -> CallOffSeen:
    """Raises NotFound."""
    row = session.execute(
        _CALL_OFFS.where(CallOff.id == call_off_id, in_full(CallOff, actor))
    ).one_or_none()
    if row is None:
        raise NotFound("call-off")
    return _call_off(row)


def _may_read(actor: Actor) -> ColumnElement[bool]:
    """Its own, or one from which places were called off where it reads."""
    drawn = select(CallOff.id).where(
        CallOff.contract_id == AccommodationContract.id, in_full(CallOff, actor)
    )
    return or_(in_full(AccommodationContract, actor), drawn.exists())


def _of_or_called_off(here: ColumnElement[bool], column: str, value: Any) -> ColumnElement[bool]:
    drawn = select(CallOff.id).where(CallOff.contract_id == AccommodationContract.id, here)
    return or_(getattr(AccommodationContract, column) == value, drawn.exists())


_OF_CONTRACT: Final = (
    *("id", "kind", "framework", "offer_id", "county", "supplier", "reference", "beds"),
    *("price_ore", "meals", "meal_ore", "pay_when_used", "starts_on", "ends_on", "ended_on"),
    *("end_reason", "at", "actor", "version"),
)
_OF_CALL_OFF: Final = (
    *("id", "contract_id", "object_id", "under_id", "beds", "price_ore", "pay_when_used"),
    *("starts_on", "ends_on", "told_on", "notice_reason", "end_reason", "at", "actor", "version"),
)
_WHERE: Final = (Municipality.id, Municipality.number, Municipality.official_name)
_CONTRACTS: Final = select(
    *_WHERE, *(getattr(AccommodationContract, name) for name in _OF_CONTRACT)
).outerjoin(Municipality, Municipality.id == AccommodationContract.municipality_id)
_HELD: Final = aliased(AccommodationContract)
_CALL_OFFS: Final = (
    select(
        *_WHERE,
        _HELD.kind,
        _HELD.supplier,
        _HELD.framework,
        _HELD.meal_ore,
        AccommodationObject.name,
        *(getattr(CallOff, name) for name in _OF_CALL_OFF),
    )
    .join(Municipality, Municipality.id == CallOff.municipality_id)
    .join(_HELD, _HELD.id == CallOff.contract_id)
    .outerjoin(AccommodationObject, AccommodationObject.id == CallOff.object_id)
)


def _contract(row: Sequence[Any]) -> ContractSeen:
    its_id, number, name, *told = row
    here = None if its_id is None else Place(its_id, number, name)
    return ContractSeen(municipality=here, **dict(zip(_OF_CONTRACT, told, strict=True)))


def _call_off(row: Sequence[Any]) -> CallOffSeen:
    its_id, number, name, kind, supplier, framework, meal_ore, object_name, *told = row
    return CallOffSeen(
        kind=kind,
        supplier=supplier,
        framework=framework,
        meal_ore=meal_ore,
        municipality=Place(its_id, number, name),
        object_name=object_name,
        **dict(zip(_OF_CALL_OFF, told, strict=True)),
    )
