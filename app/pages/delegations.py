"""Authority lent to a colleague for some days, and acting for one who has lent it."""

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.signin import cookies, on_behalf
from app.users import delegations, queries
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)


@router.get("/fullmakter")
def own(reader: Reader) -> Response:
    return _page(reader)


@router.post("/fullmakter")
def lend(reader: Reader) -> Response:
    """From a day to a day, to a colleague, with a reason."""
    form = reader.form
    delegate_id = form.number("delegate_id", required=True)
    from_on = form.day("from_on", required=True)
    until_on = form.day("until_on", required=True)
    reason = form.text("reason", required=True)
    if delegate_id is None or from_on is None or until_on is None or form.errors:
        return _page(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            delegations.lend(
                session,
                delegate_id=delegate_id,
                from_on=from_on,
                until_on=until_on,
                reason=reason,
                actor=reader.actor,
                at=reader.at,
            )
    except DomainError as refusal:
        again = reader.again(refusal, delegation__="delegate_id", user__="delegate_id")
        return _page(reader, status_code=again)
    return reader.done("/fullmakter", "delegation_given")


@router.post("/fullmakter/{delegation_id}/avslutt")
def end(reader: Reader, delegation_id: int) -> Response:
    with reader.change() as session:
        delegations.end(session, delegation_id, actor=reader.actor, at=reader.at)
    return reader.done("/fullmakter", "delegation_ended")


@router.post("/fullmakter/{delegation_id}/bruk")
def use(reader: Reader, delegation_id: int) -> Response:
    """From the next page on the reader acts for the other."""
    actor = reader.actor
    secret = cookies.read(reader.request, "session") or ""
    try:
        with reader.change() as session:
            name = on_behalf.begin_acting(session, secret, delegation_id, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, status_code=reader.again(refusal))
    return reader.done("/", "acting_begun", name=name)


@router.post("/fullmakter/slutt")
def stop(reader: Reader) -> Response:
    """The reader acts for nobody else from the next page on."""
    _ = reader.actor
    with reader.change() as session:
        on_behalf.end_acting(session, cookies.read(reader.request, "session") or "")
    return reader.done("/fullmakter", "acting_ended")


def _page(reader: Visit, *, status_code: int = 200) -> Response:
    actor = reader.actor
    known = delegations.delegations(reader.session, actor=actor, at=reader.at)
    may_lend = delegations.may_lend(actor)
    return reader.page(
        "users/delegations.html",
        status_code=status_code,
        given=[one for one in known if one.delegator_id == actor.user_id],
        received=[one for one in known if one.delegate_id == actor.user_id],
        others=[one for one in known if actor.user_id not in {one.delegator_id, one.delegate_id}],
        may_lend=may_lend,
        colleagues=queries.colleagues_of(reader.session, actor=actor) if may_lend else [],
        acting_for=actor.acting_for,
    )
