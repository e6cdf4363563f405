"""The county boards' inventory: taken in with where it is from, each line used or rejected."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, false, func, insert, select, true, update
from sqlalchemy.orm import Session

from workflow.accommodation import objects
from workflow.accommodation.access import TAKES_IN, only_the_buyer
from workflow.accommodation.errors import (
    InventoryKnown,
    InventoryUnusable,
    NotTheBuyer,
    RowDecided,
    RowHasNoPlace,
)
from workflow.accommodation.inventory_lines import Proposed, proposed, read
from workflow.accommodation.models import Inventory, InventoryRow
from workflow.accommodation.objects import NewObject
from workflow.accommodation.states import OwnerKind, RowState
from workflow.allocation.access import READS_ALL
from workflow.kernel import audit
from workflow.kernel.actor import COUNTY, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing
from workflow.kernel.tables import Row
from workflow.municipalities.sweden import COUNTIES, Place, places

#: Public ones first, then private ones (Ju2022/00942).
ORDER: Final = (OwnerKind.MUNICIPALITY, OwnerKind.STATE, OwnerKind.PRIVATE)


@dataclass(frozen=True, slots=True)
class NewInventory:
    county: str
    source: str
    #: The day it is of.
    day: date


@dataclass(frozen=True, slots=True)
class InventorySeen:
    id: int
    county: str
    source: str
    day: date
    sha256: str
    at: datetime
    actor: str
    #: Lines by what became of them.
    lines: Mapping[RowState, int]

    @property
    def county_name(self) -> str:
        return COUNTIES[self.county]


@dataclass(frozen=True, slots=True)
class RowSeen:
    id: int
    inventory_id: int
    line: int
    county: str
    #: As the file says it, by column.
    fields: Mapping[str, str]
    says: Proposed
    state: RowState
    reason: str | None
    object_id: UUID | None
    decided_at: datetime | None
    decided_by: str | None


def inventories_of(actor: Actor) -> ColumnElement[bool]:
    """A county's own, or all of them."""
    if actor.role in READS_ALL:
        return true()
    return Inventory.county == actor.county if actor.county is not None else false()


def _rows_of(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL:
        return true()
    return InventoryRow.county == actor.county if actor.county is not None else false()


def take_in(session: Session, new: NewInventory, file: bytes, *, actor: Actor, at: datetime) -> int:
    """Take in a whole file; returns the inventory's id.

    Raises:
        NotTheBuyer: neither Migrationsverket nor the county's own board; Invalid; InventoryKnown;
        InventoryUnusable: with the lines; nothing is taken in.
    """
    rows, rejected = read(file)
    if rejected or not rows:
        raise InventoryUnusable(
            "lines cannot be cut into fields",
            pointer="/table",
            problems="; ".join(map(str, rejected[:20])) or "no rows",
        )
    return keep(session, new, file, rows, actor=actor, at=at)


def keep(
    session: Session,
    new: NewInventory,
    file: bytes,
    rows: Sequence[Row],
    *,
    actor: Actor,
    at: datetime,
) -> int:
    """The same of the lines that could be read of it. Raises as `take_in` does."""
    _refuse_strangers(new, actor)
    if new.county not in COUNTIES:
        raise Invalid("no county", pointer="/county")
    if not new.source:
        raise Invalid("where it is from", pointer="/source")
    today = local_day(at)
    if not new.day.year >= 1990 or new.day > today:
        raise Invalid("a day that has been", pointer="/day", expected=f"{today} or earlier")
    digest = hashlib.sha256(file).hexdigest()
    session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME, int(new.county))))
    known = session.scalar(
        select(Inventory.day).where(
            Inventory.county == new.county, Inventory.sha256 == digest, inventories_of(actor)
        )
    )
    if known is not None:
        raise InventoryKnown("the same file has been taken in", day=known)
    made = session.execute(
        insert(Inventory)
        .values(
            county=new.county,
            source=new.source,
            day=new.day,
            sha256=digest,
            at=at,
            actor=actor.name,
        )
        .returning(Inventory.id)
    ).scalar_one()
    here = _numbered(places(session))
    session.execute(insert(InventoryRow), [_values(made, new.county, row, here) for row in rows])
    after = {"county": new.county, "day": new.day, "sha256": digest, "lines": len(rows)}
    changed = audit.Change(subject(made), after=after)
    audit.record(session, changed, "take_in_inventory", actor=actor, at=at)
    return made


_ONE_AT_A_TIME: Final = 0x696E7665


def _refuse_strangers(new: NewInventory, actor: Actor) -> None:
    if actor.role not in TAKES_IN or (actor.role in COUNTY and actor.county != new.county):
        raise NotTheBuyer("a board takes in its own county's inventory", role=actor.role)


def _numbered(register: Iterable[Place]) -> dict[str, Place]:
    return {place.number: place for place in register}


def _values(inventory_id: int, county: str, row: Row, known: Mapping[str, Place]) -> dict[str, Any]:
    here = proposed(row.fields, known, county).municipality
    return {
        "inventory_id": inventory_id,
        "line": row.line,
        "county": county,
        "municipality_id": None if here is None else here.id,
        "fields": row.fields,
        "state": RowState.WAITING,
    }


def use(
    session: Session,
    row_id: int,
    *,
    object_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Make an object of a line, or say which one it is; returns the object's id.

    Raises:
        NotTheBuyer; NotFound; RowDecided; RowHasNoPlace: it says too little; Invalid.
    """
    only_the_buyer(actor)
    told = _waiting(session, row_id, actor)
    if object_id is None:
        object_id = _made_of(session, told, actor=actor, at=at)
    else:
        _refuse_elsewhere(session, told, object_id, actor=actor, at=at)
    values = {"state": RowState.USED, "object_id": object_id}
    _decide(session, told, values, reason=None, actor=actor, at=at)
    return object_id


def reject(
    session: Session, row_id: int, *, reason: str | None, actor: Actor, at: datetime
) -> None:
    """Raises NotTheBuyer; NotFound; ReasonMissing; RowDecided."""
    only_the_buyer(actor)
    if not reason:
        raise ReasonMissing
    told = _waiting(session, row_id, actor)
    values = {"state": RowState.REJECTED, "reason": reason}
    _decide(session, told, values, reason=reason, actor=actor, at=at)


def _waiting(session: Session, row_id: int, actor: Actor) -> RowSeen:
    state = session.scalar(
        select(InventoryRow.state)
        .where(InventoryRow.id == row_id, _rows_of(actor))
        .with_for_update()
    )
    if state is None:
        raise NotFound("line of an inventory")
    if state is not RowState.WAITING:
        raise RowDecided("the line is decided", state=state)
    return row(session, row_id, actor=actor)


def _made_of(session: Session, told: RowSeen, *, actor: Actor, at: datetime) -> UUID:
    says = told.says
    if (
        says.municipality is None
        or says.owner is None
        or says.standard is None
        or says.beds is None
        or says.problems
    ):
        raise RowHasNoPlace("the line says too little", problems=", ".join(says.problems))
    source, day = session.execute(
        select(Inventory.source, Inventory.day).where(Inventory.id == told.inventory_id)
    ).one()
    new = NewObject(
        says.municipality.id,
        says.name,
        says.owner,
        says.standard,
        says.beds,
        f"{source}, {day}: {told.line}",
        says.distances,
        says.address,
    )
    return objects.add(session, new, actor=actor, at=at)


def _refuse_elsewhere(
    session: Session, told: RowSeen, object_id: UUID, *, actor: Actor, at: datetime
) -> None:
    try:
        here = objects.one(session, object_id, actor=actor, at=at).municipality
    except NotFound:
        raise Invalid("no such object", pointer="/object_id") from None
    said = told.says.municipality
    if here.county != told.county or (said is not None and said.id != here.id):
        raise Invalid("an object of another municipality", pointer="/object_id")


def _decide(
    session: Session,
    told: RowSeen,
    values: Mapping[str, Any],
    *,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> None:
    session.execute(
        update(InventoryRow)
        .where(InventoryRow.id == told.id)
        .values(decided_at=at, decided_by=actor.name, **values)
        .execution_options(synchronize_session=False)
    )
    line = {"line": told.line}
    after = {**line, "state": values["state"], "object": values.get("object_id")}
    changed = audit.Change(
        subject(told.inventory_id), before={**line, "state": told.state}, after=after
    )
    audit.record(session, changed, "decide_inventory_row", reason=reason, actor=actor, at=at)


def inventories(
    session: Session, *, county: str | None = None, actor: Actor
) -> list[InventorySeen]:
    """Those the actor reads, the latest day first."""
    wanted = _INVENTORIES.where(inventories_of(actor))
    if county is not None:
        wanted = wanted.where(Inventory.county == county)
    found = session.execute(wanted.order_by(Inventory.day.desc(), Inventory.id.desc())).all()
    lines = _counted(session, [one.id for one in found])
    return [InventorySeen(*one, lines.get(one.id, Counter())) for one in found]


def inventory(session: Session, inventory_id: int, *, actor: Actor) -> InventorySeen:
    """Raises NotFound."""
    found = session.execute(
        _INVENTORIES.where(Inventory.id == inventory_id, inventories_of(actor))
    ).one_or_none()
    if found is None:
        raise NotFound("inventory")
    return InventorySeen(*found, _counted(session, [inventory_id]).get(inventory_id, Counter()))


def rows(
    session: Session,
    inventory_id: int,
    *,
    state: RowState | None = None,
    actor: Actor,
) -> list[RowSeen]:
    """Lines of one inventory: public owners' first, then private ones', each as they stand."""
    wanted = _ROWS.where(InventoryRow.inventory_id == inventory_id, _rows_of(actor))
    if state is not None:
        wanted = wanted.where(InventoryRow.state == state)
    owner = InventoryRow.fields["owner"].astext
    rank = case({str(kind): place for place, kind in enumerate(ORDER)}, value=owner, else_=9)
    return _seen(session, wanted.order_by(rank, InventoryRow.line))


def row(session: Session, row_id: int, *, actor: Actor) -> RowSeen:
    """Raises NotFound."""
    found = _seen(session, _ROWS.where(InventoryRow.id == row_id, _rows_of(actor)))
    if not found:
        raise NotFound("line of an inventory")
    return found[0]


def subject(inventory_id: int) -> str:
    return audit.subject(audit.Kind.INVENTORY, inventory_id)


_INVENTORIES: Final = select(
    Inventory.id,
    Inventory.county,
    Inventory.source,
    Inventory.day,
    Inventory.sha256,
    Inventory.at,
    Inventory.actor,
)
_ROWS: Final = select(
    InventoryRow.id,
    InventoryRow.inventory_id,
    InventoryRow.line,
    InventoryRow.county,
    InventoryRow.fields,
    InventoryRow.state,
    InventoryRow.reason,
    InventoryRow.object_id,
    InventoryRow.decided_at,
    InventoryRow.decided_by,
)


def _seen(session: Session, wanted: Select[Any]) -> list[RowSeen]:
    known = _numbered(places(session))
    return [
        RowSeen(
            *(one.id, one.inventory_id, one.line, one.county, one.fields),
            proposed(one.fields, known, one.county),
            *(one.state, one.reason, one.object_id, one.decided_at, one.decided_by),
        )
        for one in session.execute(wanted)
    ]


def _counted(session: Session, ids: Sequence[int]) -> dict[int, Counter[RowState]]:
    found: dict[int, Counter[RowState]] = {}
    for inventory_id, state, many in session.execute(
        select(InventoryRow.inventory_id, InventoryRow.state, func.count())
        .where(InventoryRow.inventory_id.in_(ids))
        .group_by(InventoryRow.inventory_id, InventoryRow.state)
    ):
        found.setdefault(inventory_id, Counter())[state] = many
    return found
