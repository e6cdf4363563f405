"""Settlement dates: one per person, one form for the household.

Each date moves that person from held to settled, in the year of the date.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause
from workflow.cases.errors import (
    NotArrived,
    PersonAlready,
    PersonNotHere,
    SettledBeforeArrival,
    SettledInFuture,
    SettledTooEarly,
)
from workflow.cases.events import CaseEvent
from workflow.cases.machine import IMDI, MUNICIPALITY, Context, refusal_of_trigger
from workflow.cases.models import Distribution, Person
from workflow.cases.moves import CaseInHand, allow, for_change, write
from workflow.cases.states import CaseState, DistributionState, Group
from workflow.kernel.actor import SYSTEM, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed, ReasonMissing
from workflow.kernel.events import Event
from workflow.vacancies import reservations


def settle(
    session: Session,
    case_id: UUID,
    *,
    settled_on: date | None = None,
    persons: Mapping[UUID, date] | None = None,
    reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Write settlement dates: one for all who are there, or a date per person.

    The case is settled when every person has a date; until then it stays where it is. A date is a
    fact and counts in its own year, whatever that year's ceiling says.

    Raises:
        SettledTooEarly: before the placed date. SettledInFuture: it has not come yet.
        NotArrived: a resettlement case, or a person of it, has not arrived.
        PersonAlready: has a date already; `correct_settlement` corrects it.
        PersonNotHere: not a person of the case.
    """
    case = for_change(session, case_id, actor=actor)
    ctx = Context(actor, local_day(at), reason=reason)
    _may_settle(case, ctx)
    present = _present(session, case.id)
    dates = _dates_for(case, present, settled_on, persons)
    if not dates:
        raise PersonAlready
    _may_be_settled_on(case, present, dates, ctx.today)
    all_settled = case.settled_count + len(dates) == case.persons_count
    source = allow(case, "settle" if all_settled else "settle_some", ctx)
    changes: dict[str, Any] = {"settled_count": case.settled_count + len(dates)}
    if all_settled:
        _close_as_settled(session, case, actor=actor, at=at)
    _count_as_settled(session, case, dates, cause=Cause(actor, at, case_id=case.id, reason=reason))
    kind = CaseEvent.SETTLED if all_settled else CaseEvent.SETTLED_SOME
    write(
        session,
        case,
        "settle",
        source,
        ctx,
        at=at,
        changes=changes,
        facts={"dates": {str(person): day.isoformat() for person, day in dates.items()}},
        event=Event(kind, case.id, case.municipality_id, {"persons": len(dates)}),
    )
    return case


def correct_settlement(
    session: Session,
    case_id: UUID,
    *,
    settled_on: date | None = None,
    persons: Mapping[UUID, date] | None = None,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """A wrong settlement date is corrected, with a reason, and both stay in the history.

    Raises:
        ReasonMissing; PersonNotHere: has no date to correct; SettledTooEarly, SettledInFuture.
    """
    case = for_change(session, case_id, actor=actor)
    if actor.role not in MUNICIPALITY | IMDI:
        raise NotAllowed("settlement dates are the municipality's and IMDi's", role=actor.role)
    if not reason:
        raise ReasonMissing
    today = local_day(at)
    present = _present(session, case.id)
    have = {row.id: row for row in present if row.settled_on is not None}
    dates = _corrections(have, settled_on, persons)
    _may_be_settled_on(case, present, dates, today)
    _count_anew(session, case, have, dates, cause=Cause(actor, at, case_id=case.id, reason=reason))
    corrected = {
        str(person_id): {"from": have[person_id].settled_on.isoformat(), "to": day.isoformat()}
        for person_id, day in dates.items()
    }
    write(
        session,
        case,
        "correct_settlement",
        case.state,
        Context(actor, today, reason=reason),
        at=at,
        facts={"dates": corrected},
        event=Event(
            CaseEvent.SETTLEMENT_CORRECTED,
            case.id,
            case.municipality_id,
            {"persons": len(corrected)},
        ),
    )
    return case


def settle_if_all_are(session: Session, case: CaseInHand, *, at: datetime) -> None:
    """Somebody left, and all who remain have a date: the case is settled."""
    if case.settled_count and case.settled_count == case.persons_count:
        ctx = Context(SYSTEM, local_day(at))
        source = allow(case, "settle", ctx)
        _close_as_settled(session, case, actor=SYSTEM, at=at)
        write(
            session,
            case,
            "settle",
            source,
            ctx,
            at=at,
            event=Event(CaseEvent.SETTLED, case.id, case.municipality_id, {"persons": 0}),
        )


def _present(session: Session, case_id: UUID) -> Sequence[Any]:
    return session.execute(
        select(Person.id, Person.settled_on, Person.settled_account_id, Person.arrived_at)
        .where(Person.case_id == case_id, Person.left_on.is_(None))
        .order_by(Person.position)
    ).all()


def _may_settle(case: CaseInHand, ctx: Context) -> None:
    """Who and in which state, before anything is said of the persons."""
    if ctx.actor.role not in MUNICIPALITY | IMDI:
        raise NotAllowed("dates are the municipality's and IMDi's", role=ctx.actor.role)
    if case.state is CaseState.SETTLED:
        raise PersonAlready
    if case.state is CaseState.TRAVEL_BOOKED:
        raise NotArrived
    if refusal := refusal_of_trigger(case, "settle", ctx):
        raise refusal


def _dates_for(
    case: CaseInHand,
    present: Sequence[Any],
    settled_on: date | None,
    persons: Mapping[UUID, date] | None,
) -> dict[UUID, date]:
    """Whom the form means: all who are there and have no date, or just those named."""
    by_id = {row.id: row for row in present}
    must_arrive = case.group is Group.RESETTLEMENT
    if persons is None:
        if settled_on is None:
            raise Invalid("settled_on or persons is required", pointer="/settled_on")
        waiting = [row for row in present if row.settled_on is None]
        there = [row.id for row in waiting if row.arrived_at is not None or not must_arrive]
        if waiting and not there:
            raise NotArrived
        return dict.fromkeys(there, settled_on)
    if not persons:
        raise Invalid("nobody is named", pointer="/persons", expected="at least one person")
    if strangers := persons.keys() - by_id.keys():
        raise PersonNotHere(person_ids=sorted(str(person) for person in strangers))
    for person_id in persons:
        if by_id[person_id].settled_on is not None:
            raise PersonAlready(person_id=str(person_id))
        if must_arrive and by_id[person_id].arrived_at is None:
            raise NotArrived
    return dict(persons)


def _corrections(
    have: Mapping[UUID, Any], settled_on: date | None, persons: Mapping[UUID, date] | None
) -> dict[UUID, date]:
    """The right date of each person who is meant; `have` are those with a date."""
    if persons is None:
        if settled_on is None:
            raise Invalid("settled_on or persons is required", pointer="/settled_on")
        if not have:
            raise PersonNotHere(person_ids=[])
        return dict.fromkeys(have, settled_on)
    if not persons:
        raise Invalid("nobody is named", pointer="/persons", expected="at least one person")
    if missing := persons.keys() - have.keys():
        raise PersonNotHere(person_ids=sorted(str(person) for person in missing))
    return dict(persons)


def _may_be_settled_on(
    case: CaseInHand, present: Sequence[Any], dates: Mapping[UUID, date], today: date
) -> None:
    """A fact, so not in the future; nobody lives there before the decision, or before arriving."""
    arrived = {row.id: local_day(row.arrived_at) for row in present if row.arrived_at is not None}
    for person_id, day in dates.items():
        if day > today:
            raise SettledInFuture(settled_on=day, today=today)
        if case.placed_on is not None and day < case.placed_on:
            raise SettledTooEarly(settled_on=day, placed_on=case.placed_on)
        if day < (arrived_on := arrived.get(person_id, day)):
            raise SettledBeforeArrival(settled_on=day, arrived_on=arrived_on)


def _count_as_settled(
    session: Session, case: CaseInHand, dates: Mapping[UUID, date], *, cause: Cause
) -> None:
    assert case.account_id is not None  # noqa: S101  placed or arrived
    account_of = _accounts_of_years(session, case, dates)
    capacity.lock(session, case.account_id, *account_of.values())
    for year, persons in sorted(Counter(day.year for day in dates.values()).items()):
        capacity.settle(
            session,
            held_by=case.account_id,
            counted_by=account_of[year],
            persons=persons,
            cause=cause,
        )
    _set_date(session, [(person_id, day, account_of[day.year]) for person_id, day in dates.items()])


def _count_anew(
    session: Session,
    case: CaseInHand,
    have: Mapping[UUID, Any],
    dates: Mapping[UUID, date],
    *,
    cause: Cause,
) -> None:
    account_of = _accounts_of_years(session, case, dates)
    was = {person_id: have[person_id].settled_account_id for person_id in dates}
    capacity.lock(session, *was.values(), *account_of.values())
    for person_id, day in dates.items():
        now = account_of[day.year]
        capacity.recount_settled(session, was=was[person_id], now=now, persons=1, cause=cause)
    _set_date(session, [(person_id, day, account_of[day.year]) for person_id, day in dates.items()])


def _accounts_of_years(
    session: Session, case: CaseInHand, dates: Mapping[UUID, date]
) -> dict[int, int]:
    """All of them are opened, in order, before the first is locked."""
    years = sorted({day.year for day in dates.values()})
    return {year: _account_of_year(session, case, year) for year in years}


def _account_of_year(session: Session, case: CaseInHand, year: int) -> int:
    """A fact opens the year's account if nobody has yet."""
    assert case.municipality_id is not None  # noqa: S101  placed
    if year == case.places_year and case.account_id is not None:
        return case.account_id
    return capacity.open_account(
        session, municipality_id=case.municipality_id, year=year, pool=case.pool
    )


def _set_date(session: Session, rows: Sequence[tuple[UUID, date, int]]) -> None:
    session.connection().execute(
        update(Person.__table__)  # type: ignore[arg-type]  # a Table at run time
        .where(Person.id == bindparam("in_person"))
        .values(settled_on=bindparam("in_day"), settled_account_id=bindparam("in_account")),
        [
            {"in_person": person_id, "in_day": day, "in_account": account}
            for person_id, day, account in rows
        ],
    )


def _close_as_settled(session: Session, case: CaseInHand, *, actor: Actor, at: datetime) -> None:
    if case.vacancy_id is not None:
        reservations.use(session, case.vacancy_id, case_id=case.id, actor=actor, at=at)
    session.execute(
        update(Distribution)
        .where(Distribution.case_id == case.id, Distribution.closed_at.is_(None))
        .values(state=DistributionState.SETTLED, closed_at=at)
        .execution_options(synchronize_session=False)
    )
