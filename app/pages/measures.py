"""Government measures that pause a group (R31)."""

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from workflow.cases import measures
from workflow.cases.states import Group
from workflow.kernel.actor import READS_ALL_CASES, Role
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)


@router.get("/tiltak")
def all_measures(reader: Reader) -> Response:
    reader.only(*READS_ALL_CASES, Role.TRAVEL_OFFICER)
    return _page(reader)


@router.post("/tiltak")
def start(reader: Reader) -> Response:
    """Pause a group from a day on; the lead's."""
    actor = reader.only(Role.LEAD)
    form = reader.form
    group = form.choice("group", Group, required=True)
    reason = form.text("reason", required=True)
    from_on = form.day("from_on", required=True)
    until_on = form.day("until_on")
    if group is None or reason is None or from_on is None or form.errors:
        return _page(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            measures.start(
                session,
                group=group,
                reason=reason,
                from_on=from_on,
                until_on=until_on,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _page(reader, status_code=reader.again(refusal))
    return reader.done("/tiltak", "measure_started")


@router.post("/tiltak/{measure_id}/avslutt")
def end(reader: Reader, measure_id: int) -> Response:
    actor = reader.only(Role.LEAD)
    with reader.change() as session:
        measures.end(session, measure_id, actor=actor, at=reader.at)
    return reader.done("/tiltak", "measure_ended")


def _page(reader: Visit, *, status_code: int = 200) -> Response:
    return reader.page(
        "measures/page.html",
        status_code=status_code,
        measures=measures.known(reader.session, actor=reader.actor),
        groups=tuple(Group),
        may_write=reader.actor.role is Role.LEAD,
    )
