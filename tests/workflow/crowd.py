"""A crowd of clients who do whatever comes to their minds, each command in its own transaction."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import Sessions, transaction
from tests.factories import (
    NOW,
    WEEK,
    a_case,
    a_municipality,
    a_person,
    a_vacancy,
    lead,
    officer,
    places,
    udi,
    writer,
)
from tests.workflow.redistribution.withdrawn import WINDOW
from workflow.cases import commands, deciding, registration, settling
from workflow.cases.commands import Question
from workflow.cases.entry import Entry, record_entry
from workflow.cases.models import Case, Distribution, Person
from workflow.cases.states import CaseState, EntryStatus, Group, JoinReason
from workflow.kernel.errors import DomainError
from workflow.kernel.weeks import Week
from workflow.redistribution import commands as redistribution
from workflow.redistribution import redistribution_runs, withdrawal_runs
from workflow.vacancies.models import Vacancy

EARLIER = NOW - timedelta(days=3)
POSSIBLE = Entry(EntryStatus.POSSIBLE, source="UDI", from_on=date(2020, 4, 15))
NOT_POSSIBLE = Entry(EntryStatus.NOT_POSSIBLE, source="UDI")
#: So that full places and taken homes are met all the time.
TOWNS, PLACES, CASES = 6, 9, 40


@dataclass
class World:
    """What the clients act on, and what came of it."""

    sessions: Sessions
    towns: list[int]
    cases: list[UUID]
    homes: list[UUID]
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


def a_world(sessions: Sessions) -> World:
    """A few towns with few places in two years, and more households than fit."""
    with transaction(sessions) as session:
        towns = [a_municipality(session, decided=PLACES) for _ in range(TOWNS)]
        for town in towns:
            places(session, town, decided=PLACES // 2, year=2021)
        homes = [a_vacancy(session, town) for town in towns for _ in range(2)]
        cases = [
            a_case(
                session,
                group=Group.PRIVATE if number % 4 == 0 else Group.RESETTLEMENT,
                persons=1 + number % 4,
                entry=POSSIBLE,
                at=EARLIER,
            )
            for number in range(CASES)
        ]
    return World(sessions, towns, cases, homes)


def let_loose(world: World, *, clients: int, commands_each: int, seed: int) -> None:
    """All clients at once; an error that is no refusal stops the test."""

    def one(number: int) -> None:
        draw = random.Random(seed * 1000 + number)
        for _ in range(commands_each):
            _try_one(world, draw)

    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(one, range(clients)))


def _try_one(world: World, draw: random.Random) -> None:
    name, work = draw.choice(WHOLE) if draw.random() < 0.1 else _fitting(world, draw)
    try:
        work(world, draw)
    except DomainError as refusal:
        world.refused[refusal.code] += 1
    else:
        world.done[name] += 1


Work = Callable[[World, random.Random], Any]


def _fitting(world: World, draw: random.Random) -> tuple[str, Work]:
    """Something that suits the state a case is read in; it may move before it is done."""
    case_id = draw.choice(world.cases)
    with world.sessions() as session:
        case = session.get_one(Case, case_id)
    name = draw.choice(FITTING.get(case.state, ("join",)) if draw.random() < 0.9 else (*ON_CASE,))
    return name, lambda world, draw: _committed(
        world, lambda session: ON_CASE[name](session, case, world, draw)
    )


def _committed(world: World, work: Callable[[Session], Any]) -> Any:
    with transaction(world.sessions) as session:
        return work(session)


def _put(session: Session, case: Case, world: World, draw: random.Random) -> None:
    town = draw.choice(world.towns)
    home = draw.choice([None, None, *_homes_of(session, world, town)])
    commands.put_to_municipality(
        session,
        case.id,
        "redistribute" if case.was_withdrawn else "distribute",
        Question(town, 2020, home),
        actor=officer(),
        at=EARLIER,
    )


def _accept(session: Session, case: Case, world: World, draw: random.Random) -> None:
    town = case.municipality_id or draw.choice(world.towns)
    commands.accept(
        session,
        case.id,
        settlement_week=draw.choice([WEEK, WEEK, Week(2021, 2)]),
        vacancy_id=draw.choice([None, None, *_homes_of(session, world, town)]),
        actor=writer(town),
        at=NOW,
    )


def _no(session: Session, case: Case, world: World, draw: random.Random) -> None:
    town = case.municipality_id or draw.choice(world.towns)
    say = commands.retract if case.state is CaseState.ACCEPTED else commands.decline
    say(session, case.id, reason_code="no_housing", text=None, actor=writer(town), at=NOW)


def _reopen(session: Session, case: Case, world: World, draw: random.Random) -> None:
    said = session.scalars(select(Distribution).where(Distribution.case_id == case.id)).all()
    for question in said:
        if question.reason_code and question.reopened_at is None:
            who = writer(question.municipality_id)
            commands.reopen(session, question.id, actor=who, at=NOW)
            return


def _change_week(session: Session, case: Case, world: World, draw: random.Random) -> None:
    week = draw.choice([WEEK, Week(2020, 30), Week(2021, 2)])
    commands.change_week(
        session, case.id, settlement_week=week, reason="Avtalt", actor=officer(), at=NOW
    )


def _decide(session: Session, case: Case, world: World, draw: random.Random) -> None:
    some = [case.id, *draw.sample(world.cases, 3)]
    for _, outcome in deciding.decide_many(session, some, actor=officer(), at=NOW):
        if isinstance(outcome, DomainError):
            world.refused[outcome.code] += 1


def _withdraw(session: Session, case: Case, world: World, draw: random.Random) -> None:
    redistribution.withdraw(
        session,
        case.id,
        reason="Stans",
        legal_ground="conditions_failed",
        actor=officer(),
        at=NOW,
    )


def _settle(session: Session, case: Case, world: World, draw: random.Random) -> None:
    town = case.municipality_id or draw.choice(world.towns)
    people = session.scalars(select(Person.id).where(Person.case_id == case.id)).all()
    some = dict.fromkeys(draw.sample(list(people), 1), NOW.date())
    everybody = {"settled_on": NOW.date()}
    settling.settle(
        session,
        case.id,
        **draw.choice([everybody, {"persons": some}]),
        actor=writer(town),
        at=NOW,
    )


def _entry(session: Session, case: Case, world: World, draw: random.Random) -> None:
    entry = draw.choice([POSSIBLE, POSSIBLE, NOT_POSSIBLE])
    record_entry(session, case.id, entry, person_ids=None, actor=udi(), at=NOW)


def _join(session: Session, case: Case, world: World, draw: random.Random) -> None:
    registration.join(
        session, case.id, a_person(), reason=JoinReason.LATER_MEMBER, actor=officer(), at=NOW
    )


def _leave(session: Session, case: Case, world: World, draw: random.Random) -> None:
    people = session.scalars(select(Person.id).where(Person.case_id == case.id)).all()
    registration.leave(session, draw.choice(people), reason="Egen sak", actor=officer(), at=NOW)


def _homes_of(session: Session, world: World, town: int) -> list[UUID]:
    own = select(Vacancy.id).where(Vacancy.municipality_id == town, Vacancy.id.in_(world.homes))
    return list(session.scalars(own))


def _run(runs: Any, **given: Any) -> Work:
    """Preview, confirm, perhaps undo: three transactions, and others between them."""

    def work(world: World, draw: random.Random) -> None:
        made = _committed(
            world, lambda session: runs.preview(session, **given, actor=lead(), at=NOW)
        )
        who = {"actor": lead(), "at": NOW}
        _committed(
            world,
            lambda session: runs.confirm(session, made.id, made.token, **who, undo_window=WINDOW),
        )
        if draw.random() < 0.5:
            _committed(world, lambda session: runs.undo(session, made.id, **who))

    return work


ON_CASE: dict[str, Callable[[Session, Case, World, random.Random], None]] = {
    "put": _put,
    "accept": _accept,
    "no": _no,
    "reopen": _reopen,
    "change_week": _change_week,
    "decide": _decide,
    "withdraw": _withdraw,
    "settle": _settle,
    "entry": _entry,
    "join": _join,
    "leave": _leave,
}
FITTING: dict[CaseState, tuple[str, ...]] = {
    CaseState.REGISTERED: ("put", "put", "put", "leave"),
    CaseState.DECLINED: ("put", "put", "reopen"),
    CaseState.WITHDRAWN: ("put", "put", "entry"),
    CaseState.DISTRIBUTED: ("accept", "accept", "no", "withdraw", "join"),
    CaseState.REDISTRIBUTED: ("accept", "accept", "no", "withdraw"),
    CaseState.ACCEPTED: ("decide", "no", "change_week", "join", "leave"),
    CaseState.PLACED: ("settle", "withdraw", "change_week", "leave"),
}
WHOLE: tuple[tuple[str, Work], ...] = (
    (
        "withdrawal run",
        _run(
            withdrawal_runs,
            before=NOW.date(),
            reason="Stans",
            legal_ground="conditions_failed",
        ),
    ),
    ("redistribution run", _run(redistribution_runs, case_ids=None)),
)
