"""What a municipality brings to a plan: persons in each week, and what it offers who needs it."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from fastapi import APIRouter, Response
from starlette.datastructures import UploadFile

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from workflow.capacity import offered, weekly
from workflow.capacity.commands import WRITES_PLACES
from workflow.capacity.offered import Offer
from workflow.capacity.states import Service
from workflow.capacity.weekly import MOST_PERSONS
from workflow.cases import coming
from workflow.kernel.actor import DIRECTORATE, MUNICIPALITY, READS_ALL_CASES
from workflow.kernel.errors import DomainError
from workflow.kernel.weeks import Week
from workflow.municipalities import queries as register
from workflow.municipalities.queries import MunicipalitySeen

router = APIRouter(route_class=InOneThread)

#: Weeks that the page shows.
SHOWN: Final = 26
_WRITES: Final = (*WRITES_PLACES, *DIRECTORATE)


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality, and where its pages are."""

    municipality: MunicipalitySeen
    base: str


def own_place(reader: Visit) -> Place:
    actor = reader.only(*MUNICIPALITY)
    assert actor.municipality_id is not None  # noqa: S101  a municipality's role
    return Place(register.by_id(reader.session, actor.municipality_id, actor=actor), "/kommune")


def named_place(reader: Visit, number: str) -> Place:
    actor = reader.only(*READS_ALL_CASES)
    found = register.by_number(reader.session, number, on=reader.today, actor=actor)
    return Place(found, f"/kommuner/{found.number}")


@router.get("/kommune/ukeplan")
def own_weeks(reader: Reader) -> Response:
    return _weeks_page(reader, own_place(reader))


@router.post("/kommune/ukeplan")
def plan_own_weeks(reader: Reader) -> Response:
    """The municipality says how many it settles in each week."""
    return _plan_weeks(reader, own_place(reader))


@router.get("/kommuner/{number}/ukeplan")
def weeks_of(reader: Reader, number: str) -> Response:
    return _weeks_page(reader, named_place(reader, number))


@router.post("/kommuner/{number}/ukeplan")
def plan_weeks_of(reader: Reader, number: str) -> Response:
    """IMDi writes it for the municipality."""
    return _plan_weeks(reader, named_place(reader, number))


@router.get("/kommune/tilbud")
def own_offers(reader: Reader) -> Response:
    return _offers_page(reader, own_place(reader))


@router.post("/kommune/tilbud")
def set_own_offers(reader: Reader) -> Response:
    """The municipality says what it offers."""
    return _set_offers(reader, own_place(reader))


@router.get("/kommuner/{number}/tilbud")
def offers_of(reader: Reader, number: str) -> Response:
    return _offers_page(reader, named_place(reader, number))


@router.post("/kommuner/{number}/tilbud")
def set_offers_of(reader: Reader, number: str) -> Response:
    """IMDi writes it for the municipality."""
    return _set_offers(reader, named_place(reader, number))


@router.get("/tilbud")
def everybodys_offers(reader: Reader) -> Response:
    """What all municipalities offer, and a file of it; IMDi's."""
    reader.only(*READS_ALL_CASES)
    return _all_page(reader)


@router.post("/tilbud")
def bring_in(reader: Reader) -> Response:
    """What the municipalities of a file offer."""
    actor = reader.only(*DIRECTORATE)
    sent = reader.form.data.get("text")
    content = b""
    if isinstance(sent, UploadFile):
        with sent.file as file:
            content = file.read()
    if not content:
        reader.form.fault("text", "missing", "service_file")
        return _all_page(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            done = offered.import_offers(session, BytesIO(content), actor=actor, at=reader.at)
    except DomainError as refusal:
        return _all_page(reader, status_code=reader.again(refusal))
    if done.rejected:
        return _all_page(reader, rejected=[str(row) for row in done.rejected], done=done)
    return reader.done("/tilbud", "services_imported", municipalities=done.municipalities)


def _plan_weeks(reader: Visit, place: Place) -> Response:
    """Each week's own field, or one number for a stretch of weeks."""
    actor = reader.only(*_WRITES)
    form = reader.form
    wanted: dict[Week, int | None] = {}
    if form.text("from_week") or form.text("until_week"):
        first = form.week("from_week", today=reader.today, required=True)
        last = form.week("until_week", today=reader.today, required=True)
        persons = form.number("persons", longest=5)
        if first is not None and last is not None:
            if last < first:
                form.fault("until_week", "choice")
            wanted = dict.fromkeys(_between(first, last), persons)
    else:
        for one in _room(reader, place):
            name = f"persons-{one.week}"
            if name in form.data:
                wanted[one.week] = _persons(reader, name)
    return _carry_out(
        reader,
        place,
        "ukeplan",
        _weeks_page,
        lambda session: weekly.plan_weeks(
            session, place.municipality.id, wanted, actor=actor, at=reader.at
        ),
    )


def _persons(reader: Visit, name: str) -> int | None:
    text = reader.form.text(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= MOST_PERSONS):
        reader.form.fault(name, "number", "persons")
        return None
    return int(text)


def _between(first: Week, last: Week) -> list[Week]:
    days = range(0, (last.monday - first.monday).days + 1, 7)
    return [Week.of(type(first.monday).fromordinal(first.monday.toordinal() + n)) for n in days]


def _set_offers(reader: Visit, place: Place) -> Response:
    actor = reader.only(*_WRITES)
    form = reader.form
    minutes = form.number("minutes", longest=3)
    wanted = [
        Offer(service, minutes=minutes if service is Service.SPECIALIST_HEALTH else None)
        for service in Service
        if service is not Service.LANGUAGE and form.ticked(service.value)
    ]
    languages = [word.strip() for word in (form.text("languages") or "").split(",")]
    wanted += [Offer(Service.LANGUAGE, word) for word in dict.fromkeys(languages) if word]
    return _carry_out(
        reader,
        place,
        "tilbud",
        _offers_page,
        lambda session: offered.set_offers(
            session, place.municipality.id, wanted, actor=actor, at=reader.at
        ),
    )


def _carry_out(
    reader: Visit,
    place: Place,
    path: str,
    page: Callable[..., Response],
    change: Callable[[Any], int],
) -> Response:
    if reader.form.errors:
        return page(reader, place, status_code=reader.again())
    try:
        with reader.change() as session:
            change(session)
    except DomainError as refusal:
        return page(reader, place, status_code=reader.again(refusal))
    return reader.done(f"{place.base}/{path}", path)


def _room(reader: Visit, place: Place) -> list[coming.WeekRoom]:
    return coming.room(
        reader.session,
        place.municipality.id,
        since=Week.of(reader.today),
        count=SHOWN,
        actor=reader.actor,
    )


def _weeks_page(reader: Visit, place: Place, *, status_code: int = 200) -> Response:
    return reader.page(
        "offers/weeks.html",
        status_code=status_code,
        place=place,
        weeks=_room(reader, place),
        may=reader.actor.role in _WRITES,
    )


def _offers_page(reader: Visit, place: Place, *, status_code: int = 200) -> Response:
    offers = offered.offers_of(reader.session, place.municipality.id, actor=reader.actor)
    return reader.page(
        "offers/services.html",
        status_code=status_code,
        place=place,
        offers=offers,
        services=[one for one in Service if one is not Service.LANGUAGE],
        chosen={one.service for one in offers},
        minutes=next((one.minutes for one in offers if one.minutes is not None), None),
        languages=[one.language for one in offers if one.language],
        may=reader.actor.role in _WRITES,
    )


def _all_page(
    reader: Visit,
    *,
    status_code: int = 200,
    rejected: list[str] | None = None,
    done: offered.OffersImported | None = None,
) -> Response:
    return reader.page(
        "offers/all.html",
        status_code=status_code,
        lines=offered.offers_of_all(reader.session, actor=reader.actor),
        services=tuple(Service),
        rejected=rejected or [],
        done=done,
        may=reader.actor.role in DIRECTORATE,
    )
