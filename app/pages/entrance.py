"""The way in and out: home, sign-in, language, the demonstration's clock."""

from datetime import datetime, time, timedelta
from itertools import groupby

from fastapi import APIRouter, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import languages, signin
from app.acting import DOORKEEPER
from app.addresses import ONWARD, SIGN_IN_PAGE, came_from, inside
from app.clock import set_clock
from app.frame import home_of
from app.models import User
from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.signin import cookies, device
from app.signin.providers import Provider
from app.users import commands
from notifications.choosing import CHOOSES_FOR_ONESELF, write_in
from notifications.states import Language as WrittenIn
from workflow.approvals.rules import confirmed_by
from workflow.kernel.actor import COUNTY, DIRECTORATE, MUNICIPALITY, Role
from workflow.kernel.calendar import OSLO
from workflow.kernel.errors import NotFound
from workflow.municipalities.models import Municipality
from workflow.municipalities.sweden import COUNTIES

router = APIRouter(route_class=InOneThread)

#: The hour the clock shows when it is set to a day.
MORNING = time(8, 0)
STEPS = {"day": timedelta(days=1), "week": timedelta(weeks=1)}
LANGUAGE_LASTS = timedelta(days=365)


@router.get("/")
def home(reader: Reader) -> Response:
    """Where the reader's work begins; a stranger is shown in."""
    if reader.signed_in is None:
        return reader.go(SIGN_IN_PAGE)
    return reader.go(home_of(reader.actor.role, reader.country))


@router.get(SIGN_IN_PAGE)
def sign_in_page(reader: Reader) -> Response:
    return _sign_in_page(reader, reader.request.query_params.get(ONWARD, "/"))


@router.post(SIGN_IN_PAGE)
def sign_in(reader: Reader) -> Response:
    """Begin a session as one of the ready users; in the demonstration only."""
    if not reader.demo:
        raise NotFound("ready user")
    onward = reader.form.typed(ONWARD)
    chosen = reader.form.number("user", required=True)
    if reader.form.errors:
        return _sign_in_page(reader, onward, status_code=422)
    old = cookies.read(reader.request, "session")
    with reader.change(DOORKEEPER) as session:
        user = session.scalar(
            select(User).where(User.id == chosen, User.demo, User.ended_at.is_(None))
        )
        if user is None:
            raise NotFound("ready user")
        if old is not None:
            signin.sign_out(session, old)
        agent = reader.request.headers.get("user-agent")
        secret = signin.sign_in(session, user.id, device=device.family(agent))
    answer = reader.done(inside(onward, user.role, reader.country), "signed_in", name=user.name)
    signin.set_cookie(answer, reader.request, secret)
    cookies.take(answer, reader.request, "form")
    return answer


@router.post("/sprak")
def speak(reader: Reader) -> Response:
    """Another language from now on, in this browser; of who is signed in everywhere, e-mail too."""
    wanted = reader.form.typed("language")
    answer = reader.go(came_from(reader.request))
    if wanted in languages.offered():
        if reader.signed_in is not None:
            _speak_with(reader, languages.Language(wanted))
        lasts = int(LANGUAGE_LASTS.total_seconds())
        cookies.give(answer, reader.request, "language", wanted, seconds=lasts)
    return answer


def _speak_with(reader: Visit, language: languages.Language) -> None:
    actor = reader.actor
    with reader.change(DOORKEEPER) as session:
        commands.speak(session, language, actor=actor, at=reader.at)
    if actor.role in CHOOSES_FOR_ONESELF:
        with reader.change() as session:
            write_in(session, WrittenIn(language), actor=actor)


@router.post("/demo/klokke")
def move_clock(reader: Reader) -> Response:
    """Move the demonstration's clock forward: by a day, by a week, or to a day."""
    if not reader.demo:
        raise NotFound("clock")
    _ = reader.actor
    if step := STEPS.get(reader.form.typed("step")):
        to = reader.at + step
    else:
        day = reader.form.day("clock", required=True)
        to = datetime.combine(day, MORNING, OSLO) if day else reader.at
        if day is not None and to <= reader.at:
            reader.form.fault("clock", "past")
    if reader.form.errors:
        return reader.page("entrance/clock.html", status_code=422)
    with reader.change(DOORKEEPER) as session:
        set_clock(session, to)
    return reader.done(came_from(reader.request), "clock_set")


@router.get("/demo/klokke")
def clock(reader: Reader) -> Response:
    if not reader.demo:
        raise NotFound("clock")
    _ = reader.actor
    return reader.page("entrance/clock.html")


@router.get("/profil")
def profile(reader: Reader) -> Response:
    """Who is signed in, and what the role may do."""
    return reader.page(
        "entrance/profile.html",
        actor=reader.actor,
        title=_title(reader),
        confirms=confirmed_by(reader.actor.role),
    )


def _title(reader: Visit) -> str | None:
    return reader.signed_in.title if reader.signed_in else None


def _sign_in_page(reader: Visit, onward: str, *, status_code: int = 200) -> Response:
    ended = reader.signed_in is None and cookies.read(reader.request, "session") is not None
    answer = reader.page(
        "entrance/sign_in.html",
        status_code=status_code,
        onward=onward,
        demo=reader.demo,
        providers=_providers(reader),
        ended=ended,
        offices=_ready_users(reader.session) if reader.demo else [],
    )
    if ended:
        signin.clear_cookie(answer, reader.request)
    return answer


def _providers(reader: Visit) -> list[tuple[str, list[Provider]]]:
    """The identity providers, by the office they stand under, in the order of the file."""
    listed: dict[str, list[Provider]] = {}
    for there in reader.request.app.state.identity_providers.values():
        listed.setdefault(there.provider.office, []).append(there.provider)
    return list(listed.items())


def _ready_users(session: Session) -> list[tuple[str, list[tuple[User, str | None]]]]:
    """The ready users and their municipalities or counties, by office."""
    rows = session.execute(
        select(User, Municipality.official_name)
        .outerjoin(Municipality, Municipality.id == User.municipality_id)
        .where(User.demo, User.ended_at.is_(None))
        .order_by(User.id)
    )
    named = ((user, name or COUNTIES.get(user.county or "")) for user, name in rows)
    in_order = sorted(named, key=lambda row: _office(row[0].role))
    return [
        (office[1], list(users))
        for office, users in groupby(in_order, lambda r: _office(r[0].role))
    ]


def _office(role: Role) -> tuple[int, str]:
    """Where the role works, and its place on the page."""
    if role in DIRECTORATE:
        return 0, "directorate"
    if role is Role.MIGRATION_OFFICER:
        return 0, "agency"
    if role in COUNTY:
        return 1, "county"
    if role in MUNICIPALITY:
        return 2, "municipality"
    if role is Role.TRAVEL_OFFICER:
        return 3, "travel"
    return 4, "others"
