"""What a municipality was asked, and its answers."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.one_thread import InOneThread
from app.pages import settlement_weeks
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from app.wording import label
from workflow.capacity import queries as capacity
from workflow.capacity.commands import WRITES_PLACES
from workflow.capacity.ledger import Figures
from workflow.capacity.states import HouseholdKind
from workflow.cases import coming, commands, details, distributions
from workflow.cases.details import CaseSeen
from workflow.cases.distributions import DistributionSeen
from workflow.cases.states import DeclineReason, DistributionState, Group
from workflow.kernel.actor import MUNICIPALITY, Actor
from workflow.kernel.errors import DomainError, Stale
from workflow.kernel.paging import LARGEST_PAGE
from workflow.kernel.weeks import Week
from workflow.redistribution.kinds import kinds_on
from workflow.travel import queries as travel
from workflow.travel.contacts import Contact, Topic, contact_for
from workflow.vacancies import queries as vacancies
from workflow.vacancies.queries import VacancySeen
from workflow.vacancies.states import VacancyState

router = APIRouter(route_class=InOneThread)

YES: Final = "yes"
NOT_YET: Final = "not_yet"


@router.get("/kommune/foresporsler")
def requests(reader: Reader, cursor: str | None = None) -> Response:
    """Everything the municipality has been asked, the newest first."""
    actor = reader.only(*MUNICIPALITY)
    if onward := opens_with(reader, SavedList.REQUESTS):
        return reader.go(onward)
    states = reader.filtered("state", DistributionState)
    sort = sort_of(reader, distributions.SORTS)
    found = distributions.distributions(
        reader.session,
        states=frozenset(states),
        municipality_id=actor.municipality_id,
        sort=sort,
        after=cursor,
        actor=actor,
    )
    return reader.page(
        "requests/list.html",
        requests=found.items,
        shelf=shelf(reader, SavedList.REQUESTS),
        next=found.next,
        sort=sort,
        chosen=states,
        states=tuple(DistributionState),
    )


@router.get("/kommune/foresporsler/{distribution_id}")
def request(reader: Reader, distribution_id: UUID) -> Response:
    """One question: what was shown, the answer, what became of it."""
    reader.only(*MUNICIPALITY)
    return _request_page(reader, distribution_id)


@router.post("/kommune/foresporsler/{distribution_id}/godkjenn")
def accept(reader: Reader, distribution_id: UUID) -> Response:
    """A yes with a new week; `check` shows the days of the week and sends nothing."""
    actor = reader.only(*WRITES_PLACES)
    form = reader.form
    week = form.week("settlement_week", today=reader.today, required=True)
    vacancy_id = form.id("vacancy_id")
    quarantine = {YES: True, NOT_YET: False}.get(form.typed("quarantine"))
    if week is None or form.errors:
        return _request_page(reader, distribution_id, status_code=reader.again())
    if form.ticked("check"):
        return _request_page(reader, distribution_id, checked=week)
    try:
        with reader.change() as session:
            commands.accept(
                session,
                _as_read(reader, session, distribution_id, actor),
                settlement_week=week,
                vacancy_id=vacancy_id,
                quarantine_confirmed=quarantine,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _refused(reader, distribution_id, refusal)
    return reader.done(_address(distribution_id), "accept_week", settlement_week=str(week))


@router.post("/kommune/foresporsler/{distribution_id}/avsla")
def decline(reader: Reader, distribution_id: UUID) -> Response:
    """A no, with a reason."""
    return _say_no(reader, distribution_id, commands.decline, "decline")


@router.post("/kommune/foresporsler/{distribution_id}/trekk-tilbake")
def retract(reader: Reader, distribution_id: UUID) -> Response:
    """The yes is taken back before IMDi's decision."""
    return _say_no(reader, distribution_id, commands.retract, "retract")


@router.post("/kommune/foresporsler/{distribution_id}/uke")
def change_week(reader: Reader, distribution_id: UUID) -> Response:
    """Another week for what has been accepted; `check` shows its days and sends nothing."""
    actor = reader.only(*WRITES_PLACES)
    week = reader.form.week("settlement_week", today=reader.today, required=True)
    if week is None:
        return _request_page(reader, distribution_id, status_code=reader.again())
    if reader.form.ticked("check"):
        return _request_page(reader, distribution_id, checked=week)
    try:
        with reader.change() as session:
            commands.change_week(
                session,
                _as_read(reader, session, distribution_id, actor),
                settlement_week=week,
                reason=reader.form.text("reason"),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _refused(reader, distribution_id, refusal)
    return reader.done(_address(distribution_id), "change_week")


@router.post("/kommune/foresporsler/{distribution_id}/apne")
def reopen(reader: Reader, distribution_id: UUID) -> Response:
    """The municipality takes its no back."""
    actor = reader.only(*WRITES_PLACES)
    with reader.change() as session:
        commands.reopen(session, distribution_id, actor=actor, at=reader.at)
    return reader.done(_address(distribution_id), "reopen")


def _say_no(reader: Visit, distribution_id: UUID, command: Any, done: str) -> Response:
    actor = reader.only(*WRITES_PLACES)
    reason = reader.form.choice("reason_code", DeclineReason, required=True)
    text = reader.form.text("text", required=reason is DeclineReason.OTHER)
    if reason is None or reader.form.errors:
        return _request_page(reader, distribution_id, status_code=reader.again())
    try:
        with reader.change() as session:
            command(
                session,
                _as_read(reader, session, distribution_id, actor),
                reason_code=reason,
                text=text,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _refused(reader, distribution_id, refusal)
    return reader.done(_address(distribution_id), done)


def _as_read(reader: Visit, session: Session, distribution_id: UUID, actor: Actor) -> UUID:
    """The case of a question that still stands, locked, as it was when the form was made.

    Raises:
        NotFound; Stale: the question has ended, or the case has changed.
    """
    asked = distributions.distribution(session, distribution_id, actor=actor)
    if asked.closed_at is not None:
        raise Stale("the question has ended since it was read")
    reader.is_as_read(session, asked.case_id)
    return asked.case_id


def _refused(reader: Visit, distribution_id: UUID, refusal: DomainError) -> Response:
    return _request_page(reader, distribution_id, status_code=reader.again(refusal))


def _request_page(
    reader: Visit, distribution_id: UUID, *, status_code: int = 200, checked: Week | None = None
) -> Response:
    actor = reader.actor
    asked = distributions.distribution(reader.session, distribution_id, actor=actor)
    standing = _standing(reader, asked)
    weeks = settlement_weeks.to_choose(standing.case, reader.today) if standing else []
    quarantine = travel.quarantine(
        reader.session, _first_day(asked.shown["earliest_arrival_on"], reader)
    )
    return reader.page(
        "requests/page.html",
        status_code=status_code,
        asked=asked,
        kinds=_kinds(reader, asked),
        standing=standing,
        place_year=_figures(reader, asked),
        weeks=weeks,
        rooms=_rooms(reader, asked, weeks),
        homes=_homes(reader, asked) if standing and standing.open else [],
        quarantine=quarantine if asked.group is Group.RESETTLEMENT else None,
        reasons=[(reason, label(reason, "decline_reason")) for reason in DeclineReason],
        checked=checked,
        contacts=_contacts(reader, asked, standing),
        may_write=actor.role in WRITES_PLACES,
    )


def _kinds(reader: Visit, asked: DistributionSeen) -> tuple[HouseholdKind, ...]:
    """What the household is like that was shown, while the question stands."""
    if asked.closed_at is not None or asked.state is DistributionState.SETTLED:
        return ()
    born = [person["birth_year"] for person in asked.shown["persons"]]
    return kinds_on(reader.session, asked.group, born, on=asked.asked_on)


def _contacts(
    reader: Visit, asked: DistributionSeen, standing: "Standing | None"
) -> dict[Topic, Contact]:
    """Whom to ask (R30): of a case that has left, as it was put to the municipality."""
    if standing is not None:
        session, actor = reader.session, reader.actor
        return {one: travel.contact(session, asked.case_id, one, actor=actor) for one in Topic}
    facts: Any = {"group": asked.group, "asked_on": asked.asked_on, "placed_on": None}
    return {one: contact_for(one, **facts, reception_centre=None) for one in Topic}


@dataclass(frozen=True, slots=True)
class Standing:
    """A question that has not ended, with the case as it is now."""

    case: CaseSeen
    #: It waits for the municipality's answer.
    open: bool


def _standing(reader: Visit, asked: DistributionSeen) -> Standing | None:
    if asked.closed_at is not None or not asked.case_visible:
        return None
    case = details.case(reader.session, asked.case_id, today=reader.today, actor=reader.actor)
    return Standing(case, asked.state is DistributionState.OPEN)


def _figures(reader: Visit, asked: DistributionSeen) -> Figures:
    year = capacity.one(reader.session, asked.municipality_id, asked.year, actor=reader.actor)
    return year.minors if asked.group is Group.UNACCOMPANIED_MINOR else year.ordinary


def _first_day(earliest: str | None, reader: Visit) -> date:
    return max(date.fromisoformat(earliest), reader.today) if earliest else reader.today


def _rooms(reader: Visit, asked: DistributionSeen, weeks: list[Week]) -> list[coming.WeekRoom]:
    """What the municipality has said of these weeks, and who is to come; it binds no answer."""
    return coming.room(
        reader.session,
        asked.municipality_id,
        since=weeks[0] if weeks else Week.of(reader.today),
        count=len(weeks),
        actor=reader.actor,
    )


def _homes(reader: Visit, asked: DistributionSeen) -> list[VacancySeen]:
    """The municipality's open homes that are large enough, and the one kept already."""
    page = vacancies.vacancies(
        reader.session,
        states=frozenset({VacancyState.OPEN}),
        municipality_id=asked.municipality_id,
        group=asked.group,
        limit=LARGEST_PAGE,
        actor=reader.actor,
    )
    kept = (
        [vacancies.vacancy(reader.session, asked.vacancy_id, actor=reader.actor)]
        if asked.vacancy_id
        else []
    )
    return kept + [home for home in page.items if home.places >= asked.persons_count]


def _address(distribution_id: UUID) -> str:
    return f"/kommune/foresporsler/{distribution_id}"
