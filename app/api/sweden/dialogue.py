"""The dialogue log with county boards, municipalities, SKR and others."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api import API
from app.api.parameters import NumberInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.sweden import (
    DialogueAnswerIn,
    DialogueIn,
    DialogueOut,
    SilenceOut,
    SwapStepIn,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.dialogue import log
from workflow.dialogue.log import NewEntry
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.sweden import place

router = APIRouter(prefix="/dialogue", tags=["dialogue"], route_class=OnceRoute)


@router.get("", operation_id="listDialogue", responses=refusals(404, 422))
def list_dialogue(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    county: Annotated[str | None, Query(pattern=r"^[0-9]{2}$")] = None,
    municipality: NumberInQuery = None,
    *,
    waiting: Annotated[bool, Query(description="Only what is due to be followed up.")] = False,
) -> ListOf[DialogueOut]:
    """Entries the actor sees, the latest first, at most 500."""
    found = log.entries(
        session,
        county=county,
        municipality_id=place(session, municipality).id if municipality else None,
        waiting_on=local_day(at) if waiting else None,
        actor=actor,
    )
    return ListOf(items=[DialogueOut.of(one) for one in found])


@router.get("/silent", operation_id="listSilent", responses=refusals(422))
def list_silent(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    days: Annotated[int, Query(ge=0, le=3660, description="Days without a contact.")] = (
        log.SILENT_DAYS
    ),
) -> ListOf[SilenceOut]:
    """Municipalities nobody has spoken with for so long, the longest silent first."""
    found = log.silent(session, days=days, on=local_day(at), actor=actor)
    return ListOf(items=[SilenceOut.of(one) for one in found])


@router.post(
    "",
    status_code=201,
    operation_id="writeDialogue",
    dependencies=[Once],
    responses=changes(codes="dialogue.in_future"),
)
def write(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: DialogueIn
) -> DialogueOut:
    """Write a contact down (Migrationsverket, a county board about its county)."""
    municipality_id = None
    if body.municipality_number is not None:
        try:
            municipality_id = place(session, body.municipality_number).id
        except NotFound:
            raise Invalid("no municipality", pointer="/municipality_number") from None
    new = NewEntry(
        held_on=body.held_on,
        party=body.party,
        channel=body.channel,
        participants=body.participants,
        proposal=body.proposal,
        county=body.county,
        municipality_id=municipality_id,
        answer=body.answer,
        follow_up_on=body.follow_up_on,
    )
    made = log.write(session, new, actor=actor, at=at)
    response.headers["location"] = f"{API}/dialogue/{made}"
    return DialogueOut.of(log.entry(session, made, actor=actor))


@router.get("/{dialogue_entry_id}", operation_id="getDialogue", responses=refusals(404, 422))
def get_dialogue(session: ReadSession, actor: CurrentActor, dialogue_entry_id: UUID) -> DialogueOut:
    """One entry."""
    return DialogueOut.of(log.entry(session, dialogue_entry_id, actor=actor))


@router.post(
    "/{dialogue_entry_id}/answer",
    operation_id="answerDialogue",
    dependencies=[Once],
    responses=changes(404, 412, codes="dialogue.answered"),
)
def answer(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    dialogue_entry_id: UUID,
    body: DialogueAnswerIn,
) -> DialogueOut:
    """What was answered; a municipality says it itself about its own."""
    log.answer(session, dialogue_entry_id, body.text, version=body.version, actor=actor, at=at)
    return DialogueOut.of(log.entry(session, dialogue_entry_id, actor=actor))


@router.post(
    "/{dialogue_entry_id}/follow-up",
    operation_id="followUpDialogue",
    dependencies=[Once],
    responses=changes(404, 412, codes="dialogue.nothing_to_follow"),
)
def follow_up(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    dialogue_entry_id: UUID,
    body: SwapStepIn,
) -> DialogueOut:
    """What was to follow has been seen to."""
    log.follow_up(session, dialogue_entry_id, version=body.version, actor=actor, at=at)
    return DialogueOut.of(log.entry(session, dialogue_entry_id, actor=actor))
