"""Which kinds of households a municipality wishes to settle few or none of, and IMDi's answer."""

from typing import Final

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.offers import Place, named_place, own_place
from app.pages.visit import Reader, Visit
from workflow.capacity import kind_limits
from workflow.capacity.commands import WRITES_PLACES
from workflow.capacity.kind_limits import NewLimit
from workflow.capacity.states import HouseholdKind, KindLimitState
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES
from workflow.kernel.errors import DomainError, NotFound
from workflow.redistribution.rules import planning_in_force

router = APIRouter(route_class=InOneThread)

_WRITES: Final = (*WRITES_PLACES, *DIRECTORATE)
_ANSWERS: Final = (KindLimitState.CONFIRMED, KindLimitState.REFUSED)
_PATH: Final = "husholdningstyper"


@router.get("/kommune/husholdningstyper")
def own_kinds(reader: Reader) -> Response:
    return _page(reader, own_place(reader))


@router.post("/kommune/husholdningstyper")
def wish(reader: Reader) -> Response:
    """The municipality wishes to settle so many of a kind; IMDi answers."""
    return _state(reader, own_place(reader))


@router.post("/kommune/husholdningstyper/{limit_id}/slutt")
def end_own(reader: Reader, limit_id: int) -> Response:
    """The municipality wishes it no longer."""
    return _end(reader, own_place(reader), limit_id)


@router.get("/kommuner/{number}/husholdningstyper")
def kinds_of(reader: Reader, number: str) -> Response:
    return _page(reader, named_place(reader, number))


@router.post("/kommuner/{number}/husholdningstyper")
def record(reader: Reader, number: str) -> Response:
    """IMDi writes it for the municipality; it holds at once."""
    return _state(reader, named_place(reader, number))


@router.post("/kommuner/{number}/husholdningstyper/{limit_id}/slutt")
def end_of(reader: Reader, number: str, limit_id: int) -> Response:
    """IMDi ends it."""
    return _end(reader, named_place(reader, number), limit_id)


@router.get("/husholdningstyper")
def everybodys_kinds(reader: Reader) -> Response:
    """What stands of all municipalities, what waits for an answer first; IMDi's."""
    actor = reader.only(*READS_ALL_CASES)
    return reader.page(
        "household_kinds/all.html",
        lines=kind_limits.standing(reader.session, on=reader.today, actor=actor),
        may=actor.role in DIRECTORATE,
    )


@router.get("/husholdningstyper/{limit_id}")
def one_wish(reader: Reader, limit_id: int) -> Response:
    """One wish, and where IMDi answers it."""
    reader.only(*READS_ALL_CASES)
    return _answer_page(reader, limit_id)


@router.post("/husholdningstyper/{limit_id}")
def answer(reader: Reader, limit_id: int) -> Response:
    """IMDi confirms the wish, or says no for a reason."""
    actor = reader.only(*DIRECTORATE)
    form = reader.form
    chosen = form.choice("kind_answer", KindLimitState, required=True)
    if chosen is not None and chosen not in _ANSWERS:
        form.fault("kind_answer", "choice")
    reason = form.text("reason", required=chosen is KindLimitState.REFUSED)
    if form.errors:
        return _answer_page(reader, limit_id, status_code=reader.again())
    try:
        with reader.change() as session:
            kind_limits.answer(
                session,
                limit_id,
                confirmed=chosen is KindLimitState.CONFIRMED,
                reason=reason,
                actor=actor,
                at=reader.at,
            )
    except NotFound:
        raise
    except DomainError as refusal:
        return _answer_page(reader, limit_id, status_code=reader.again(refusal))
    return reader.done(f"/{_PATH}", "kind_answered")


def _state(reader: Visit, place: Place) -> Response:
    actor = reader.only(*_WRITES)
    form = reader.form
    kind = form.choice("household_kind", HouseholdKind, required=True)
    most = form.number("most", required=True, longest=4)
    from_on = form.day("from_on", required=True)
    until_on = form.day("until_on", required=True)
    reason = form.text("reason", required=True)
    if kind is None or most is None or from_on is None or until_on is None or reason is None:
        return _page(reader, place, status_code=reader.again())
    new = NewLimit(kind, most, from_on, until_on, reason)
    try:
        with reader.change() as session:
            kind_limits.state_limit(session, place.municipality.id, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, place, status_code=reader.again(refusal))
    done = "kind_recorded" if actor.role in DIRECTORATE else "kind_wished"
    return reader.done(f"{place.base}/{_PATH}", done)


def _end(reader: Visit, place: Place, limit_id: int) -> Response:
    actor = reader.only(*_WRITES)
    found = kind_limits.one(reader.session, limit_id, actor=actor)
    if found.limit.municipality_id != place.municipality.id:
        raise NotFound("kind limit")
    with reader.change() as session:
        kind_limits.end(session, limit_id, actor=actor, at=reader.at)
    return reader.done(f"{place.base}/{_PATH}", "kind_ended")


def _page(reader: Visit, place: Place, *, status_code: int = 200) -> Response:
    role = reader.actor.role
    return reader.page(
        "household_kinds/page.html",
        status_code=status_code,
        place=place,
        lines=kind_limits.limits_of(reader.session, place.municipality.id, actor=reader.actor),
        kinds=tuple(HouseholdKind),
        large_from=planning_in_force(reader.session, reader.today).large_family_from,
        may=role in _WRITES,
        imdi=role in DIRECTORATE,
    )


def _answer_page(reader: Visit, limit_id: int, *, status_code: int = 200) -> Response:
    seen = kind_limits.one(reader.session, limit_id, actor=reader.actor)
    state = seen.state(reader.today)
    return reader.page(
        "household_kinds/answer.html",
        status_code=status_code,
        seen=seen,
        state=state,
        answers=_ANSWERS,
        may=reader.actor.role in DIRECTORATE and state is KindLimitState.WISHED,
    )
