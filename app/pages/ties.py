"""Which other cases belong with a case: shown, added, changed and removed."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from workflow.cases import ties
from workflow.cases.entry import REGISTERS
from workflow.cases.states import TieKind, TieReach
from workflow.cases.ties import WHOLE, Tie
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)

_TIES = tuple(REGISTERS - {Role.SYSTEM})


@router.get("/saker/{case_id}/tilknytning")
def ties_page(reader: Reader, case_id: UUID) -> Response:
    return _page(reader, case_id)


@router.post("/saker/{case_id}/tilknytning")
def tie(reader: Reader, case_id: UUID) -> Response:
    """A tie to the case of a number; one that stands is changed."""
    actor = reader.only(*_TIES)
    form = reader.form
    number = form.text("case_number", required=True)
    kind = form.choice("tie_kind", TieKind, required=True)
    reach = form.choice("tie_reach", TieReach, required=True)
    strength = form.number("strength", longest=3)
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            if number is not None and kind is not None and reach is not None and not form.errors:
                other = ties.by_number(session, number, actor=actor)
                near = reach is TieReach.NEAR and strength is not None
                new = Tie(kind, reach, strength if near and strength is not None else WHOLE)
                ties.tie(session, case_id, other, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, case_id, status_code=reader.again(refusal))
    return reader.done(f"/saker/{case_id}/tilknytning", "tie")


@router.post("/saker/{case_id}/tilknytning/{related_case_id}/fjern")
def untie(reader: Reader, case_id: UUID, related_case_id: UUID) -> Response:
    """The two are nothing to each other."""
    actor = reader.only(*_TIES)
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            ties.untie(session, case_id, related_case_id, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, case_id, status_code=reader.again(refusal))
    return reader.done(f"/saker/{case_id}/tilknytning", "untie")


def _page(reader: Visit, case_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.only(*_TIES)
    return reader.page(
        "cases/ties.html",
        status_code=status_code,
        case=reader.opened(case_id),
        ties=ties.ties(reader.session, case_id, actor=actor),
        kinds=tuple(TieKind),
        reaches=tuple(TieReach),
    )
