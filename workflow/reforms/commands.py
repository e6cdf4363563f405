"""Mergers and splits: identities end and begin, and what is open goes on with the successor.

Locks: the municipalities first, then cases, homes and accounts, each in the order of their ids, as
all commands do. What is closed keeps the municipality it was closed in, and is still found under
its number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Update, select, update
from sqlalchemy.orm import Session

from workflow.capacity.commands import Cause
from workflow.cases.moves import CaseInHand, for_change
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotAllowed
from workflow.kernel.events import Event
from workflow.kernel.outbox import OutboxMessage, publish
from workflow.redistribution.models import Run
from workflow.reforms import parties
from workflow.reforms.errors import (
    NobodyToMerge,
    NotASuccessor,
    NotLeftBehind,
    ReformAhead,
    SuccessorIsPredecessor,
    TooFewSuccessors,
)
from workflow.reforms.events import ReformEvent
from workflow.reforms.following import follow
from workflow.reforms.parties import NewMunicipality
from workflow.reforms.passing_on import hold_still, pass_on_all, pass_on_one
from workflow.reforms.places import Books
from workflow.reforms.queries import split_of
from workflow.reforms.states import ReformKind
from workflow.vacancies import reservations
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import Fate, VacancyState


@dataclass(frozen=True, slots=True)
class Reformed:
    """What a reform did."""

    reform_id: int
    predecessors: tuple[int, ...]
    successors: tuple[int, ...]
    #: Cases that stand in another municipality now, or whose former one is another; persons of them
    #: whose held places moved.
    cases: int = 0
    persons: int = 0


def merge(
    session: Session,
    *,
    predecessors: Sequence[int],
    successor: NewMunicipality | int,
    on: date,
    actor: Actor,
    at: datetime,
) -> Reformed:
    """One or more municipalities end on a day, and another is their successor from that day on.

    Their cases, open questions, homes and bookings, their places from that year on and what is
    still on its way to them go to the successor. Places still held in an earlier year are held in
    the successor's first: nobody can be settled in the old one any more.

    Args:
        on: first day of the successor; not in the future.

    Raises:
        NotAllowed: only IMDi's lead does. NotFound: a predecessor, or the successor, is not there.
        NobodyToMerge, Invalid, NumberTaken: what is said of them cannot be.
        ReformAhead, ReformTooEarly, MunicipalityEnded, SuccessorIsPredecessor.
    """
    _only_the_lead(actor)
    _must_have_come(on, at)
    if not predecessors or len(set(predecessors)) < len(predecessors):
        raise NobodyToMerge
    (successor_id,) = _turn_over(session, predecessors, [successor], on)
    parties.point_to(session, predecessors, successor_id)
    _pass_on_free_places(session, predecessors, successor_id, on.year)
    books = Books(session, Cause(actor, at, reason=ReformKind.MERGER), on.year)
    cases = hold_still(session, predecessors, successor_id, books)
    told = {one: books.told(one) for one in predecessors}
    moved = pass_on_all(session, books, cases, predecessors, successor_id)
    books.close()
    follow(session, moved, trigger="merge", event=ReformEvent.CASE_FOLLOWED, actor=actor, at=at)
    _pass_on_homes_and_notices(session, predecessors, successor_id)
    reform_id = parties.record(
        session,
        ReformKind.MERGER,
        on,
        predecessors=told,
        successors=[successor_id],
        actor=actor,
        at=at,
    )
    publish(
        session,
        Event(
            ReformEvent.MERGED,
            municipality_id=successor_id,
            facts={
                "reform_id": reform_id,
                "predecessors": sorted(predecessors),
                "on": on.isoformat(),
            },
        ),
        at=at,
    )
    return Reformed(
        reform_id,
        tuple(predecessors),
        (successor_id,),
        cases=len(moved),
        persons=sum(one.case.held_persons for one in moved if one.changes_municipality),
    )


def split(
    session: Session,
    *,
    municipality_id: int,
    successors: Sequence[NewMunicipality | int],
    on: date,
    actor: Actor,
    at: datetime,
) -> Reformed:
    """A municipality ends on a day, and several come after it.

    Nothing says which of them a case belongs to: its open cases stay where they are and go on, as
    `queries.left_behind` lists them, until IMDi moves each (`move_case_to`). Reported homes are
    closed and told so: the successors report theirs.

    Raises:
        As `merge`; TooFewSuccessors.
    """
    _only_the_lead(actor)
    _must_have_come(on, at)
    existing = [one for one in successors if isinstance(one, int)]
    if len(successors) < 2 or len(set(existing)) < len(existing):
        raise TooFewSuccessors
    successor_ids = _turn_over(session, [municipality_id], successors, on)
    _close_homes(session, municipality_id, actor=actor, at=at)
    books = Books(session, Cause(actor, at), on.year)
    books.lock([municipality_id])
    reform_id = parties.record(
        session,
        ReformKind.SPLIT,
        on,
        predecessors={municipality_id: books.told(municipality_id)},
        successors=successor_ids,
        actor=actor,
        at=at,
    )
    facts = {"reform_id": reform_id, "successors": sorted(successor_ids), "on": on.isoformat()}
    event = Event(ReformEvent.SPLIT, municipality_id=municipality_id, facts=facts)
    publish(session, event, at=at)
    return Reformed(reform_id, (municipality_id,), tuple(successor_ids))


def move_case_to(
    session: Session, case_id: UUID, municipality_id: int, *, actor: Actor, at: datetime
) -> CaseInHand:
    """IMDi says which successor a case of a split municipality goes on in; its places go with it.

    Raises:
        NotAllowed: it is IMDi's to say. NotFound. NotLeftBehind: its municipality was not split.
        NotASuccessor: the municipality is none of those it was split into.
    """
    if actor.role not in DIRECTORATE:
        raise NotAllowed("only IMDi moves cases after a split", role=actor.role)
    successor = parties.locked(session, [municipality_id])[municipality_id]
    case = for_change(session, case_id, actor=actor)
    was = case.municipality_id or case.former_municipality_id
    found = split_of(session, was) if was is not None else None
    if was is None or found is None:
        raise NotLeftBehind
    if municipality_id not in found.successors:
        raise NotASuccessor(municipality=successor.official_name)
    books = Books(session, Cause(actor, at, reason=ReformKind.SPLIT), found.on.year)
    reservations.lock(session, [case.vacancy_id] if case.vacancy_id else [])
    moved = pass_on_one(session, books, case, was, municipality_id)
    books.close()
    follow(session, [moved], trigger="move", event=ReformEvent.CASE_MOVED, actor=actor, at=at)
    return case


def _only_the_lead(actor: Actor) -> None:
    if actor.role is not Role.LEAD:
        raise NotAllowed("only IMDi's lead records reforms", role=actor.role)


def _must_have_come(on: date, at: datetime) -> None:
    if on > local_day(at):
        raise ReformAhead(on=on, today=local_day(at))


def _turn_over(
    session: Session,
    predecessors: Sequence[int],
    successors: Sequence[NewMunicipality | int],
    on: date,
) -> list[int]:
    """The predecessors end and the successors, existing or new, are there; returns their ids."""
    going_on = [one for one in successors if isinstance(one, int)]
    found = parties.locked(session, {*predecessors, *going_on})
    for one in going_on:
        if one in predecessors:
            raise SuccessorIsPredecessor(municipality=found[one].official_name)
        parties.must_exist(found[one], on, before=False)
    ending: list[Row[Any]] = [found[one] for one in predecessors]
    for municipality in ending:
        parties.must_exist(municipality, on, before=True)
    for place, new in enumerate(successors):
        if isinstance(new, NewMunicipality):
            new.check("/successor" if len(successors) == 1 else f"/successors/{place}")
    parties.end(session, predecessors, on)
    return [
        one if isinstance(one, int) else parties.establish(session, one, ending, on)
        for one in successors
    ]


def _pass_on_free_places(
    session: Session, predecessors: Sequence[int], successor_id: int, first_year: int
) -> None:
    """What was free after a withdrawal is the successor's to use, and its use is counted (R02)."""
    runs = session.execute(
        select(Run.id, Run.free_after)
        .where(Run.free_after.is_not(None), Run.parameters["year"].as_integer() >= first_year)
        .order_by(Run.id)
        .with_for_update()
    ).all()
    for run_id, found in runs:
        free_after: dict[str, int] = dict(found or {})
        theirs = sum(free_after.pop(str(one), 0) for one in predecessors)
        if theirs:
            free_after[str(successor_id)] = free_after.get(str(successor_id), 0) + theirs
            _write(session, update(Run).where(Run.id == run_id).values(free_after=free_after))


def _pass_on_homes_and_notices(
    session: Session, predecessors: Sequence[int], successor_id: int
) -> None:
    """Homes that can still be used, and what is still on its way to the municipalities."""
    _write(
        session,
        update(Vacancy)
        .where(
            Vacancy.municipality_id.in_(predecessors),
            Vacancy.state.in_([VacancyState.OPEN, VacancyState.RESERVED]),
        )
        .values(municipality_id=successor_id, version=Vacancy.version + 1),
    )
    _write(
        session,
        update(OutboxMessage)
        .where(
            OutboxMessage.municipality_id.in_(predecessors),
            OutboxMessage.taken_at.is_(None),
            OutboxMessage.recalled_at.is_(None),
        )
        .values(municipality_id=successor_id),
    )


def _close_homes(session: Session, municipality_id: int, *, actor: Actor, at: datetime) -> None:
    closed = session.scalars(
        update(Vacancy)
        .where(Vacancy.municipality_id == municipality_id, Vacancy.state == VacancyState.OPEN)
        .values(state=VacancyState.CLOSED, version=Vacancy.version + 1)
        .returning(Vacancy.id)
        .execution_options(synchronize_session=False)
    ).all()
    reservations.tell(
        session,
        [(vacancy_id, None) for vacancy_id in closed],
        Fate.CLOSED,
        actor=actor,
        at=at,
        why=ReformKind.SPLIT,
    )


def _write(session: Session, change: Update) -> None:
    session.execute(change.execution_options(synchronize_session=False))
