"""What a municipality was asked in a year, what it answered and when, and where its places went.

The evidence of a claim for compensation of unused places: that it took what it was offered, in
time. All of it is counted from the questions and the ledger as they stand; nothing is kept twice.
"""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    and_,
    case,
    cast,
    extract,
    func,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session

from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import Pool
from workflow.cases.accounts import may_read_ledger
from workflow.cases.models import Case, Distribution, Person
from workflow.cases.queries import cases_asked_about, distributions_listed, listed
from workflow.cases.states import DistributionState
from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.errors import NotFound

MONTHS: Final = range(1, 13)
ZONE: Final = "Europe/Oslo"
_NO = (DistributionState.DECLINED, DistributionState.RETRACTED)


@dataclass(frozen=True, slots=True)
class Answers:
    """Questions put in a time and what came of them; each is in one of the five answers."""

    asked: int = 0
    asked_persons: int = 0
    in_time: int = 0
    late: int = 0
    #: Not answered, and the due day has passed.
    overdue: int = 0
    #: Not answered, and there still is time.
    waiting: int = 0
    #: Withdrawn or ended before it was answered.
    taken_back: int = 0
    #: Of those answered: a yes that stands or stood when the case was withdrawn.
    yes: int = 0
    yes_persons: int = 0
    no: int = 0
    #: A yes the municipality took back.
    retracted: int = 0
    #: Days from question to answer, of all that were answered.
    days_to_answer: int = 0
    #: Persons who got their settlement date, and the days since the question to each.
    settled: int = 0
    days_to_settle: int = 0

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def answered(self) -> int:
        return self.in_time + self.late

    @property
    def mean_days_to_answer(self) -> float | None:
        return self.days_to_answer / self.answered if self.answered else None

    @property
    def mean_days_to_settle(self) -> float | None:
        return self.days_to_settle / self.settled if self.settled else None


@dataclass(frozen=True, slots=True)
class PlacesThen:
    """The ordinary places at the end of a month, in persons."""

    settled: int
    held: int
    ceiling: int

    @property
    def free(self) -> int:
        return max(0, self.ceiling - self.settled - self.held)


@dataclass(frozen=True, slots=True)
class Month:
    month: int
    answers: Answers
    #: None of a month that is still to come.
    places: PlacesThen | None


@dataclass(frozen=True, slots=True)
class Numbers:
    """A year, by month and in all."""

    year: int
    months: tuple[Month, ...]
    in_all: Answers


def numbers(
    session: Session, municipality_id: int | None, year: int, *, today: date, actor: Actor
) -> Numbers:
    """Of one municipality, or (None, for who reads all cases) of all.

    Questions count in the month they were put, settlements in the month of their date.

    Raises:
        NotFound: they are not the actor's to read.
    """
    of_all = municipality_id is None and actor.role in READS_ALL_CASES
    if not of_all and (municipality_id is None or not may_read_ledger(actor, municipality_id)):
        raise NotFound("numbers")
    asked = _asked(session, municipality_id, year, today, actor)
    settled = _settled(session, municipality_id, year, actor)
    places = _places(session, municipality_id, year, today)
    months = tuple(
        Month(
            month,
            asked.get(month, Answers()) + settled.get(month, Answers()),
            places.get(month),
        )
        for month in MONTHS
    )
    return Numbers(year, months, sum((one.answers for one in months), Answers()))


def _asked(
    session: Session, municipality_id: int | None, year: int, today: date, actor: Actor
) -> dict[int, Answers]:
    put = Distribution
    asked = cases_asked_about(actor)
    answered = put.answered_at.is_not(None)
    day = cast(func.timezone(ZONE, put.answered_at), Date)
    is_open = put.state == DistributionState.OPEN
    no = put.state.in_(_NO)
    month = cast(extract("month", put.asked_on), Integer)
    rows = session.execute(
        select(
            month,
            func.count(),
            func.sum(put.persons_count),
            _where(and_(answered, day <= put.answer_due)),
            _where(and_(answered, day > put.answer_due)),
            _where(and_(is_open, put.answer_due < today)),
            _where(and_(is_open, put.answer_due >= today)),
            _where(and_(~answered, ~is_open)),
            _where(and_(answered, ~no)),
            func.coalesce(func.sum(put.persons_count).filter(answered, ~no), 0),
            _where(and_(answered, put.state == DistributionState.DECLINED)),
            _where(and_(answered, put.state == DistributionState.RETRACTED)),
            func.coalesce(func.sum(day - put.asked_on).filter(answered), 0),
        )
        .join(asked, asked.c.id == put.case_id)
        .where(
            distributions_listed(actor),
            put.asked_on.between(date(year, 1, 1), date(year, 12, 31)),
            _of(put.municipality_id, municipality_id),
        )
        .group_by(month)
    )
    return {row[0]: Answers(*row[1:]) for row in rows}


def _settled(
    session: Session, municipality_id: int | None, year: int, actor: Actor
) -> dict[int, Answers]:
    month = cast(extract("month", Person.settled_on), Integer)
    rows = session.execute(
        select(
            month,
            func.count(),
            func.sum(type_coerce(Person.settled_on - Distribution.asked_on, Integer)),
        )
        .join(Case, Case.id == Person.case_id)
        .join(
            Distribution,
            and_(
                Distribution.case_id == Case.id,
                Distribution.municipality_id == Case.municipality_id,
                Distribution.state.in_((DistributionState.PLACED, DistributionState.SETTLED)),
            ),
        )
        .where(
            listed(actor),
            Person.settled_on.between(date(year, 1, 1), date(year, 12, 31)),
            _of(Case.municipality_id, municipality_id),
        )
        .group_by(month)
    )
    return {month: Answers(settled=count, days_to_settle=days) for month, count, days in rows}


def _places(
    session: Session, municipality_id: int | None, year: int, today: date
) -> dict[int, PlacesThen]:
    """What the ledger sums up to at the end of each month that has begun."""
    day = func.timezone(ZONE, PlaceEntry.at)
    of_year = extract("year", day)
    # What was written before the year began stands from its first month on; after it, in its last.
    month = cast(
        case((of_year < year, 1), (of_year > year, 12), else_=extract("month", day)), Integer
    )
    changes = {
        row[0]: row[1:]
        for row in session.execute(
            select(
                month,
                func.sum(PlaceEntry.settled_change),
                func.sum(PlaceEntry.held_change),
                func.sum(PlaceEntry.ceiling_change),
            )
            .join(PlaceAccount, PlaceAccount.id == PlaceEntry.account_id)
            .where(
                PlaceAccount.year == year,
                PlaceAccount.pool == Pool.ORDINARY,
                _of(PlaceAccount.municipality_id, municipality_id),
            )
            .group_by(month)
        )
    }
    last = 12 if today.year > year else today.month if today.year == year else 0
    then: dict[int, PlacesThen] = {}
    sums = (0, 0, 0)
    for one in range(1, last + 1):
        changed = changes.get(one, (0, 0, 0))
        sums = (sums[0] + changed[0], sums[1] + changed[1], sums[2] + changed[2])
        then[one] = PlacesThen(*sums)
    return then


def _where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _of(column: Any, municipality_id: int | None) -> ColumnElement[bool]:
    return true() if municipality_id is None else column == municipality_id
