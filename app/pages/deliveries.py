"""How messages fare, and what has been given up: sent again by who looks after them."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app import deliveries as of_all
from app.deliveries import Fate
from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.visit import Reader
from app.saved_views.lists import SavedList
from app.webhooks.states import SCOPE_OF
from notifications import dispatching

router = APIRouter(route_class=InOneThread)

DeliveryInPath = Annotated[str, Path(pattern=r"^w?[1-9][0-9]{0,17}$")]


@router.get("/utsendinger")
def deliveries(reader: Reader, cursor: str | None = None) -> Response:
    actor = reader.only(*sorted(dispatching.SEES_ALL))
    if onward := opens_with(reader, SavedList.DELIVERIES):
        return reader.go(onward)
    states = reader.filtered("state", Fate)
    page = of_all.deliveries(reader.session, states=frozenset(states), cursor=cursor, actor=actor)
    return reader.page(
        "recipients/deliveries.html",
        page=page,
        shelf=shelf(reader, SavedList.DELIVERIES),
        states=tuple(Fate),
        chosen=states,
        may_retry=actor.role in dispatching.SENDS_AGAIN,
        may_replay=actor.role in SCOPE_OF,
    )


@router.post("/utsendinger/{delivery_id}/igjen")
def retry(reader: Reader, delivery_id: DeliveryInPath) -> Response:
    actor = reader.only(*sorted(dispatching.SENDS_AGAIN | SCOPE_OF.keys()))
    with reader.change() as session:
        of_all.retry(session, delivery_id, actor=actor, at=reader.at)
    return reader.done("/utsendinger?state=dead", "delivery_retried")
