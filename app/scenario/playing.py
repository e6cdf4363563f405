"""Each thing a plan tells of, done by the command everybody else uses."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from babel import Locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.languages import LOCALES, SOURCE, TEMPLATES
from app.scenario.lives import PLACES_YEAR
from app.scenario.people import PersonPlan
from app.scenario.plan import (
    RECORD_ENTRY,
    REGISTER,
    CasePlan,
    EntryPlan,
    PlannedStep,
    VacancyPlan,
)
from app.scenario.users import Crew
from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause, YearChange
from workflow.capacity.states import Pool
from workflow.cases import commands, deciding, entry, registration, settling
from workflow.cases.commands import Question
from workflow.cases.entry import Entry
from workflow.cases.models import Person
from workflow.cases.registration import NewCase, NewPerson
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import local_day
from workflow.redistribution import commands as redistribution
from workflow.travel import commands as travel
from workflow.vacancies import commands as vacancies

T = TypeVar("T")


@dataclass(slots=True)
class Playing:
    """Plays a plan into a session; knows what it has made by the plan's keys."""

    session: Session
    #: The municipalities' by number.
    ids: Mapping[str, int]
    crew: Crew
    cases: dict[str, UUID] = field(default_factory=dict)
    homes: dict[str, UUID] = field(default_factory=dict)
    bookings: dict[str, UUID] = field(default_factory=dict)

    def register_places(
        self, number: str, pool: Pool, change: YearChange, *, role: Role, at: datetime
    ) -> None:
        """What the lead asks of a municipality, or what its council has decided."""
        actor = self.crew.of(role) if role is Role.LEAD else self.crew.writer(number)
        capacity.register_year(
            self.session,
            municipality_id=self.ids[number],
            year=PLACES_YEAR,
            pool=pool,
            change=change,
            cause=Cause(actor, at.astimezone(UTC)),
            on=local_day(at),
        )

    def report(self, home: VacancyPlan) -> None:
        self.homes[home.key] = vacancies.report(
            self.session,
            municipality_id=self.ids[home.municipality_number],
            kind=home.kind,
            places=home.places,
            available_from_week=home.available_from_week,
            group=home.group,
            accessible=home.accessible,
            rooms=home.rooms,
            available_until_week=home.available_until_week,
            quarantine=home.quarantine,
            actor=self.crew.writer(home.municipality_number),
            at=home.at.astimezone(UTC),
        )

    def take(self, case: CasePlan, step: PlannedStep) -> None:
        """Carry out one step of a case.

        Raises:
            DomainError: the plan and the rules disagree.
        """
        actor = self.crew.taking(step, turn=int(case.key[1:]))
        _DO[step.trigger](_Turn(self, case, step, actor, step.at.astimezone(UTC)))


@dataclass(frozen=True, slots=True)
class _Turn:
    """One step about to be taken."""

    playing: Playing
    case: CasePlan
    step: PlannedStep
    actor: Actor
    at: datetime

    @property
    def session(self) -> Session:
        return self.playing.session

    @property
    def case_id(self) -> UUID:
        return self.playing.cases[self.case.key]

    @property
    def booking_id(self) -> UUID:
        return self.playing.bookings[self.case.key]

    @property
    def home(self) -> UUID | None:
        return self.playing.homes[self.step.vacancy] if self.step.vacancy else None

    @property
    def reason(self) -> str | None:
        return _word("reason", self.step.reason)

    @property
    def by(self) -> dict[str, Any]:
        """Who and when, as every command takes it."""
        return {"actor": self.actor, "at": self.at}


def _register(turn: _Turn) -> None:
    household = turn.case.household
    new = NewCase(
        group=turn.case.group,
        persons=[_person(person) for person in household.persons],
        departure_country=household.departure_country,
        entry=_entry(turn.step.entry) if turn.step.entry else None,
        needs=household.needs,
        reception_centre=turn.case.reception_centre,
    )
    turn.playing.cases[turn.case.key], _ = registration.register(turn.session, new, **turn.by)


def _record_entry(turn: _Turn) -> None:
    persons = _persons(turn) if turn.step.persons is not None else None
    told = _entry(_said(turn.step.entry))
    entry.record_entry(turn.session, turn.case_id, told, person_ids=persons, **turn.by)


def _distribute(turn: _Turn) -> None:
    number, year = _said(turn.step.municipality_number), _said(turn.step.year)
    question = Question(turn.playing.ids[number], year)
    commands.put_to_municipality(turn.session, turn.case_id, "distribute", question, **turn.by)


def _accept(turn: _Turn) -> None:
    week = turn.step.week
    commands.accept(
        turn.session, turn.case_id, settlement_week=week, vacancy_id=turn.home, **turn.by
    )


def _decline(turn: _Turn) -> None:
    code = _said(turn.step.reason_code)
    commands.decline(turn.session, turn.case_id, reason_code=code, text=None, **turn.by)


def _retract(turn: _Turn) -> None:
    code = _said(turn.step.reason_code)
    commands.retract(turn.session, turn.case_id, reason_code=code, text=None, **turn.by)


def _change_week(turn: _Turn) -> None:
    week = turn.step.week
    commands.change_week(
        turn.session, turn.case_id, settlement_week=week, reason=turn.reason, **turn.by
    )


def _decide(turn: _Turn) -> None:
    deciding.decide(turn.session, turn.case_id, **turn.by)


def _withdraw(turn: _Turn) -> None:
    redistribution.withdraw(
        turn.session, turn.case_id, reason=_said(turn.reason), legal_ground=None, **turn.by
    )


def _lapse(turn: _Turn) -> None:
    redistribution.lapse(turn.session, turn.case_id, reason=turn.reason, **turn.by)


def _book_travel(turn: _Turn) -> None:
    turn.playing.bookings[turn.case.key] = travel.book(
        turn.session,
        turn.case_id,
        arrival_airport=_said(turn.step.arrival_airport),
        arrives_at=_said(turn.step.arrives_at).astimezone(UTC),
        flight=turn.step.flight,
        **turn.by,
    )


def _reschedule(turn: _Turn) -> None:
    travel.reschedule(
        turn.session,
        turn.booking_id,
        arrives_at=_said(turn.step.arrives_at).astimezone(UTC),
        flight=turn.step.flight,
        reason=turn.reason,
        **turn.by,
    )


def _cancel_travel(turn: _Turn) -> None:
    travel.cancel(turn.session, turn.booking_id, reason=turn.reason, **turn.by)


def _arrive(turn: _Turn) -> None:
    arrived_at = _said(turn.step.arrived_at).astimezone(UTC)
    travel.arrive(turn.session, turn.case_id, arrived_at=arrived_at, **turn.by)


def _settle(turn: _Turn) -> None:
    settling.settle(turn.session, turn.case_id, settled_on=turn.step.settled_on, **turn.by)


_DO: dict[str, Callable[[_Turn], None]] = {
    REGISTER: _register,
    RECORD_ENTRY: _record_entry,
    "distribute": _distribute,
    "accept": _accept,
    "decline": _decline,
    "retract": _retract,
    "change_week": _change_week,
    "decide": _decide,
    "lapse": _lapse,
    "withdraw": _withdraw,
    "book_travel": _book_travel,
    "reschedule": _reschedule,
    "cancel_travel": _cancel_travel,
    "arrive": _arrive,
    "settle": _settle,
}


def _said(fact: T | None) -> T:
    """A fact the plan of this trigger always has."""
    if fact is None:
        raise ValueError("the plan's step lacks a fact its trigger needs")
    return fact


def _persons(turn: _Turn) -> Sequence[UUID]:
    """The persons of the positions a step names."""
    return turn.session.scalars(
        select(Person.id).where(
            Person.case_id == turn.case_id, Person.position.in_(turn.step.persons or ())
        )
    ).all()


def _entry(plan: EntryPlan) -> Entry:
    return Entry(plan.status, plan.source, plan.from_on, plan.permit_expires_on)


def _person(plan: PersonPlan) -> NewPerson:
    return NewPerson(
        name=plan.name,
        duf_number=plan.duf_number,
        birth_year=plan.birth_year,
        sex=plan.sex,
        nationality=plan.nationality,
        relation=_word("relation", plan.relation),
        languages=[_language(code) for code in plan.languages],
        occupation=_word("occupation", plan.occupation),
        education=_word("education", plan.education),
    )


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads((TEMPLATES / "scenario" / f"{SOURCE}.toml").read_text("utf-8"))


def _word(kind: str, code: str | None) -> str | None:
    """What an office would have written for a code of the plan."""
    return None if code is None else _words()[kind][code]


@cache
def _language(code: str) -> str:
    return str(Locale.parse(LOCALES[SOURCE]).languages.get(code, code))
