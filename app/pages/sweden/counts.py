"""Räknade: how many live where on a day, taken in and shown with small numbers hidden."""

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.sweden.asked import STATE, file_of
from app.pages.visit import Reader, Visit
from app.wording import explain
from workflow.allocation import counts
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)


@router.get("/raknade")
def list_(reader: Reader) -> Response:
    reader.only(*STATE)
    return _list(reader)


@router.post("/raknade")
def take_in(reader: Reader) -> Response:
    """A count by municipality, without anybody's name."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    day = form.day("day", required=True)
    source = form.text("source", required=True)
    file = file_of(form, "table")
    if day is None or source is None or file is None or form.errors:
        return _list(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            counts.take_in(session, day, source, file, actor=actor, at=reader.at)
    except DomainError as refusal:
        status = reader.again(refusal, count__in_future="day")
        if refusal.code == "statistics.unusable":
            form.errors = {"table": str(explain(refusal))}
        return _list(reader, status_code=status)
    return reader.done("/raknade", "people_counted")


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    return reader.page(
        "se/counts/list.html",
        status_code=status_code,
        counts=counts.counts(reader.session, actor=reader.actor),
        decides=reader.actor.role is Role.MIGRATION_OFFICER,
    )
