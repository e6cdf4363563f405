"""What one does to a case between registration and arrival, a function for each.

`withdraw`, `lapse` and the booking of travel touch more than the case and live where that is known:
workflow.redistribution and workflow.travel.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workflow.capacity import commands as capacity
from workflow.capacity.states import Pool
from workflow.cases import queries
from workflow.cases.errors import HomeNotProtected
from workflow.cases.events import CaseEvent
from workflow.cases.machine import MUNICIPALITY, Context
from workflow.cases.models import Distribution
from workflow.cases.moves import CaseInHand, allow, for_change, for_question, write, write_question
from workflow.cases.places import NOWHERE, leave_municipality, move_places
from workflow.cases.states import CaseState, DistributionState
from workflow.kernel.actor import SYSTEM, Actor
from workflow.kernel.calendar import answer_due, local_day
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.events import Event
from workflow.kernel.row_security import answers_about
from workflow.kernel.weeks import Week
from workflow.vacancies import reservations


@dataclass(frozen=True, slots=True)
class Question:
    """A case put to a municipality: where, for which year, with which home, and why there."""

    municipality_id: int
    year: int
    vacancy_id: UUID | None = None
    override_reason: str | None = None
    reasons: list[dict[str, Any]] | None = None
    rules_version: int | None = None


def put_to_municipality(
    session: Session, case_id: UUID, trigger: str, question: Question, *, actor: Actor, at: datetime
) -> CaseInHand:
    """Distribute or redistribute a case: the municipality is asked, the places are held (R05, R18).

    Raises:
        NotFound, NotAllowed, WrongState, Paused, WhenUnknown, EntryNotPossible,
            MunicipalityDeclined: see workflow.cases.machine.
        NotRegistered, NoneFree: the municipality's year has no room (R16).
        VacancyTaken, VacancyDoesNotFit: the named home cannot be kept for the case.
    """
    today = local_day(at)
    if question.year < today.year:
        raise Invalid(
            f"{question.year} is past", pointer="/year", expected=f"{today.year} or later"
        )
    case, paused_by, declined_before = for_question(
        session, case_id, question.municipality_id, today=today, actor=actor
    )
    ctx = Context(
        actor,
        today,
        reason=question.override_reason,
        paused_by=paused_by,
        declined_before=declined_before,
    )
    source = allow(case, trigger, ctx)
    if case.pool is Pool.PROTECTED:
        capacity.open_account(
            session,
            municipality_id=question.municipality_id,
            year=question.year,
            pool=case.pool,
        )
    if question.vacancy_id is not None:
        _homes_are_open_to(case)
        reservations.reserve(
            session,
            question.vacancy_id,
            case_id=case.id,
            municipality_id=question.municipality_id,
            group=case.group,
            persons=case.persons_count,
            actor=actor,
            at=at,
        )
    due = answer_due(today)
    kind = CaseEvent.REDISTRIBUTED if trigger == "redistribute" else CaseEvent.DISTRIBUTED
    write_question(
        session,
        case,
        trigger,
        source,
        ctx,
        at=at,
        changes={
            "municipality_id": question.municipality_id,
            "places_year": question.year,
            "vacancy_id": question.vacancy_id,
            "asked_on": today,
            "answer_due": due,
        },
        question={
            "again": trigger == "redistribute",
            "override_reason": question.override_reason,
            "reasons": question.reasons,
            "rules_version": question.rules_version,
        },
        facts={"municipality_id": question.municipality_id, "year": question.year},
        event=Event(kind, case.id, question.municipality_id, {"answer_due": due.isoformat()}),
    )
    return case


def accept(
    session: Session,
    case_id: UUID,
    *,
    settlement_week: Week | None,
    vacancy_id: UUID | None = None,
    quarantine_confirmed: bool | None = None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """The municipality says yes and sets a new week (R19); the places are then of that week's year.

    Raises:
        WeekMissing, WeekPast, WeekAfterPermit, WeekBeforeEntry: see workflow.cases.machine.
        YearFull: the week lies in another year, which has no room.
        VacancyTaken, VacancyDoesNotFit, VacancyNotYet, VacancyNoLonger: the named home cannot be
            theirs, or not in that week.
    """
    case = for_change(session, case_id, actor=actor)
    ctx = Context(actor, local_day(at), week=settlement_week)
    source = allow(case, "accept", ctx)
    assert settlement_week is not None  # noqa: S101  week_is_new has refused None
    changes: dict[str, Any] = {"settlement_week": settlement_week}
    if vacancy_id is not None and vacancy_id != case.vacancy_id:
        _homes_are_open_to(case)
        changes["vacancy_id"] = _change_home(session, case, vacancy_id, actor=actor, at=at)
    if vacancy_id is not None:
        reservations.refuse_outside_its_weeks(session, vacancy_id, settlement_week)
    changes |= move_places(session, case, settlement_week.year, actor=actor, at=at)
    week = str(settlement_week)
    write(
        session,
        case,
        "accept",
        source,
        ctx,
        at=at,
        changes=changes,
        answer={
            "state": DistributionState.ACCEPTED,
            "answered_at": at,
            "settlement_week": settlement_week,
            "quarantine_confirmed": quarantine_confirmed,
            "vacancy_id": changes.get("vacancy_id", case.vacancy_id),
        },
        facts={"settlement_week": week},
        event=Event(CaseEvent.ACCEPTED, case.id, case.municipality_id, {"settlement_week": week}),
    )
    return case


def decline(
    session: Session,
    case_id: UUID,
    *,
    reason_code: str,
    text: str | None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """The municipality says no; the places are free at once."""
    return _say_no(session, case_id, "decline", reason_code, text, actor=actor, at=at)


def retract(
    session: Session,
    case_id: UUID,
    *,
    reason_code: str,
    text: str | None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """The municipality takes back its yes before IMDi's decision."""
    return _say_no(session, case_id, "retract", reason_code, text, actor=actor, at=at)


def _say_no(
    session: Session,
    case_id: UUID,
    trigger: str,
    reason_code: str,
    text: str | None,
    *,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    case = for_change(session, case_id, actor=actor)
    ctx = Context(actor, local_day(at), reason=reason_code)
    source = allow(case, trigger, ctx)
    declined = trigger == "decline"
    municipality_id = case.municipality_id
    leave_municipality(
        session,
        case,
        state=DistributionState.DECLINED if declined else DistributionState.RETRACTED,
        outcome=text,
        reason_code=reason_code,
        actor=actor,
        at=at,
    )
    answers_about(session, case.id)
    write(
        session,
        case,
        trigger,
        source,
        ctx,
        at=at,
        changes=dict(NOWHERE),
        facts={"reason_code": reason_code, "text": text, "municipality_id": municipality_id},
        event=Event(
            CaseEvent.DECLINED if declined else CaseEvent.RETRACTED,
            case.id,
            municipality_id,
            {"reason_code": reason_code},
        ),
    )
    return case


def reopen(session: Session, distribution_id: UUID, *, actor: Actor, at: datetime) -> None:
    """The municipality takes back its no: the case may be put to it again.

    Raises:
        NotAllowed: a no is the municipality's, and taken back by who answers for it.
        NotFound: no such standing no of this municipality.
    """
    if actor.role not in MUNICIPALITY:
        raise NotAllowed("a municipality takes back its own no", role=actor.role)
    own = (
        Distribution.id == distribution_id,
        Distribution.municipality_id == actor.municipality_id,
        queries.still_declined(),
    )
    asked = queries.cases_asked_about(actor)
    case_id = session.scalar(
        select(Distribution.case_id)
        .join(asked, asked.c.id == Distribution.case_id)
        .where(*own, queries.distributions_visible(actor))
    )
    if case_id is None:
        raise NotFound("distribution")
    answers_about(session, case_id)
    case = for_change(session, case_id, actor=SYSTEM)  # no longer the municipality's to see
    taken_back = (
        update(Distribution)
        .where(*own)
        .values(reopened_at=at)
        .execution_options(synchronize_session=False)
    )
    if not rows_changed(session, taken_back):
        raise NotFound("distribution")
    write(
        session,
        case,
        "reopen",
        case.state,
        Context(actor, local_day(at)),
        at=at,
        facts={"municipality_id": actor.municipality_id},
        event=Event(CaseEvent.REOPENED, case.id, actor.municipality_id),
    )


def change_week(
    session: Session,
    case_id: UUID,
    *,
    settlement_week: Week | None,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Another week; once placed or booked IMDi writes it, and UDI is told.

    Raises:
        WeekNeedsConsent, WeekPast, WeekAfterPermit, WeekBeforeEntry, YearFull.
    """
    case = for_change(session, case_id, actor=actor)
    ctx = Context(actor, local_day(at), week=settlement_week, reason=reason)
    source = allow(case, "change_week", ctx)
    assert settlement_week is not None  # noqa: S101  week_is_new has refused None
    changes: dict[str, Any] = {"settlement_week": settlement_week}
    if case.state is not CaseState.TRAVEL_BOOKED:  # a booked arrival decides the year
        changes |= move_places(session, case, settlement_week.year, actor=actor, at=at)
    facts = {"from": str(case.settlement_week), "to": str(settlement_week)}
    write(
        session,
        case,
        "change_week",
        source,
        ctx,
        at=at,
        changes=changes,
        answer={"settlement_week": settlement_week},
        facts=facts,
        event=Event(
            CaseEvent.WEEK_CHANGED, case.id, case.municipality_id, facts | {"state": case.state}
        ),
    )
    return case


def _homes_are_open_to(case: CaseInHand) -> None:
    """A reported home is read by the whole municipality, with the case it is kept for."""
    if not case.is_open:
        raise HomeNotProtected


def _change_home(
    session: Session, case: CaseInHand, vacancy_id: UUID, *, actor: Actor, at: datetime
) -> UUID:
    assert case.municipality_id is not None  # noqa: S101  put to one
    if case.vacancy_id is not None:
        reservations.lock(session, [case.vacancy_id, vacancy_id])
        reservations.release(session, [(case.vacancy_id, case.id)], actor=actor, at=at)
    reservations.reserve(
        session,
        vacancy_id,
        case_id=case.id,
        municipality_id=case.municipality_id,
        group=case.group,
        persons=case.persons_count,
        actor=actor,
        at=at,
    )
    return vacancy_id
