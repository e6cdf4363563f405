"""Letters: where they are, what they say, and those that stand still."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.letters import rendering
from app.letters.archive import archive
from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from workflow.kernel.actor import DIRECTORATE, MUNICIPALITY, Role
from workflow.kernel.errors import DomainError, NotFound
from workflow.letters import handling, posting, queries
from workflow.letters.reading import open_letter
from workflow.letters.requests import without_letter, write_requests
from workflow.letters.states import HANDED, Delivery, LetterState, StopReason
from workflow.municipalities import queries as register

router = APIRouter(route_class=InOneThread)

#: Who has letters: who writes them, who supervises, who gets them.
READS: Final = (*sorted(DIRECTORATE), Role.AUDITOR, *sorted(MUNICIPALITY))
PAGE: Final = 50
#: Who looks after those that a person hands over.
_HANDS: Final = (*sorted(DIRECTORATE), Role.AUDITOR)
_WITH_A_PERSON: Final = frozenset({Delivery.BY_HAND, *HANDED})


@router.get("/brev")
def letters(reader: Reader) -> Response:
    """The letters of the reader's office, the newest first."""
    reader.only(*READS)
    if onward := opens_with(reader, SavedList.LETTERS):
        return reader.go(onward)
    return _list(reader)


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor, session = reader.actor, reader.session
    asked = reader.request.query_params
    state = next(iter(reader.filtered("state", LetterState)), None)
    number = asked.get("kommune", "")
    municipality = None
    if number:
        if not (len(number) == 4 and number.isascii() and number.isdigit()):
            raise NotFound("municipality")
        municipality = register.by_number(session, number, on=reader.today, actor=actor)
    sort = sort_of(reader, queries.COLUMNS)
    page = queries.letters(
        session,
        states=frozenset({state} if state else ()),
        municipality_id=municipality.id if municipality else None,
        sort=sort,
        after=asked.get("cursor"),
        limit=PAGE,
        actor=actor,
    )
    year = reader.today.year
    return reader.page(
        "post/list.html",
        status_code=status_code,
        letters=page.items,
        shelf=shelf(reader, SavedList.LETTERS),
        next=page.next,
        sort=sort,
        state=state,
        municipality=municipality,
        counts=queries.counts(session, actor=actor),
        by_hand=queries.to_hand_over(session, limit=1, actor=actor)[1]
        if actor.role in _HANDS
        else None,
        year=year,
        without_letter=without_letter(session, year, actor=actor)
        if actor.role is Role.LEAD
        else None,
    )


@router.post("/brev/anmodninger")
def write(reader: Reader) -> Response:
    """The lead has the letters of a year's requests made."""
    actor = reader.only(Role.LEAD)
    year = reader.form.number("year", required=True) or reader.today.year
    window = timedelta(minutes=reader.request.app.state.settings.undo_minutes)
    try:
        with reader.change() as session:
            made = write_requests(session, year, window=window, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _list(reader, status_code=reader.again(refusal))
    return reader.done("/brev?state=waiting", "request_letters_made", made=made)


@router.get("/brev/overlevering")
def to_hand_over(reader: Reader) -> Response:
    """Letters that no channel takes: to be printed, handed over or posted, and marked."""
    reader.only(*_HANDS)
    return _to_hand_over(reader)


@router.post("/brev/overlevering")
def hand_over(reader: Reader) -> Response:
    """Those ticked were handed over or posted, on a day."""
    actor = reader.only(*sorted(DIRECTORATE))
    form = reader.form
    chosen = form.ids("letters")
    if not chosen:
        form.fault("letters", "no_letter")
    how = form.choice("how", Delivery, required=True)
    on = form.day("on", required=True)
    if how is None or on is None or form.errors:
        return _to_hand_over(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            handling.hand_over(session, chosen, how, on=on, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _to_hand_over(reader, status_code=reader.again(refusal))
    return reader.done("/brev/overlevering", "letters_handed_over", handed=len(chosen))


def _to_hand_over(reader: Visit, *, status_code: int = 200) -> Response:
    waiting, count = queries.to_hand_over(reader.session, limit=PAGE, actor=reader.actor)
    done = queries.letters(
        reader.session,
        deliveries=frozenset(HANDED),
        after=reader.request.query_params.get("cursor"),
        limit=PAGE,
        actor=reader.actor,
    )
    return reader.page(
        "post/by_hand.html",
        status_code=status_code,
        waiting=waiting,
        count=count,
        done=done.items,
        next=done.next,
        ways=HANDED,
        today=reader.today,
        may_hand_over=reader.actor.role in DIRECTORATE,
    )


@router.get("/brev/{letter_id}")
def letter(reader: Reader, letter_id: UUID) -> Response:
    """One letter and what happened to it."""
    reader.only(*READS)
    return _one(reader, letter_id)


def _one(reader: Visit, letter_id: UUID, *, status_code: int = 200) -> Response:
    actor, session = reader.actor, reader.session
    seen = queries.letter(session, letter_id, actor=actor)
    return reader.page(
        "post/page.html",
        status_code=status_code,
        letter=seen,
        steps=list(reversed(queries.steps(session, letter_id, actor=actor))),
        may_retry=actor.role in DIRECTORATE and seen.state is LetterState.STUCK,
        may_stop=actor.role in DIRECTORATE and seen.state is LetterState.WAITING,
        may_let_go=actor.role in DIRECTORATE and seen.state is LetterState.STOPPED,
        may_hand_over=actor.role in DIRECTORATE and seen.delivery in _WITH_A_PERSON,
        reasons=tuple(StopReason),
        ways=HANDED,
        today=reader.today,
        opens_cases=not actor.is_municipality,
    )


@router.get("/brev/{letter_id}/pdf")
def document(reader: Reader, letter_id: UUID) -> Response:
    """The document, or what it will say; that it was opened is put on record."""
    actor = reader.only(*READS)
    with reader.recording() as session:
        opened = open_letter(session, letter_id, actor=actor, at=reader.at)
    pdf = opened.pdf if opened.preview is None else rendering.pdf(opened.preview)
    name = (opened.letter.number or "utkast").replace("/", "-")
    return Response(
        pdf,
        media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{name}.pdf"'},
    )


@router.post("/brev/{letter_id}/send")
def retry(reader: Reader, letter_id: UUID) -> Response:
    """A stuck letter is tried again."""
    actor = reader.only(*sorted(DIRECTORATE))
    try:
        with reader.change() as session:
            posting.retry(session, letter_id, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _one(reader, letter_id, status_code=reader.again(refusal))
    return reader.done(f"/brev/{letter_id}", "letter_retried")


@router.post("/brev/{letter_id}/stopp")
def stop(reader: Reader, letter_id: UUID) -> Response:
    """A letter that waits does not leave."""
    actor = reader.only(*sorted(DIRECTORATE))
    reason = reader.form.choice("stop_reason", StopReason, required=True)
    if reason is None:
        return _one(reader, letter_id, status_code=reader.again())
    try:
        with reader.change() as session:
            handling.stop(session, letter_id, reason, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _one(reader, letter_id, status_code=reader.again(refusal))
    return reader.done(f"/brev/{letter_id}", "letter_stopped")


@router.post("/brev/{letter_id}/slipp")
def let_go(reader: Reader, letter_id: UUID) -> Response:
    """A stopped letter waits again."""
    actor = reader.only(*sorted(DIRECTORATE))
    window = timedelta(minutes=reader.request.app.state.settings.undo_minutes)
    try:
        with reader.change() as session:
            handling.let_go(session, letter_id, window=window, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _one(reader, letter_id, status_code=reader.again(refusal))
    return reader.done(f"/brev/{letter_id}", "letter_let_go")


@router.post("/brev/{letter_id}/overlevert")
def hand_one_over(reader: Reader, letter_id: UUID) -> Response:
    """A letter that no channel takes was handed over or posted."""
    actor = reader.only(*sorted(DIRECTORATE))
    how = reader.form.choice("how", Delivery, required=True)
    on = reader.form.day("on", required=True)
    if how is None or on is None or reader.form.errors:
        return _one(reader, letter_id, status_code=reader.again())
    try:
        with reader.change() as session:
            handling.hand_over(session, [letter_id], how, on=on, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _one(reader, letter_id, status_code=reader.again(refusal))
    return reader.done(f"/brev/{letter_id}", "letters_handed_over", handed=1)


@router.get("/saker/{case_id}/arkiv")
def archived(reader: Reader, case_id: UUID) -> Response:
    """The case for the archive: arkivmelding and the documents of its letters."""
    actor = reader.only(*READS)
    with reader.recording() as session:
        made = archive(session, case_id, actor=actor, at=reader.at)
    return Response(
        made.content,
        media_type="application/zip",
        headers={"content-disposition": f'attachment; filename="{made.file}"'},
    )
