"""How messages fare, and what has been given up: sent again by who looks after them."""

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.form import codes
from app.pages.visit import Reader
from notifications import dispatching
from notifications.states import DispatchState
from workflow.kernel.actor import Role

router = APIRouter(route_class=InOneThread)


@router.get("/utsendinger")
def deliveries(reader: Reader, cursor: str | None = None) -> Response:
    actor = reader.only(*sorted(dispatching.SEES_ALL))
    states = codes(reader.request.query_params, "state", DispatchState)
    page = dispatching.deliveries(reader.session, states=tuple(states), after=cursor, actor=actor)
    return reader.page(
        "recipients/deliveries.html",
        page=page,
        states=tuple(DispatchState),
        chosen=states,
        may_retry=actor.role in dispatching.SENDS_AGAIN,
    )


@router.post("/utsendinger/{delivery_id}/igjen")
def retry(reader: Reader, delivery_id: int) -> Response:
    actor = reader.only(Role.LEAD, Role.ADMINISTRATOR)
    with reader.change() as session:
        dispatching.retry(session, delivery_id, actor=actor, at=reader.at)
    return reader.done("/utsendinger?state=dead", "delivery_retried")
