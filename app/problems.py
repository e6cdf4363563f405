"""Every refusal as an answer: `application/problem+json` (RFC 9457), a page, or a part of one.

The only place that knows which error has which status. The words come from the label tables, by the
error's code, in the reader's language; facts stand beside them as members.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import languages, refusals, rendering
from app.addresses import ONWARD, SIGN_IN_PAGE, came_from, here
from app.audit import refused
from app.frame import Frame
from app.languages import LABELS, speaking
from app.wording import Explanation, explain, table
from workflow.cases.errors import PurposeMissing
from workflow.kernel.errors import (
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    Stale,
)

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
#: By class; the nearest in the family counts.
STATUS: Final[dict[type[DomainError], int]] = {
    NotFound: 404,
    NotAllowed: 403,
    Invalid: 422,
    Refused: 409,
    Stale: 412,
    refusals.NotSignedIn: 401,
    refusals.NotTheForm: 403,
    refusals.SignInStale: 409,
    refusals.SignInRefused: 403,
    refusals.SignInFailed: 502,
    refusals.IssuerAway: 503,
    refusals.TokenReadsOnly: 403,
    refusals.TooManyTries: 429,
    refusals.HostUnknown: 421,
    refusals.PreconditionRequired: 428,
    refusals.KeyReused: 422,
    refusals.TooLarge: 413,
    refusals.Busy: 409,
}
#: Of HTTP's own refusals, those that can come up; the rest are `request.refused`.
CODE_OF_STATUS: Final = {404: "not_found", 405: "method.not_allowed", 503: "database.away"}

#: Two transactions met: nothing was changed, and trying again is right.
_MET: Final = frozenset({"40001", "40P01", "55P03", "57014"})
#: Values the database cannot hold, rows somebody else wrote first, no database: by SQLSTATE class.
_UNUSABLE_VALUE: Final = "22"
_ROW_CONFLICT: Final = "23"
#: No right to it, or no row of one's own (insufficient_privilege).
_NOT_OURS: Final = "42501"
_AWAY: Final = ("08", "57", "53")


def status_of(refusal: DomainError) -> int:
    """The status of a refusal."""
    return next(STATUS[family] for family in type(refusal).__mro__ if family in STATUS)


def register(app: FastAPI) -> None:
    """Every error of the application ends here."""
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _by_http)
    app.add_exception_handler(DBAPIError, _by_database)
    app.add_exception_handler(PoolTimeout, _database_away)


class AnswersFailures:
    """What nobody foresaw is answered like everything else, and told to the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as fault:
            if begun or scope["type"] != "http":
                raise
            answer = await _failed(Request(scope), fault)
            await answer(scope, receive, send)


def problem(
    request: Request,
    code: str,
    status: int,
    *,
    facts: Mapping[str, Any] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    detail: str | None = None,
) -> Response:
    """A refusal as an answer, in the form the request asks for.

    Args:
        detail: the sentence where the label table has none for the code.
    """
    if not wants_json(request):
        return _page(request, code, status, facts or {}, headers or {})
    language = spoken(request.headers.get("accept-language"))
    with speaking(language):
        words = _words(code, facts or {}, detail)
    return Response(
        json.dumps(
            {name: value for name, value in (facts or {}).items() if name not in _RESERVED}
            | {
                "type": f"/problems/{code}",
                "title": words.title,
                "status": status,
                "detail": words.sentence,
                "code": code,
            }
            | ({"next": words.next} if words.next else {})
            | ({"errors": list(errors)} if errors else {}),
            ensure_ascii=False,
            default=str,
        ),
        status,
        media_type=MEDIA_TYPE,
        headers={"content-language": language, "vary": "Accept-Language", **(headers or {})},
    )


#: Members a fact may not stand in for.
_RESERVED: Final = frozenset({"type", "title", "status", "detail", "code", "next", "errors"})


def _words(code: str, facts: Mapping[str, Any], otherwise: str | None) -> Explanation:
    words = explain(code, facts)
    if otherwise is not None and code not in table(languages.language())["problem"]:
        return replace(words, sentence=otherwise)
    return words


def wants_json(request: Request) -> bool:
    """The API always; elsewhere who asks for JSON before HTML."""
    if request.url.path.startswith(("/api/", "/health/")):
        return True
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "html" not in accepted


def spoken(accepted: str | None) -> str:
    """The best language of the header that has words for refusals, else the country's first."""
    of_country = languages.of_country()
    for code in languages.preferred(accepted or ""):
        if code in of_country and (LABELS / f"{code}.toml").is_file():
            return code
    return of_country[0]


def _page(
    request: Request,
    code: str,
    status: int,
    facts: Mapping[str, Any],
    headers: Mapping[str, str],
) -> Response:
    frame: Frame | None = getattr(request.state, "frame", None)
    if frame is None:
        request.state.frame = frame = Frame(reader_known=False)
    with languages.speaking(frame.language or languages.language()):
        return rendering.page(
            request,
            "problem.html",
            status_code=status,
            headers=headers,
            explanation=explain(code, facts),
            status=status,
        )


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, DomainError)  # noqa: S101  registered for these
    status = status_of(refusal)
    errors: list[dict[str, str]] = []
    if isinstance(refusal, Invalid):
        errors = [{"pointer": refusal.pointer, "detail": refusal.message}]
    headers: dict[str, str] = {}
    if isinstance(refusal, refusals.NotSignedIn):
        if not wants_json(request):
            return _to_sign_in(request, refusal)
        error = ', error="invalid_token"' if refusal.presented else ""
        headers["www-authenticate"] = f'Bearer realm="bosetting"{error}'
    if isinstance(refusal, PurposeMissing) and not wants_json(request):
        return _to_purpose(request, refusal)
    if isinstance(refusal, refusals.Busy | refusals.IssuerAway):
        headers["retry-after"] = "1"
    if isinstance(refusal, refusals.TooManyTries):
        headers["retry-after"] = str(refusal.facts["retry_after"])
    log.info("refused %s %s", refusal.code, request.url.path)
    await run_in_threadpool(refused.attempt, request, refusal)
    return problem(
        request,
        refusal.code,
        status,
        facts=refusal.facts,
        errors=errors,
        headers=headers,
        detail=refusal.message,
    )


def _to_purpose(request: Request, refusal: PurposeMissing) -> Response:
    """Who opens a protected folder says what for, and goes on from there."""
    wanted = here(request) if request.method == "GET" else came_from(request)
    address = f"/saker/{refusal.facts['case_id']}/formaal?{urlencode({ONWARD: wanted})}"
    return RedirectResponse(address, 303)


def _to_sign_in(request: Request, refusal: refusals.NotSignedIn) -> Response:
    """A reader without a session is sent to where one gets one, and from there on to the page.

    Who has just sent a form is told first that it did not arrive.
    """
    wanted = here(request) if request.method == "GET" else came_from(request)
    address = f"{SIGN_IN_PAGE}?{urlencode({ONWARD: wanted})}"
    if rendering.wants_fragment(request):
        return Response(status_code=401, headers={"hx-redirect": address})
    if isinstance(refusal, refusals.SessionEnded):
        explanation = explain(refusal.code, refusal.facts)
        return rendering.page(
            request,
            "entrance/session_ended.html",
            status_code=401,
            explanation=explanation,
            sign_in=address,
        )
    return RedirectResponse(address, 303)


async def _malformed(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, RequestValidationError)  # noqa: S101  registered for these
    if not wants_json(request) and any(error["loc"][0] == "path" for error in fault.errors()):
        if _only_forms_go_to(request) and (page := _of_the_form(request)):
            return RedirectResponse(page, 303)  # `/saker/utvalg` looks like the page of a case
        return problem(request, NotFound.code, 404)  # a page that cannot be
    errors = [
        {"pointer": pointer(_in_the_body(error, fault.body)), "detail": str(error["msg"])}
        for error in fault.errors()
    ]
    return problem(request, Invalid.code, 422, errors=errors)


def _in_the_body(error: Mapping[str, Any], body: Any) -> list[int | str]:
    """The error's place without pydantic's names for the alternatives of a field.

    A step is a place where the body has it, or a member that an object of the body has not.
    """
    place = list(error["loc"])
    if place[0] != "body":
        return place
    found, here = place[:1], body
    for number, step in enumerate(place[1:], start=2):
        is_there = (isinstance(here, dict) and step in here) or (
            isinstance(here, list) and isinstance(step, int) and step < len(here)
        )
        if is_there:
            here = here[step]
        is_missing = number == len(place) and isinstance(here, dict) and str(step).isidentifier()
        if is_there or is_missing:
            found.append(step)
    return found


def pointer(place: Sequence[int | str]) -> str:
    """Where a fault is: a JSON pointer into the body (RFC 6901), or the name of a parameter."""
    source, *path = place
    if source != "body":
        return str(path[0]) if path else str(source)
    # Half a surrogate pair in a key cannot be sent back as it came.
    steps = (str(step).encode("utf-8", "backslashreplace").decode("utf-8") for step in path)
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)


async def _by_http(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, HTTPException)  # noqa: S101  registered for these
    if fault.status_code == 400:
        errors = [{"pointer": "", "detail": str(fault.detail)}]
        return problem(request, Invalid.code, 422, errors=errors)
    if fault.status_code == 405 and not wants_json(request) and (page := _of_the_form(request)):
        return RedirectResponse(page, 303)
    return problem(
        request,
        CODE_OF_STATUS.get(fault.status_code, "request.refused"),
        fault.status_code,
        headers=fault.headers,
        detail=str(fault.detail),
    )


def _of_the_form(request: Request) -> str | None:
    """The page nearest above an address that only forms are sent to, else the first page.

    It stays in the address line where a form came back; who goes there means the page.
    """
    if request.method != "GET":
        return None
    above = request.url.path.rstrip("/")
    while above := above.rpartition("/")[0]:
        if _leads_somewhere(request, "GET", above):
            return above
    return "/"


def _only_forms_go_to(request: Request) -> bool:
    return _leads_somewhere(request, "POST", request.url.path)


def _leads_somewhere(request: Request, method: str, path: str) -> bool:
    scope = {**request.scope, "method": method, "path": path, "raw_path": path.encode()}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


async def _by_database(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, DBAPIError)  # noqa: S101  registered for these
    state = getattr(fault.orig, "sqlstate", None) or "08000"
    if state in _MET:
        return await _refused(request, refusals.Busy())
    if state == _NOT_OURS:
        # A filter of ours has let something through; for who asks it does not exist all the same.
        log.error("row security at %s %s: %s", request.method, request.url.path, fault.orig)
        return await _refused(request, NotFound("resource"))
    if state.startswith(_AWAY):
        return await _database_away(request, fault)
    if state.startswith(_ROW_CONFLICT):
        # Two commands that lock differently have met at a constraint; it has kept the one out.
        log.warning("constraint at %s: %s", request.url.path, fault.orig)
        return await _refused(request, refusals.Busy())
    if state.startswith(_UNUSABLE_VALUE):
        log.warning("unusable value at %s: %s", request.url.path, fault.orig)
        return problem(request, Invalid.code, 422)
    return await _failed(request, fault)


async def _database_away(request: Request, fault: Exception) -> Response:
    log.error("database away at %s: %s", request.url.path, fault)
    return problem(request, "database.away", 503, headers={"retry-after": "2"})


async def _failed(request: Request, fault: Exception) -> Response:
    log.error("failed %s %s", request.method, request.url.path, exc_info=fault)
    return problem(request, "server.failed", 500)
