"""Erasure: what the daily job proposes, and a person's answer; all about one person, as a file."""

import json
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.protection import openings_page
from app.pages.visit import Reader, Visit
from workflow.kernel.actor import DIRECTORATE
from workflow.kernel.errors import DomainError
from workflow.privacy import erasing, export, persons
from workflow.privacy.erasing import APPROVES

router = APIRouter(route_class=InOneThread)


@router.get("/sletting")
def proposals(reader: Reader) -> Response:
    reader.only(*APPROVES)
    return _page(reader)


@router.post("/sletting")
def approve(reader: Reader) -> Response:
    """Preview of the chosen, then the approval; the worker erases them, one at a time."""
    actor = reader.only(*APPROVES)
    chosen = {int(one) for one in reader.form.many("erasure_ids") if one.isdigit()}
    token = reader.form.typed("token")
    if not chosen:
        reader.form.fault("erasure_ids", "nothing_chosen")
        return _page(reader, status_code=422)
    if not reader.form.ticked("confirmed"):
        shown = [one for one in erasing.proposals(reader.session, actor=actor) if one.id in chosen]
        return reader.page("privacy/confirm.html", chosen=shown, token=token)
    try:
        with reader.change() as session:
            approved = erasing.approve(session, chosen, token, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, status_code=reader.again(refusal))
    return reader.done("/sletting", "erasure_approved", cases=approved)


@router.post("/sletting/{erasure_id}/behold")
def keep(reader: Reader, erasure_id: int) -> Response:
    """A case is kept for now, with a reason."""
    actor = reader.only(*APPROVES)
    reason = reader.form.text("reason", required=True)
    try:
        with reader.change() as session:
            erasing.keep(session, erasure_id, reason=reason, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, status_code=reader.again(refusal))
    return reader.done("/sletting", "erasure_kept")


@router.get("/personer/{person_id}/innsyn/opplysninger")
def everything(reader: Reader, person_id: UUID) -> Response:
    """All that is kept about a person, machine readable."""
    actor = reader.only(*DIRECTORATE)
    with reader.recording() as session:
        told = export.of_person(session, person_id, actor=actor, at=reader.at)
    return Response(
        json.dumps(told, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={
            "content-disposition": f'attachment; filename="person-{person_id}.json"',
            "cache-control": "no-store",
        },
    )


@router.post("/personer/{person_id}/sletting")
def demand(reader: Reader, person_id: UUID) -> Response:
    """The person asks to be erased; a lead or the administrator answers at /sletting."""
    actor = reader.only(*persons.TAKES_DEMANDS)
    reason = reader.form.text("reason", required=True)
    try:
        with reader.change() as session:
            persons.demand(session, person_id, reason=reason, actor=actor, at=reader.at)
    except DomainError as refusal:
        return openings_page(reader, person_id, status_code=reader.again(refusal))
    return reader.done(f"/personer/{person_id}/innsyn", "erasure_demanded")


def _page(reader: Visit, *, status_code: int = 200) -> Response:
    shown = erasing.proposals(reader.session, actor=reader.actor)
    return reader.page(
        "privacy/proposals.html",
        status_code=status_code,
        proposals=shown,
        token=erasing.token_of(shown),
    )
