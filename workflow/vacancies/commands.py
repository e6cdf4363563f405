"""Reporting homes and capacity, closing a report, and letting old ones expire (R27, R28, R34)."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import String, case, insert, literal, select, type_coerce, update
from sqlalchemy.orm import Session

from workflow.capacity.commands import WRITES_PLACES
from workflow.kernel.actor import SYSTEM, Actor
from workflow.kernel.audit import Change, Kind, record_all, subject
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish, publish_all
from workflow.kernel.weeks import Week
from workflow.vacancies.errors import AvailableInPast, NothingFree, VacancyTaken
from workflow.vacancies.events import VacancyEvent
from workflow.vacancies.models import Vacancy, VacancyFate
from workflow.vacancies.offer import Offer
from workflow.vacancies.queries import visible
from workflow.vacancies.reservations import tell
from workflow.vacancies.states import FOR_GROUPS, Fate, ReasonCode, VacancyKind, VacancyState

#: Persons one report can take.
MOST_PLACES = 1000
MOST_ROOMS = 200
LONGEST_COMMENT = 2000


def report(
    session: Session,
    *,
    municipality_id: int,
    kind: VacancyKind,
    places: int,
    available_from_week: Week,
    available_until_week: Week | None = None,
    rooms: int | None = None,
    group: str | None = None,
    accessible: bool = False,
    quarantine: bool = False,
    comment: str | None = None,
    reason_code: ReasonCode | None = None,
    withdrawn_case_id: UUID | None = None,
    offer: Offer | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """The municipality reports a home or capacity of its own; returns the vacancy's id.

    Args:
        places: persons it can take.
        available_from_week: this week or a later one.
        available_until_week: the last week in which somebody can move in.
        rooms: bedrooms.
        group: whom it is for, a word of FOR_GROUPS; None = any.
        quarantine: a household can keep its quarantine there (R22).
        offer: needed where the place stands free after a withdrawn case: what
            `workflow.redistribution.offers` has found (R27).

    Raises:
        NotAllowed: vacancies are reported by the municipality itself.
        Invalid: not a number of places or rooms, not a group, a last week before the first.
        AvailableInPast.
        NothingFree: said to be free after a withdrawn case, and the offer does not say so.
    """
    _only_its_own(municipality_id, actor)
    _refuse_malformed(places, rooms, group, comment)
    if available_until_week is not None and available_until_week < available_from_week:
        raise Invalid(
            "the last week is before the first",
            pointer="/available_until_week",
            expected=f"{available_from_week} or later",
        )
    this_week = Week.of(local_day(at))
    if available_from_week < this_week:
        raise AvailableInPast(week=str(available_from_week), this_week=str(this_week))
    if reason_code is ReasonCode.WITHDRAWN_CASE or withdrawn_case_id is not None:
        _refuse_without_offer(municipality_id, withdrawn_case_id, offer)
        reason_code = ReasonCode.WITHDRAWN_CASE
    vacancy_id = uuid4()
    session.execute(
        insert(Vacancy),
        {
            "id": vacancy_id,
            "municipality_id": municipality_id,
            "kind": kind,
            "places": places,
            "available_from_week": available_from_week,
            "available_until_week": available_until_week,
            "rooms": rooms,
            "group": group,
            "accessible": accessible,
            "quarantine": quarantine,
            "comment": comment,
            "reason_code": reason_code,
            "withdrawn_case_id": withdrawn_case_id,
            "at": at,
            "actor": actor.name,
        },
    )
    said = {
        "kind": kind,
        "places": places,
        "available_from_week": str(available_from_week),
        "reason_code": reason_code,
    }
    reported = [(vacancy_id, withdrawn_case_id)]
    tell(session, reported, Fate.REGISTERED, actor=actor, at=at, after=said | {"group": group})
    facts = {"vacancy_id": str(vacancy_id)} | said
    publish(session, Event(VacancyEvent.REPORTED, None, municipality_id, facts), at=at)
    return vacancy_id


def close(
    session: Session, vacancy_id: UUID, *, reason: str | None = None, actor: Actor, at: datetime
) -> None:
    """The municipality takes its report back.

    Raises:
        NotFound: no such vacancy, or another municipality's. NotAllowed: IMDi does not close it.
        VacancyTaken: it is not open: kept for a case, used, closed or expired.
    """
    vacancy = session.execute(
        select(Vacancy.municipality_id, Vacancy.state)
        .where(Vacancy.id == vacancy_id, visible(actor))
        .with_for_update(key_share=True)
    ).one_or_none()
    if vacancy is None:
        raise NotFound("vacancy")
    _only_its_own(vacancy.municipality_id, actor)
    if vacancy.state is not VacancyState.OPEN:
        raise VacancyTaken(state=vacancy.state)
    session.execute(
        update(Vacancy)
        .where(Vacancy.id == vacancy_id)
        .values(state=VacancyState.CLOSED, version=Vacancy.version + 1)
        .execution_options(synchronize_session=False)
    )
    tell(session, [(vacancy_id, None)], Fate.CLOSED, actor=actor, at=at, why=reason)
    facts = {"vacancy_id": str(vacancy_id)}
    publish(session, Event(VacancyEvent.CLOSED, None, vacancy.municipality_id, facts), at=at)


def expire_due(session: Session, *, at: datetime, after_weeks: int) -> list[UUID]:
    """Open vacancies expire when their last week is past; says which.

    Where no last week is said, when the first is more than `after_weeks` weeks past.
    """
    this_week = Week.of(local_day(at))
    oldest_kept = Week.of(local_day(at) - timedelta(weeks=after_weeks))
    expired = (
        update(Vacancy)
        .where(
            Vacancy.state == VacancyState.OPEN,
            # Weeks as text sort as time does.
            case(
                (
                    Vacancy.available_until_week.is_(None),
                    type_coerce(Vacancy.available_from_week, String) < str(oldest_kept),
                ),
                else_=type_coerce(Vacancy.available_until_week, String) < str(this_week),
            ),
        )
        .values(state=VacancyState.EXPIRED, version=Vacancy.version + 1)
        .returning(Vacancy.id, Vacancy.municipality_id)
        .cte("expired")
    )
    fate = VacancyFate.__table__.c
    told = (
        insert(VacancyFate)
        .from_select(
            ["vacancy_id", "at", "what", "actor"],
            select(
                expired.c.id,
                literal(at, fate.at.type),
                literal(Fate.EXPIRED, fate.what.type),
                literal(SYSTEM.name),
            ),
        )
        .cte("told")
    )
    rows = session.execute(select(expired).add_cte(told).order_by(expired.c.id)).all()
    record_all(
        session,
        [Change(subject(Kind.VACANCY, row.id)) for row in rows],
        Fate.EXPIRED,
        actor=SYSTEM,
        at=at,
    )
    publish_all(
        session,
        (
            Event(VacancyEvent.EXPIRED, None, row.municipality_id, {"vacancy_id": str(row.id)})
            for row in rows
        ),
        at=at,
    )
    return [row.id for row in rows]


def _only_its_own(municipality_id: int, actor: Actor) -> None:
    if actor.role not in WRITES_PLACES or actor.municipality_id != municipality_id:
        raise NotAllowed("vacancies are the municipality's own", role=actor.role)


def _refuse_malformed(
    places: int, rooms: int | None, group: str | None, comment: str | None
) -> None:
    if not 1 <= places <= MOST_PLACES:
        raise Invalid(f"{places} places", pointer="/places", expected=f"1 to {MOST_PLACES}")
    if rooms is not None and not 1 <= rooms <= MOST_ROOMS:
        raise Invalid(f"{rooms} rooms", pointer="/rooms", expected=f"1 to {MOST_ROOMS}")
    if group is not None and group not in FOR_GROUPS:
        raise Invalid("no such group", pointer="/group", expected=", ".join(FOR_GROUPS))
    if comment is not None and len(comment) > LONGEST_COMMENT:
        raise Invalid(
            "the comment is too long", pointer="/comment", expected=f"{LONGEST_COMMENT} characters"
        )


def _refuse_without_offer(
    municipality_id: int, withdrawn_case_id: UUID | None, offer: Offer | None
) -> None:
    if offer is None or offer.municipality_id != municipality_id:
        raise NothingFree
    if withdrawn_case_id is not None and not offer.is_of(withdrawn_case_id):
        raise NothingFree
