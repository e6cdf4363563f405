"""Letters: where they are, their documents, and a case as its archive takes it."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session

from app.api.parameters import Cursor, Limit, NumberInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.letters import (
    HandOverIn,
    LetterInFullOut,
    LetterOut,
    LetterStepOut,
    RequestLettersIn,
    RequestLettersOut,
    StopLetterIn,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.letters import rendering
from app.letters.archive import archive
from app.signin import CurrentActor
from workflow.cases.states import Purpose
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.kernel.paging import USUAL_PAGE
from workflow.letters import handling, posting, queries
from workflow.letters.reading import open_letter
from workflow.letters.requests import write_requests
from workflow.letters.states import Delivery, LetterKind, LetterState
from workflow.municipalities import queries as register

router = APIRouter(tags=["letters"], route_class=OnceRoute)

ReadFor = Annotated[
    Purpose | None,
    Query(description="What the names in it are read for; by default your ordinary work."),
]
PDF = "application/pdf"
ZIP = "application/zip"


def _file(media_type: str, what: str) -> dict[int | str, dict[str, object]]:
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": what, "content": {media_type: {"schema": schema}}}}


@router.post(
    "/letters",
    status_code=201,
    operation_id="writeRequestLetters",
    dependencies=[Once],
    responses=changes(codes="letter.nothing_to_send"),
)
def write(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    body: RequestLettersIn,
) -> RequestLettersOut:
    """IMDi's lead has the letters of a year's requests made: one for each that has none yet.

    They wait in the undo window, can be previewed, and leave by themselves.
    """
    window = timedelta(minutes=request.app.state.settings.undo_minutes)
    made = write_requests(session, body.year, window=window, actor=actor, at=at)
    return RequestLettersOut(year=body.year, made=made)


@router.get("/letters", operation_id="listLetters", responses=refusals(422))
def list_letters(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    state: Annotated[list[LetterState] | None, Query(description="Any of these.")] = None,
    kind: Annotated[list[LetterKind] | None, Query(description="Any of these.")] = None,
    delivery: Annotated[
        list[Delivery] | None,
        Query(description="Any of these; `by_hand` waits for a person to hand it over."),
    ] = None,
    case_id: UUID | None = None,
    municipality: NumberInQuery = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[LetterOut]:
    """Letters, the newest first: a municipality finds those it has got, IMDi all."""
    municipality_id = None
    if municipality is not None:
        today = local_day(at)
        try:
            municipality_id = register.by_number(session, municipality, on=today, actor=actor).id
        except NotFound:
            return ListOf(items=[])
    page = queries.letters(
        session,
        states=frozenset(state or ()),
        kinds=frozenset(kind or ()),
        deliveries=frozenset(delivery or ()),
        case_id=case_id,
        municipality_id=municipality_id,
        after=cursor,
        limit=limit,
        actor=actor,
    )
    return ListOf(items=[LetterOut.of(seen) for seen in page.items], next=page.next)


@router.get("/letters/{letter_id}", operation_id="getLetter", responses=refusals(404, 422))
def get_letter(session: ReadSession, actor: CurrentActor, letter_id: UUID) -> LetterInFullOut:
    """One letter with what happened to it."""
    return _shown(session, letter_id, actor)


@router.get(
    "/letters/{letter_id}/pdf",
    operation_id="getLetterPdf",
    response_class=Response,
    responses=refusals(403, 404, 409, 422, codes="letter.document_gone opening.purpose_missing")
    | _file(PDF, "PDF/A-2a, tagged; a preview without a number while the letter waits."),
)
def get_pdf(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    letter_id: UUID,
    purpose: ReadFor = None,
) -> Response:
    """The letter's document. That it was opened is put on record."""
    opened = open_letter(session, letter_id, purpose=purpose, actor=actor, at=at)
    if opened.preview is not None:
        return Response(rendering.pdf(opened.preview), media_type=PDF)
    return Response(opened.pdf, media_type=PDF)


@router.post(
    "/letters/{letter_id}/retry",
    operation_id="retryLetter",
    dependencies=[Once],
    responses=changes(404, codes="letter.not_stuck"),
)
def retry(session: WriteSession, actor: CurrentActor, at: Now, letter_id: UUID) -> LetterInFullOut:
    """IMDi has a stuck letter tried again, once what stopped it is mended."""
    posting.retry(session, letter_id, actor=actor, at=at)
    return _shown(session, letter_id, actor)


@router.post(
    "/letters/{letter_id}/stop",
    operation_id="stopLetter",
    dependencies=[Once],
    responses=changes(404, codes="letter.not_waiting"),
)
def stop(
    session: WriteSession, actor: CurrentActor, at: Now, letter_id: UUID, body: StopLetterIn
) -> LetterInFullOut:
    """IMDi stops a letter that waits in the undo window; what it tells of stands."""
    handling.stop(session, letter_id, body.reason, actor=actor, at=at)
    return _shown(session, letter_id, actor)


@router.post(
    "/letters/{letter_id}/let-go",
    operation_id="letLetterGo",
    dependencies=[Once],
    responses=changes(404, codes="letter.not_stopped"),
)
def let_go(
    request: Request, session: WriteSession, actor: CurrentActor, at: Now, letter_id: UUID
) -> LetterInFullOut:
    """IMDi lets a stopped letter go on: it waits in the undo window again, from now."""
    window = timedelta(minutes=request.app.state.settings.undo_minutes)
    handling.let_go(session, letter_id, window=window, actor=actor, at=at)
    return _shown(session, letter_id, actor)


@router.post(
    "/letters/{letter_id}/hand-over",
    operation_id="handLetterOver",
    dependencies=[Once],
    responses=changes(404, codes="letter.not_by_hand"),
)
def hand_over(
    session: WriteSession, actor: CurrentActor, at: Now, letter_id: UUID, body: HandOverIn
) -> LetterInFullOut:
    """IMDi says that a letter no channel takes was handed over or posted, and which day."""
    how = Delivery(body.how)
    handling.hand_over(session, [letter_id], how, on=body.on, actor=actor, at=at)
    return _shown(session, letter_id, actor)


@router.get(
    "/cases/{case_id}/archive",
    operation_id="getCaseArchive",
    response_class=Response,
    responses=refusals(403, 404, 409, 422, codes="letter.document_gone opening.purpose_missing")
    | _file(ZIP, "`arkivmelding.xml` (Noark 5, Fiks Arkiv v1) and the documents of its letters."),
)
def get_archive(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    case_id: UUID,
    purpose: ReadFor = None,
) -> Response:
    """A case as its archive takes it, with the letters you may open; that is put on record.

    A municipality gets its own letters, also of a case that has gone elsewhere.
    """
    made = archive(session, case_id, purpose=purpose, actor=actor, at=at)
    named = {"content-disposition": f'attachment; filename="{made.file}"'}
    return Response(made.content, media_type=ZIP, headers=named)


def _shown(session: Session, letter_id: UUID, actor: Actor) -> LetterInFullOut:
    seen = queries.letter(session, letter_id, actor=actor)
    steps = queries.steps(session, letter_id, actor=actor)
    return LetterInFullOut.of(seen, steps=[LetterStepOut.of(step) for step in steps])
