"""The county boards' inventory: taken in, each line used as an object or rejected."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.orm import Session

from app.api import API
from app.api.parameters import CountyInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.inventory import (
    InventoryIn,
    InventoryOut,
    InventoryRowOut,
    RejectIn,
    UseIn,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.accommodation import inventory
from workflow.accommodation.inventory import NewInventory
from workflow.accommodation.states import RowState
from workflow.kernel.actor import Actor

router = APIRouter(tags=["accommodation"], route_class=OnceRoute)
Id = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/inventories", operation_id="listInventories", responses=refusals(422))
def list_inventories(
    session: ReadSession, actor: CurrentActor, county: CountyInQuery = None
) -> ListOf[InventoryOut]:
    """Inventories the actor reads, the latest day first: a county board its own."""
    found = inventory.inventories(session, county=county, actor=actor)
    return ListOf(items=[InventoryOut.of(one) for one in found])


@router.post(
    "/inventories",
    status_code=201,
    operation_id="takeInInventory",
    dependencies=[Once],
    responses=changes(codes="inventory.known", malformed="inventory.unusable"),
)
def take_in(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: InventoryIn
) -> InventoryOut:
    """Take in a file (Migrationsverket, or the county's own board)."""
    new = NewInventory(body.county, body.source, body.day)
    made = inventory.take_in(session, new, body.table.encode(), actor=actor, at=at)
    response.headers["location"] = f"{API}/inventories/{made}"
    return InventoryOut.of(inventory.inventory(session, made, actor=actor))


@router.get(
    "/inventories/{inventory_id}", operation_id="getInventory", responses=refusals(404, 422)
)
def get_inventory(session: ReadSession, actor: CurrentActor, inventory_id: Id) -> InventoryOut:
    """One inventory, and how many of its lines are decided."""
    return InventoryOut.of(inventory.inventory(session, inventory_id, actor=actor))


@router.get(
    "/inventories/{inventory_id}/rows",
    operation_id="listInventoryRows",
    responses=refusals(404, 422),
)
def list_rows(
    session: ReadSession,
    actor: CurrentActor,
    inventory_id: Id,
    state: Annotated[RowState | None, Query(description="Only these.")] = None,
) -> ListOf[InventoryRowOut]:
    """Its lines: municipalities' first, then the state's, then private ones'."""
    inventory.inventory(session, inventory_id, actor=actor)
    found = inventory.rows(session, inventory_id, state=state, actor=actor)
    return ListOf(items=[InventoryRowOut.of(one) for one in found])


@router.get(
    "/inventory-rows/{inventory_row_id}",
    operation_id="getInventoryRow",
    responses=refusals(404, 422),
)
def get_row(session: ReadSession, actor: CurrentActor, inventory_row_id: Id) -> InventoryRowOut:
    """One line of an inventory."""
    return _told(session, inventory_row_id, actor)


@router.post(
    "/inventory-rows/{inventory_row_id}/use",
    operation_id="useInventoryRow",
    dependencies=[Once],
    responses=changes(404, codes="inventory.decided inventory.not_usable"),
)
def use(
    session: WriteSession, actor: CurrentActor, at: Now, inventory_row_id: Id, body: UseIn
) -> InventoryRowOut:
    """Make an object of a line, or say which one it is (Migrationsverket)."""
    inventory.use(session, inventory_row_id, object_id=body.object_id, actor=actor, at=at)
    return _told(session, inventory_row_id, actor)


@router.post(
    "/inventory-rows/{inventory_row_id}/reject",
    operation_id="rejectInventoryRow",
    dependencies=[Once],
    responses=changes(404, codes="inventory.decided reason.missing"),
)
def reject(
    session: WriteSession, actor: CurrentActor, at: Now, inventory_row_id: Id, body: RejectIn
) -> InventoryRowOut:
    """Say why nothing comes of a line (Migrationsverket)."""
    inventory.reject(session, inventory_row_id, reason=body.reason, actor=actor, at=at)
    return _told(session, inventory_row_id, actor)


def _told(session: Session, row_id: int, actor: Actor) -> InventoryRowOut:
    return InventoryRowOut.of(inventory.row(session, row_id, actor=actor))
