"""One reader's request for a page: who reads, when, what was typed, and how it is answered."""

import base64
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from app import db, problems, rendering
from app.acting import Acting
from app.addresses import SIGN_OUT_PAGE
from app.audit import refused
from app.clock import Now
from app.frame import MENUS_OF, Flash, Frame, SessionLasts, Viewer
from app.languages import language, speak_on
from app.one_thread import until_answered
from app.pages.form import Code, Form, Unreadable, codes, read_form
from app.refusals import NotSignedIn, NotTheForm, SessionEnded
from app.signin import CSRF_FIELD, MaybeSignedIn, SignedIn, cookies
from app.wording import table
from notifications import queries as notices
from workflow.cases import details
from workflow.cases.details import CaseSeen
from workflow.cases.preconditions import still_at
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import OSLO, local_day
from workflow.kernel.country import Country
from workflow.kernel.errors import DomainError, NotAllowed, NotFound, Stale
from workflow.municipalities import queries as register
from workflow.municipalities.sweden import COUNTIES

FLASH_SECONDS: Final = 120
_TONES: Final = frozenset({"info", "success", "warning", "danger"})
Told = TypeVar("Told")
STRANGER: Final = Actor("stranger", Role.ADMINISTRATOR)


@dataclass(slots=True)
class Visit:
    """A request by one reader, signed in or not."""

    request: Request
    signed_in: SignedIn | None
    at: datetime
    form: Form
    _open: ExitStack
    _session: Session | None = field(default=None)
    #: What the address filters by that is no word of ours; the page says so.
    unknown_filters: list[str] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """Who acts.

        Raises:
            NotSignedIn: a stranger, who is sent to sign in and then back here.
        """
        if self.signed_in is None:
            raise NotSignedIn
        return self.signed_in.actor

    @property
    def anybody(self) -> Actor:
        """The actor; for what is public also a stranger, as one who sees no case."""
        return self.signed_in.actor if self.signed_in else STRANGER

    @property
    def today(self) -> date:
        return local_day(self.at)

    @property
    def demo(self) -> bool:
        return bool(self.request.app.state.settings.demo)

    @property
    def country(self) -> Country:
        """What the deployment is for."""
        country: Country = self.request.app.state.country
        return country

    @property
    def session(self) -> Session:
        """To read in; the database refuses to write in it."""
        if self._session is None:
            self._session = self._open.enter_context(
                db.reading(self.request.app.state.sessions, db.who_asks(self.request))
            )
        return self._session

    def forget(self) -> None:
        """The reader is a stranger from now on: what is still answered says so."""
        self.signed_in = None
        self.request.state.frame = Frame()

    def close(self) -> None:
        """Let go of the connection."""
        self._open.close()
        self._session = None

    @contextmanager
    def recording(self, acting: Acting | None = None) -> Iterator[Session]:
        """To write in what is put on record of a reading, whatever the form says.

        Args:
            acting: as whom, where it is not who reads: who lets people in is nobody yet.
        """
        self.close()
        sessions = self.request.app.state.sessions
        with db.transaction(sessions, acting or db.who_asks(self.request)) as session:
            yield session

    def opened(self, case_id: UUID) -> CaseSeen:
        """The case with the names the reader may see; that it was opened is put on record.

        Raises:
            NotFound; PurposeMissing: the reader is asked, and comes back.
        """
        with self.recording() as session:
            return details.opened(session, case_id, actor=self.actor, at=self.at)

    @contextmanager
    def change(self, acting: Acting | None = None) -> Iterator[Session]:
        """To write in: committed at the end of the `with`, rolled back by a refusal.

        Raises:
            Unreadable: the form has errors; nothing is changed.
        """
        with self.recording(acting) as session:
            yield session
            if self.form.errors:
                raise Unreadable

    def only(self, *roles: Role) -> Actor:
        """The actor, where it has one of the roles.

        Raises:
            NotSignedIn; NotAllowed: the page is for others.
        """
        actor = self.actor
        if actor.role not in roles:
            raise NotAllowed("the page is for other roles", role=actor.role)
        return actor

    def filtered(self, name: str, words: type[Code]) -> list[Code]:
        """The values of a filter of the address that are words of a closed set."""
        asked = self.request.query_params.getlist(name)
        self.unknown_filters += [value[:40] for value in asked if value and value not in set(words)]
        return codes(self.request.query_params, name, words)

    def asked(self, name: str, reads: Callable[[str], Told | None]) -> Told | None:
        """The value of a filter of the address; what cannot be read is told, and is no filter.

        Args:
            reads: what is written as a value; None or a ValueError where it is none.
        """
        written = self.request.query_params.get(name, "").strip()
        if not written:
            return None
        try:
            found = reads(written)
        except ValueError:
            found = None
        if found is None:
            self.unknown_filters.append(written[:40])
        return found

    def is_asked(self, name: str) -> bool:
        """Whether a filter that is on or off is on."""
        return self.asked(name, {"true": True, "false": False}.get) or False

    def is_as_read(self, session: Session, case_id: UUID) -> None:
        """Lock a case and see that it still has the version the form was made of.

        Raises:
            NotFound; Stale: somebody changed it since.
        """
        still_at(session, case_id, self.form.versions(), actor=self.actor)

    def page(self, template: str, *, status_code: int = 200, **context: Any) -> Response:
        """A template as the answer; it finds `form`, `errors` and `today` beside its own."""
        frame: Frame = self.request.state.frame
        answer = rendering.page(
            self.request,
            template,
            status_code=status_code,
            **{
                "form": self.form,
                "errors": self.form.errors,
                "today": self.today,
                "viewer": frame.viewer,
                "unknown_filters": list(dict.fromkeys(self.unknown_filters)),
                **context,
            },
        )
        if frame.flash is not None:
            cookies.take(answer, self.request, "done")
        if self.signed_in is None:
            self._keep_strangers_token(answer, frame)
        return answer

    def again(self, refusal: DomainError | None = None, **fields: str) -> int:
        """The status of the page that comes back; the refusal stands in the form's errors.

        Args:
            fields: code of a refusal to the field it is about, dots as two underscores.

        Raises:
            NotFound, NotAllowed, NotSignedIn: these have pages of their own.
        """
        if refusal is None or self.form.errors:
            return 422
        if isinstance(refusal, NotFound | NotAllowed | NotSignedIn):
            raise refusal
        refused.attempt(self.request, refusal)
        self.form.refused(refusal, {code.replace("__", "."): at for code, at in fields.items()})
        return 409 if isinstance(refusal, Stale) else problems.status_of(refusal)

    def done(self, location: str, code: str, *, tone: str = "success", **facts: Any) -> Response:
        """On to a page, which says first what came of it; `code` is a key of `[done]`."""
        answer = self.go(location)
        told = json.dumps({"code": code, "tone": tone, "facts": facts}, default=str)
        value = base64.urlsafe_b64encode(told.encode()).decode()
        cookies.give(answer, self.request, "done", value, seconds=FLASH_SECONDS)
        return answer

    def go(self, location: str) -> RedirectResponse:
        """On to a page, after a form."""
        return RedirectResponse(location, 303)

    def _keep_strangers_token(self, answer: Response, frame: Frame) -> None:
        if frame.csrf_token and cookies.read(self.request, "form") is None:
            cookies.give(answer, self.request, "form", frame.csrf_token, seconds=None)


async def visit(
    request: Request,
    found: MaybeSignedIn,
    at: Now,
    form: Annotated[Form, Depends(read_form)],
) -> Visit:
    """Who reads, and what stands around every page.

    Raises:
        NotTheForm: a stranger's form that is not ours.
        SessionEnded: the form was made in a session that has ended.
    """
    if found is None and request.method == "POST" and request.url.path != SIGN_OUT_PAGE:
        _must_be_strangers_form(request, form)
    if found is not None:
        speak_on(found.language)
    made = Visit(request, found, at, form, until_answered(request).enter_context(ExitStack()))
    request.state.frame = _frame(made)
    if request.method == "POST":
        made.close()
    return made


Reader = Annotated[Visit, Depends(visit)]


def _frame(visit: Visit) -> Frame:
    request = visit.request
    clock = visit.at.astimezone(OSLO) if visit.demo else None
    if visit.signed_in is None:
        token = cookies.read(request, "form") or secrets.token_urlsafe(32)
        told = _flash(cookies.read(request, "done"))
        return Frame(demo_clock=clock, csrf_token=token, flash=told)
    actor = visit.actor
    organisation = actor.reception_centre
    if actor.municipality_id is not None:
        found = register.by_id(visit.session, actor.municipality_id, actor=actor)
        organisation = found.official_name
    if actor.county is not None:
        organisation = COUNTIES[actor.county]
    return Frame(
        viewer=Viewer(actor.name, actor.role, organisation),
        menu=MENUS_OF[visit.country].get(actor.role, ()),
        unread=notices.unread_count(visit.session, actor=actor),
        flash=_flash(cookies.read(request, "done")),
        demo_clock=clock,
        csrf_token=visit.signed_in.csrf,
        lasting=_lasting(visit.signed_in),
        language=language(),
    )


def _lasting(found: SignedIn) -> SessionLasts | None:
    if found.lasting is None:
        return None
    # Not the user's number: a word that differs, so that drafts are nobody else's.
    whose = sha256(f"drafts\0{found.holder}".encode()).hexdigest()[:12]
    left, most = (int(span.total_seconds()) for span in (found.lasting.left, found.lasting.most))
    return SessionLasts(left, most, whose)


def _flash(cookie: str | None) -> Flash | None:
    """What the cookie says was done; None where it says nothing we know."""
    if cookie is None:
        return None
    try:
        told: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(cookie.encode()))
        code, tone, facts = told["code"], told["tone"], told["facts"]
    except (ValueError, KeyError, TypeError):
        return None
    if code not in table(language())["done"] or tone not in _TONES:
        return None
    return Flash(code, facts if isinstance(facts, dict) else {}, tone)


def _must_be_strangers_form(request: Request, form: Form) -> None:
    cookie = cookies.read(request, "form") or ""
    if not cookie or not secrets.compare_digest(form.typed(CSRF_FIELD).encode(), cookie.encode()):
        ended = cookies.read(request, "session") is not None
        raise SessionEnded if ended else NotTheForm
