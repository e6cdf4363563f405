"""The views of lists a person keeps: kept, renamed, made what a list opens with, thrown away."""

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import of_start
from app.pages.visit import Reader, Visit
from app.saved_views import keeping
from app.saved_views.keeping import ViewSeen
from app.saved_views.lists import KEPT, SavedList
from app.saved_views.models import LONGEST_NAME
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)


@router.get("/visninger")
def saved_views(reader: Reader) -> Response:
    """One's own, list by list."""
    _ = reader.actor
    return _page(reader)


@router.post("/visninger")
def keep(reader: Reader) -> Response:
    """Keep what a list shows now, and go back to it."""
    actor, form = reader.actor, reader.form
    which = form.choice("of_list", SavedList, required=True)
    name = form.text("view_name", required=True)
    if which is None or name is None or form.errors:
        return _page(reader, which, status_code=reader.again())
    try:
        with reader.change() as session:
            kept = keeping.keep(
                session,
                which,
                name=name,
                query=form.typed("query"),
                opens=form.ticked("opens"),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _page(reader, which, status_code=_again(reader, refusal))
    return reader.done(kept.href, "saved_view_kept", name=kept.name)


@router.get("/visninger/{saved_view_id}")
def saved_view(reader: Reader, saved_view_id: int) -> Response:
    """One of them, to change or throw away."""
    return _one(reader, keeping.view(reader.session, saved_view_id, actor=reader.actor))


@router.post("/visninger/{saved_view_id}")
def change(reader: Reader, saved_view_id: int) -> Response:
    """Another name, or another place to open the list at."""
    actor, form = reader.actor, reader.form
    seen = keeping.view(reader.session, saved_view_id, actor=actor)
    name = form.text("view_name", required=True)
    if name is None:
        return _one(reader, seen, status_code=reader.again())
    try:
        with reader.change() as session:
            keeping.change(
                session,
                saved_view_id,
                name=name,
                opens=form.ticked("opens"),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _one(reader, seen, status_code=_again(reader, refusal))
    return reader.done("/visninger", "saved_view_changed", name=name)


@router.post("/visninger/{saved_view_id}/slett")
def remove(reader: Reader, saved_view_id: int) -> Response:
    with reader.change() as session:
        gone = keeping.remove(session, saved_view_id, actor=reader.actor, at=reader.at)
    return reader.done("/visninger", "saved_view_removed", name=gone.name)


def _again(reader: Visit, refusal: DomainError) -> int:
    return reader.again(
        refusal,
        saved_view__name_taken="view_name",
        saved_view__number_in_name="view_name",
        input__="view_name",
    )


def _page(reader: Visit, which: SavedList | None = None, *, status_code: int = 200) -> Response:
    return reader.page(
        "saved_views/list.html",
        status_code=status_code,
        views=of_start(reader),
        which=which,
        back=KEPT[which].path if which else None,
        longest=LONGEST_NAME,
    )


def _one(reader: Visit, seen: ViewSeen, *, status_code: int = 200) -> Response:
    return reader.page(
        "saved_views/page.html", status_code=status_code, view=seen, longest=LONGEST_NAME
    )
