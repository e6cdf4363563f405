"""In by an identity provider and out again; how long a session lasts still."""

import logging
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.responses import JSONResponse

from app import keys, problems, signin
from app.acting import DOORKEEPER
from app.addresses import ONWARD, SIGN_IN_PAGE, SIGN_OUT_PAGE, came_from, inside
from app.clock import machine_time
from app.db import transaction
from app.languages import language
from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.refusals import (
    AnswerInvalid,
    NotSignedIn,
    OrganisationUnknown,
    RightLacking,
    SignInFailed,
    SignInRefused,
)
from app.signin import attempts, cookies, device, people, secret, sessions
from app.signin.asking import SESSION_STATUS
from app.signin.claims import Vouched, vouched
from app.signin.oidc import Answer, IdentityProvider
from app.tries import LimitedSignIn
from workflow.kernel.errors import NotFound

log = logging.getLogger(__name__)
router = APIRouter(route_class=InOneThread)

#: The person has changed their mind, or was not let through there: no fault of anybody's.
_DECLINED: Final = frozenset({"access_denied", "login_required", "interaction_required"})


@router.get(SIGN_IN_PAGE + "/{name}", dependencies=[LimitedSignIn])
def begin(name: str, reader: Reader) -> Response:
    """Off to the identity provider, who asks the person who they are."""
    there = _provider(reader.request, name)
    browser = cookies.read(reader.request, "signin") or secret.new()
    with reader.change(DOORKEEPER) as session:
        begun = attempts.start(
            session,
            provider=name,
            browser=browser,
            onward=reader.request.query_params.get(ONWARD, "/"),
            at=machine_time(),
        )
    answer = reader.go(
        there.way_there(
            answer_to=_answer_to(reader.request, name),
            state=begun.state,
            nonce=begun.nonce,
            verifier=begun.verifier,
            language=language(),
        )
    )
    lasts = int(attempts.LASTS.total_seconds())
    cookies.give(answer, reader.request, "signin", browser, seconds=lasts)
    return answer


@router.get(SIGN_IN_PAGE + "/{name}/svar", dependencies=[LimitedSignIn])
def come_back(name: str, reader: Reader) -> Response:
    """Back from the identity provider: in, or a page that says why not and what to do."""
    there = _provider(reader.request, name)
    try:
        return _let_in(reader, there)
    except (SignInRefused, SignInFailed) as refusal:
        log.warning("sign-in refused %s provider=%s%s", refusal.code, name, _from(reader.request))
        if isinstance(refusal, RightLacking | OrganisationUnknown):
            return _without_right(reader, there, refusal)
        raise


def _let_in(reader: Visit, there: IdentityProvider) -> Response:
    request, provider = reader.request, there.provider
    told = request.query_params
    if told.get("error") in _DECLINED:
        return reader.done(SIGN_IN_PAGE, "sign_in_declined", tone="info")
    at = machine_time()
    # Committed before the provider is asked: an answer is used up, whatever comes of it.
    with reader.change(DOORKEEPER) as session:
        awaited = attempts.claim(
            session,
            provider=provider.name,
            browser=cookies.read(request, "signin") or "",
            state=told.get("state", ""),
            at=at,
        )
    if told.get("iss", provider.issuer) != provider.issuer:
        raise AnswerInvalid("another provider has answered")
    if "code" not in told:
        raise SignInFailed(provider.name)
    answer = there.answer(
        code=told["code"],
        verifier=awaited.verifier,
        nonce=awaited.nonce,
        answer_to=_answer_to(request, provider.name),
        at=at,
    )
    found = vouched(provider, answer)
    return _begin_session(reader, there, answer, found, awaited.onward)


def _begin_session(
    reader: Visit, there: IdentityProvider, answer: Answer, found: Vouched, onward: str
) -> Response:
    request, provider = reader.request, there.provider
    sid = answer.claims.get("sid")
    old = cookies.read(request, "session")
    with reader.change(DOORKEEPER) as session:
        admitted = people.admit(
            session,
            provider,
            found,
            keys=keys.of(request.app.state.settings, "subject"),
            on=reader.today,
        )
        if old is not None:
            signin.sign_out(session, old)
        new = signin.sign_in(
            session,
            admitted.id,
            limits=sessions.limits_of(request.app.state.settings),
            there=sessions.There(
                provider.name, sid if isinstance(sid, str) else None, answer.id_token
            ),
            device=device.family(request.headers.get("user-agent")),
            at=machine_time(),
        )
    log.info(
        "signed in user=%s role=%s provider=%s organisation=%s sid=%s%s",
        admitted.id,
        found.role,
        provider.name,
        found.organisation_number or "-",
        sid or "-",
        _from(request),
    )
    done = reader.done(inside(onward, found.role, reader.country), "signed_in", name=admitted.name)
    signin.set_cookie(done, request, new)
    cookies.take(done, request, "form")
    return done


def _without_right(
    reader: Visit, there: IdentityProvider, refusal: RightLacking | OrganisationUnknown
) -> Response:
    """Signed in there, and not here: how one gets the right, and how one tries as another."""
    provider = there.provider
    back = f"{reader.request.app.state.settings.public_url}{SIGN_IN_PAGE}"
    return reader.page(
        "entrance/without_right.html",
        status_code=problems.status_of(refusal),
        provider=provider,
        resources=list(provider.roles.items()),
        organisation_number=refusal.facts.get("organisation_number"),
        way_out=there.way_out(back_to=back, id_token=None),
        again=f"{SIGN_IN_PAGE}/{provider.name}",
    )


@router.get(SIGN_OUT_PAGE)
def ask_first(reader: Reader) -> Response:
    """The address typed: nobody is signed out by a link."""
    if reader.signed_in is None:
        return reader.go(SIGN_IN_PAGE)
    return reader.page("entrance/sign_out.html")


@router.post(SIGN_OUT_PAGE)
def sign_out(reader: Reader) -> Response:
    """Out of here, and where the session came from an identity provider, out of there too."""
    request = reader.request
    held = cookies.read(request, "session")
    left = None
    if held is not None:
        with reader.change(DOORKEEPER) as session:
            left = signin.sign_out(session, held)
    there = _providers(request).get(left.provider or "") if left else None
    way_out = None
    if there is not None and left is not None:
        back = f"{request.app.state.settings.public_url}{SIGN_IN_PAGE}"
        way_out = there.way_out(back_to=back, id_token=left.id_token)
    if there is None or way_out is None:
        answer: Response = reader.done(SIGN_IN_PAGE, "signed_out")
    else:
        # A page that goes on by itself: a form may not be answered by a redirect to elsewhere.
        reader.forget()
        answer = reader.page("entrance/signed_out.html", provider=there.provider, way_out=way_out)
    signin.clear_cookie(answer, request)
    # Drafts, kept in the browser while a session sleeps, are the person's who has left.
    answer.headers["clear-site-data"] = '"storage"'
    return answer


@router.get(SIGN_OUT_PAGE + "/{name}/kanal")
def signed_out_there(name: str, request: Request, iss: str = "", sid: str = "") -> Response:
    """Front-channel logout: the provider's page loads this in a frame, without our cookie."""
    provider = _provider(request, name).provider
    if iss != provider.issuer or not sid:
        raise NotFound("session")
    with transaction(request.app.state.sessions, DOORKEEPER) as session:
        sessions.end_there(session, provider=provider.name, provider_session=sid)
    return Response(
        headers={
            "cache-control": "no-store",
            "content-security-policy": "default-src 'none'; frame-ancestors *",
        }
    )


@router.get(SESSION_STATUS)
def how_long(found: signin.MaybeSignedIn) -> Response:
    """Seconds the session lasts, asked by the page itself; asking does not make it longer."""
    if found is None or found.lasting is None:
        return JSONResponse({"left": 0, "most": 0}, 401)
    return _lasting(found.lasting)


@router.post("/forleng")
def go_on(reader: Reader) -> Response:
    """Somebody is still there."""
    if reader.signed_in is None or reader.signed_in.lasting is None:
        raise NotSignedIn
    if problems.wants_json(reader.request):
        return _lasting(reader.signed_in.lasting)
    return reader.go(came_from(reader.request))


def _lasting(lasting: signin.Lasting) -> Response:
    def seconds(span: timedelta) -> int:
        return max(0, int(span.total_seconds()))

    return JSONResponse({"left": seconds(lasting.left), "most": seconds(lasting.most)})


def _providers(request: Request) -> dict[str, IdentityProvider]:
    found: dict[str, IdentityProvider] = request.app.state.identity_providers
    return found


def _provider(request: Request, name: str) -> IdentityProvider:
    there = _providers(request).get(name)
    if there is None:
        raise NotFound("identity provider")
    return there


def _answer_to(request: Request, name: str) -> str:
    """The address registered with the provider; never made of what the request says of itself."""
    return f"{request.app.state.settings.public_url}{SIGN_IN_PAGE}/{name}/svar"


def _from(request: Request) -> str:
    return f" address={request.client.host}" if request.client else ""
