"""Inventering: what the county boards have found, each line used as an object or rejected."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Response

from app.one_thread import InOneThread
from app.pages.sweden.agreed import words
from app.pages.sweden.asked import STATE, county_of, file_of
from app.pages.visit import Reader, Visit
from app.wording import explain
from workflow.accommodation import inventory, objects
from workflow.accommodation.access import TAKES_IN
from workflow.accommodation.inventory import NewInventory
from workflow.accommodation.inventory_lines import COLUMNS, OPTIONAL
from workflow.accommodation.states import OwnerKind, RowState, Standard
from workflow.kernel.actor import COUNTY, Role
from workflow.kernel.errors import DomainError
from workflow.municipalities.sweden import COUNTIES

router = APIRouter(route_class=InOneThread)
#: A municipality's own houses are among what its board has found; the list is the boards'.
READERS: Final = (*STATE, *COUNTY)
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/inventering")
def list_(reader: Reader) -> Response:
    reader.only(*READERS)
    return _list(reader)


@router.post("/inventering")
def take_in(reader: Reader) -> Response:
    """A whole file; a board's is its own county's."""
    actor, form = reader.only(Role.MIGRATION_OFFICER, *COUNTY), reader.form
    county = actor.county or form.text("county", required=True)
    source, day = form.text("source", required=True), form.day("day", required=True)
    file = file_of(form, "table")
    if county is None or source is None or day is None or file is None or form.errors:
        return _list(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            new = NewInventory(county, source, day)
            made = inventory.take_in(session, new, file, actor=actor, at=reader.at)
    except DomainError as refusal:
        status = reader.again(refusal, inventory__known="table")
        if refusal.code == "inventory.unusable":
            form.errors = {"table": str(explain(refusal))}
        return _list(reader, status_code=status)
    return reader.done(f"/inventering/{made}", "inventory_taken_in")


@router.get("/inventering/{inventory_id}")
def one(reader: Reader, inventory_id: Id) -> Response:
    actor = reader.only(*READERS)
    states = reader.filtered("status", RowState)
    seen = inventory.inventory(reader.session, inventory_id, actor=actor)
    return reader.page(
        "se/inventory/one.html",
        seen=seen,
        state=states[0] if states else None,
        states=words(RowState, "row_state"),
        rows=inventory.rows(
            reader.session, inventory_id, state=states[0] if states else None, actor=actor
        ),
    )


@router.get("/inventering/rader/{inventory_row_id}")
def line(reader: Reader, inventory_row_id: Id) -> Response:
    reader.only(*READERS)
    return _line(reader, inventory_row_id)


@router.post("/inventering/rader/{inventory_row_id}/anvand")
def use(reader: Reader, inventory_row_id: Id) -> Response:
    """As a new object, or as one that is there."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    object_id = form.id("object_id")
    if form.errors:
        return _line(reader, inventory_row_id, status_code=reader.again())
    try:
        with reader.change() as session:
            made = inventory.use(
                session, inventory_row_id, object_id=object_id, actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _line(reader, inventory_row_id, status_code=reader.again(refusal))
    return reader.done(f"/boenden/{made}", "inventory_decided")


@router.post("/inventering/rader/{inventory_row_id}/avvisa")
def reject(reader: Reader, inventory_row_id: Id) -> Response:
    """And why."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    try:
        with reader.change() as session:
            inventory.reject(
                session, inventory_row_id, reason=form.text("reason"), actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _line(reader, inventory_row_id, status_code=reader.again(refusal))
    told = inventory.row(reader.session, inventory_row_id, actor=actor)
    return reader.done(f"/inventering/{told.inventory_id}", "inventory_decided")


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor, county = reader.actor, county_of(reader)
    return reader.page(
        "se/inventory/list.html",
        status_code=status_code,
        inventories=inventory.inventories(reader.session, county=county, actor=actor),
        county=county,
        counties=COUNTIES,
        own=actor.county if actor.role is Role.COUNTY_BOARD else None,
        takes_in=actor.role in TAKES_IN,
        county_of_the_file=COUNTIES.get(actor.county or ""),
        columns=COLUMNS,
        optional=OPTIONAL,
        owners=words(OwnerKind, "owner_kind"),
        standards=words(Standard, "standard"),
    )


def _line(reader: Visit, row_id: int, *, status_code: int = 200) -> Response:
    actor = reader.actor
    told = inventory.row(reader.session, row_id, actor=actor)
    here = told.says.municipality
    decides = actor.role is Role.MIGRATION_OFFICER and told.state is RowState.WAITING
    there = (
        objects.objects(
            reader.session,
            county=told.county,
            municipality_id=None if here is None else here.id,
            actor=actor,
            at=reader.at,
        )
        if decides
        else []
    )
    return reader.page(
        "se/inventory/line.html",
        status_code=status_code,
        told=told,
        held=inventory.inventory(reader.session, told.inventory_id, actor=actor),
        columns=[name for name in (*COLUMNS, *OPTIONAL) if name in told.fields],
        decides=decides,
        objects=[
            (str(one.id), f"{one.name}, {one.municipality.name} ({one.beds})") for one in there
        ],
    )
