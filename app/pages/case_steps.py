"""The steps IMDi takes with one case, each a form of its own that says what will happen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.one_thread import InOneThread
from app.pages import settlement_weeks
from app.pages.approvals import put_before_another
from app.pages.visit import Reader, Visit
from workflow.approvals.errors import SecondPersonNeeded
from workflow.cases import coming, commands, deciding, details, registration, settling
from workflow.cases.details import CaseSeen
from workflow.cases.entry import REGISTERS, Entry, record_entry
from workflow.cases.registration import NewPerson
from workflow.cases.states import DECIDED, EntryStatus, JoinReason, LegalGround, Sex
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotFound
from workflow.kernel.weeks import Week
from workflow.redistribution import commands as redistribution

router = APIRouter(route_class=InOneThread)

IMDI: Final = (Role.CASE_OFFICER, Role.LEAD)
#: Weeks of a municipality that stand beside a new one.
WEEKS_SHOWN: Final = 26
WITH_UDI: Final = (*IMDI, Role.TRAVEL_OFFICER)
#: Makes the change in the session; reads what it needs from the form.
Take = Callable[[Visit, Session, CaseSeen], object]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its place in the address, the trigger it takes, and who takes it."""

    path: str
    trigger: str
    take: Take
    roles: tuple[Role, ...] = IMDI


def _decide(reader: Visit, session: Session, case: CaseSeen) -> object:
    return deciding.decide(session, case.id, actor=reader.actor, at=reader.at)


def _withdraw(reader: Visit, session: Session, case: CaseSeen) -> object:
    return redistribution.withdraw(
        session,
        case.id,
        reason=reader.form.text("reason"),
        legal_ground=reader.form.choice("legal_ground", LegalGround),
        actor=reader.actor,
        at=reader.at,
    )


def _lapse(reader: Visit, session: Session, case: CaseSeen) -> object:
    return redistribution.lapse(
        session, case.id, reason=reader.form.text("reason"), actor=reader.actor, at=reader.at
    )


def _change_week(reader: Visit, session: Session, case: CaseSeen) -> object:
    return commands.change_week(
        session,
        case.id,
        settlement_week=reader.form.week("settlement_week", today=reader.today, required=True),
        reason=reader.form.text("reason"),
        actor=reader.actor,
        at=reader.at,
    )


def _settle(reader: Visit, session: Session, case: CaseSeen) -> object:
    dates = _dates(reader, [person.id for person in case.persons if person.settled_on is None])
    return settling.settle(
        session,
        case.id,
        persons=dates,
        reason=reader.form.text("reason"),
        actor=reader.actor,
        at=reader.at,
    )


def _correct(reader: Visit, session: Session, case: CaseSeen) -> object:
    was = {person.id: person.settled_on for person in case.persons if person.settled_on}
    dates = {person: day for person, day in _dates(reader, list(was)).items() if day != was[person]}
    return settling.correct_settlement(
        session,
        case.id,
        persons=dates,
        reason=reader.form.text("reason"),
        actor=reader.actor,
        at=reader.at,
    )


def _dates(reader: Visit, persons: list[UUID]) -> dict[UUID, date]:
    """A date for each person: the household's, unless the person has one of their own."""
    common = reader.form.day("settled_on")
    dates = {}
    for person in persons:
        own = reader.form.day(f"settled_on-{person}", label_of="settled_on")
        if (day := own or common) is not None:
            dates[person] = day
    return dates


def _entry(reader: Visit, session: Session, case: CaseSeen) -> object:
    form = reader.form
    status = form.choice("status", EntryStatus, required=True)
    source = form.text("source", required=True)
    from_on, expires = form.day("from_on"), form.day("permit_expires_on")
    if status is EntryStatus.POSSIBLE_FROM and from_on is None:
        form.fault("from_on", "missing")
    everybody = [person.id for person in case.persons]
    persons = form.ids("person_ids") if len(everybody) > 1 else everybody
    if not persons:
        form.fault("person_ids", "nobody_chosen")
    if form.errors or status is None or source is None:
        return None
    known = Entry(status, source=source, from_on=from_on, permit_expires_on=expires)
    return record_entry(
        session, case.id, known, person_ids=persons, actor=reader.actor, at=reader.at
    )


def _join(reader: Visit, session: Session, case: CaseSeen) -> object:
    form = reader.form
    birth_year = form.number("birth_year", required=True)
    sex = form.choice("sex", Sex, required=True)
    nationality = form.text("nationality", required=True)
    reason = form.choice("join_reason", JoinReason, required=True)
    if form.errors or birth_year is None or sex is None or not nationality or reason is None:
        return None
    person = NewPerson(
        birth_year=birth_year,
        sex=sex,
        nationality=nationality.upper(),
        name=form.text("name"),
        duf_number=form.text("duf_number"),
        relation=form.text("relation"),
    )
    return registration.join(
        session, case.id, person, reason=reason, actor=reader.actor, at=reader.at
    )


STEPS: Final = (
    Step("vedtak", "decide", _decide),
    Step("trekk", "withdraw", _withdraw),
    Step("bortfall", "lapse", _lapse, WITH_UDI),
    Step("uke", "change_week", _change_week),
    Step("bosatt", "settle", _settle),
    Step("rett-dato", "correct_settlement", _correct),
    Step("innreise", "entry", _entry, WITH_UDI),
    Step("personer", "join", _join, tuple(REGISTERS - {Role.SYSTEM})),
)


def _add(step: Step) -> None:
    """The page of a step and what its form does."""

    @router.get(f"/saker/{{case_id}}/{step.path}", name=f"show {step.trigger}")
    def show(reader: Reader, case_id: UUID) -> Response:
        return _page(reader, step, case_id)

    @router.post(f"/saker/{{case_id}}/{step.path}", name=step.trigger)
    def take(reader: Reader, case_id: UUID) -> Response:
        actor = reader.only(*step.roles)
        if reader.form.ticked("check"):
            week = reader.form.week("settlement_week", today=reader.today, required=True)
            return _page(
                reader, step, case_id, status_code=200 if week else reader.again(), checked=week
            )
        case = details.case(reader.session, case_id, today=reader.today, actor=actor)
        try:
            with reader.change() as session:
                reader.is_as_read(session, case_id)
                step.take(reader, session, case)
        except SecondPersonNeeded as needed:
            return put_before_another(reader, needed)
        except DomainError as refusal:
            return _page(reader, step, case_id, status_code=reader.again(refusal))
        return reader.done(f"/saker/{case_id}", step.trigger)


for _step in STEPS:
    _add(_step)


@router.get("/saker/{case_id}/personer/{person_id}/ut")
def leave_page(reader: Reader, case_id: UUID, person_id: UUID) -> Response:
    return _leave_page(reader, case_id, person_id)


@router.post("/saker/{case_id}/personer/{person_id}/ut")
def leave(reader: Reader, case_id: UUID, person_id: UUID) -> Response:
    """A person leaves the case, with a reason."""
    actor = reader.only(*WITH_UDI)
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            registration.leave(
                session, person_id, reason=reader.form.text("reason"), actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _leave_page(reader, case_id, person_id, status_code=reader.again(refusal))
    return reader.done(f"/saker/{case_id}", "leave")


def _leave_page(
    reader: Visit, case_id: UUID, person_id: UUID, *, status_code: int = 200
) -> Response:
    reader.only(*WITH_UDI)
    case = reader.opened(case_id)
    person = next((one for one in case.persons if one.id == person_id), None)
    if person is None:
        raise NotFound("person")
    return reader.page(
        "cases/leave.html",
        status_code=status_code,
        case=case,
        person=person,
        place=case.persons.index(person) + 1,
    )


def _rooms(reader: Visit, case: CaseSeen) -> list[coming.WeekRoom]:
    """What the municipality has said of the weeks to come, and who is to come in them."""
    if case.municipality_id is None:
        return []
    since = Week.of(reader.today)
    return coming.room(
        reader.session, case.municipality_id, since=since, count=WEEKS_SHOWN, actor=reader.actor
    )


def _page(
    reader: Visit,
    step: Step,
    case_id: UUID,
    *,
    status_code: int = 200,
    checked: Week | None = None,
) -> Response:
    reader.only(*step.roles)
    case = reader.opened(case_id)
    choice = case.choice(step.trigger)
    context: dict[str, Any] = {
        "case": case,
        "step": step,
        "refusal": choice.refusal if choice else None,
        "decided": case.state in DECIDED,
        "grounds": tuple(LegalGround),
        "statuses": tuple(EntryStatus),
        "sexes": tuple(Sex),
        "join_reasons": tuple(JoinReason),
    }
    if step.trigger == "change_week":
        context |= {
            "weeks": settlement_weeks.to_choose(case, reader.today),
            "checked": checked,
            "rooms": _rooms(reader, case),
        }
    return reader.page(f"cases/steps/{step.trigger}.html", status_code=status_code, **context)
