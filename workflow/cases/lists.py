"""Lists of cases: filtered, searched and counted for one actor, a page at a time.

The page's rows are found by an index first and only then filled with columns, so a list costs the
same however many cases there are.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    not_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from workflow.cases.accounts import FigureOfYear, behind
from workflow.cases.models import Case, Person
from workflow.cases.ordering import COLUMNS, CaseOrder
from workflow.cases.queries import listed, visible
from workflow.cases.states import ASKED, DECIDED, CaseState, EntryStatus, Group, Track
from workflow.kernel.actor import READS_ALL_CASES, Actor, Role
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
from workflow.kernel.sorting import Sorted
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality

#: Shorter parts of a name find everybody.
SHORTEST_NAME = 3
#: How far a list is counted; beyond this nobody needs the number.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list is narrowed to; nothing set is everything the actor may see."""

    states: frozenset[CaseState] = frozenset()
    groups: frozenset[Group] = frozenset()
    entry: frozenset[EntryStatus] = frozenset()
    #: Whose case it is now.
    municipality_id: int | None = None
    #: From whom it was withdrawn.
    former_municipality_id: int | None = None
    #: True: asked, not answered, and the last day to answer is past. False: all others.
    overdue: bool | None = None
    #: Counted by this number of a municipality's year.
    counted_by: FigureOfYear | None = None
    #: The start of a case number, a DUF number, or part of a name.
    q: str | None = None


@dataclass(frozen=True, slots=True)
class CaseListed:
    """One line of a list; never a name."""

    id: UUID
    case_number: str
    group: Group
    state: CaseState
    persons_count: int
    settled_count: int
    municipality_id: int | None
    municipality_number: str | None
    municipality_name: str | None
    #: Day of the current question, and the last day to answer it.
    distributed_on: date | None
    answer_due: date | None
    settlement_week: Week | None
    placed_on: date | None
    entry_status: EntryStatus
    entry_from_on: date | None
    permit_expires_on: date | None
    track: Track | None
    former_municipality_number: str | None
    former_municipality_name: str | None
    reception_centre: str | None
    version: int

    def is_overdue(self, today: date) -> bool:
        return self.state in ASKED and self.answer_due is not None and self.answer_due < today


def cases(
    session: Session,
    wanted: CaseFilter,
    *,
    today: date,
    newest_first: bool = False,
    order_by: CaseOrder | None = None,
    limit: int = USUAL_PAGE,
    after: str | None = None,
    actor: Actor,
) -> Page[CaseListed]:
    """The cases an actor may find, by case number; those overdue by the day they were due.

    Args:
        newest_first: the other way round, whatever the order.
        order_by: another order than these two; the case number among equals.

    Raises:
        Invalid: `after` is no cursor of this list in this order.
    """
    if order_by not in {None, CaseOrder.CASE_NUMBER}:
        ordered = Sorted(COLUMNS, f"{'-' * newest_first}{order_by}", Case.case_number)
        lines = _listed(actor).where(found_by(wanted, today, actor))
        return ordered.page(
            session, lines, lambda row: CaseListed(*row[:-2]), limit=limit, after=after
        )
    if wanted.overdue and order_by is None:
        return _by_answer_due(session, wanted, today=today, limit=limit, after=after, actor=actor)
    order = "-case_number" if newest_first else "case_number"
    condition = _condition(wanted, today, actor)
    if after is not None:
        (number,) = unpack(after, order, str)
        beyond = Case.case_number < number if newest_first else Case.case_number > number
        condition = and_(condition, beyond)
    key = Case.case_number.desc() if newest_first else Case.case_number.asc()
    branches = [
        select(Case.id, Case.case_number).where(condition, of_state).order_by(key).limit(limit + 1)
        for of_state in _each_state(wanted.states)
    ]
    ids = branches[0].subquery() if len(branches) == 1 else union_all(*branches).subquery()
    found = _listed(actor).join(ids, ids.c.id == Case.id).order_by(key).limit(limit + 1)
    rows = [CaseListed(*row) for row in session.execute(found)]
    return cut(rows, limit, order, lambda row: (row.case_number,))


def _by_answer_due(
    session: Session,
    wanted: CaseFilter,
    *,
    today: date,
    limit: int,
    after: str | None,
    actor: Actor,
) -> Page[CaseListed]:
    order = "answer_due"
    condition = _condition(wanted, today, actor)
    if wanted.states:
        condition = and_(condition, Case.state.in_(wanted.states))
    key = (Case.answer_due, Case.case_number)
    if after is not None:
        due, number = unpack(after, order, str, str)
        condition = and_(condition, tuple_(*key) > tuple_(_day(due), number))
    ids = select(Case.id).where(condition).order_by(*key).limit(limit + 1).subquery()
    found = _listed(actor).join(ids, ids.c.id == Case.id).order_by(*key)
    rows = [CaseListed(*row) for row in session.execute(found)]
    return cut(rows, limit, order, lambda row: (row.answer_due.isoformat(), row.case_number))


def line(session: Session, case_id: UUID, *, actor: Actor) -> CaseListed:
    """One case as its line of a list.

    Raises:
        NotFound: no such case, or not one of the actor's.
    """
    row = session.execute(_listed(actor).where(Case.id == case_id, visible(actor))).one_or_none()
    if row is None:
        raise NotFound("case")
    return CaseListed(*row)


def counted(session: Session, wanted: CaseFilter, *, today: date, actor: Actor) -> int:
    """How many cases a list has, counted no further than COUNTED."""
    some = select(Case.id).where(found_by(wanted, today, actor))
    return session.scalar(select(func.count()).select_from(some.limit(COUNTED).subquery())) or 0


def by_state(
    session: Session, wanted: CaseFilter, *, today: date, actor: Actor
) -> dict[CaseState, tuple[int, int]]:
    """Cases and persons in each state that has any; only in those named, if any are."""
    some = select(Case.state, func.count(), func.sum(Case.persons_count)).where(
        found_by(wanted, today, actor)
    )
    rows = session.execute(some.group_by(Case.state))
    return {state: (number, int(persons)) for state, number, persons in rows}


def found_by(wanted: CaseFilter, today: date, actor: Actor) -> ColumnElement[bool]:
    """All that the filter finds of what the actor may see, as a condition on `cases`."""
    condition = _condition(wanted, today, actor)
    return and_(condition, Case.state.in_(wanted.states)) if wanted.states else condition


def lines(session: Session, case_ids: Collection[UUID], *, actor: Actor) -> list[CaseListed]:
    """Cases as their lines of a list, by case number; those the actor may not see are missing."""
    ids = bindparam("ids", list(case_ids), type_=ARRAY(Uuid))
    found = _listed(actor).where(Case.id == any_(ids), listed(actor)).order_by(Case.case_number)
    return [CaseListed(*row) for row in session.execute(found)]


def names_visible(actor: Actor) -> ColumnElement[bool]:
    """The cases whose names an actor may see, as a condition on `cases` it may see."""
    if actor.is_municipality or actor.role is Role.TRAVEL_OFFICER:
        return Case.state.in_(DECIDED)
    if actor.role in READS_ALL_CASES or actor.role is Role.RECEPTION_CENTRE:
        return true()
    return not_(true())


def former_visible(actor: Actor) -> ColumnElement[bool]:
    """Where a case was before is told to who reads all, and to the municipality it was in."""
    if actor.role in READS_ALL_CASES:
        return true()
    return Case.former_municipality_id == actor.municipality_id


def _each_state(states: frozenset[CaseState]) -> list[ColumnElement[bool]]:
    """One condition a state, so that each is read in order from its index."""
    return [Case.state == state for state in sorted(states)] or [true()]


def _condition(wanted: CaseFilter, today: date, actor: Actor) -> ColumnElement[bool]:
    """All of the filter but the states."""
    parts = [listed(actor)]
    if wanted.groups:
        parts.append(Case.group.in_(wanted.groups))
    if wanted.entry:
        parts.append(Case.entry_status.in_(wanted.entry))
    if wanted.municipality_id is not None:
        parts.append(Case.municipality_id == wanted.municipality_id)
    if wanted.former_municipality_id is not None:
        parts.append(former_visible(actor))
        parts.append(Case.former_municipality_id == wanted.former_municipality_id)
    if wanted.counted_by is not None:
        parts.append(behind(wanted.counted_by))
    if wanted.overdue is not None:
        late = and_(_asked(), Case.answer_due < today)
        parts.append(late if wanted.overdue else not_(func.coalesce(late, False)))
    if wanted.q is not None:
        parts.append(_matches(wanted.q.strip(), actor))
    return and_(*parts)


def _asked() -> ColumnElement[bool]:
    # As the partial index says it.
    return Case.state.in_([CaseState.DISTRIBUTED, CaseState.REDISTRIBUTED])


_DUF_NUMBER = re.compile(r"[0-9]{12}", re.ASCII)
_CASE_NUMBER = re.compile(r"[0-9][0-9-]{0,11}", re.ASCII)


def _matches(q: str, actor: Actor) -> ColumnElement[bool]:
    person = select(Person.case_id).where(Person.left_on.is_(None))
    if _DUF_NUMBER.fullmatch(q):
        return and_(names_visible(actor), Case.id.in_(person.where(Person.duf_number == q)))
    if _CASE_NUMBER.fullmatch(q):
        return Case.case_number.startswith(q, autoescape=True)
    if len(q) < SHORTEST_NAME:
        return not_(true())
    named = person.where(Person.name.icontains(q, autoescape=True))
    return and_(names_visible(actor), Case.id.in_(named))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("not a cursor of this list", pointer="cursor") from None


_former = aliased(Municipality)


def _listed(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Case.id,
            Case.case_number,
            Case.group,
            Case.state,
            Case.persons_count,
            Case.settled_count,
            Case.municipality_id,
            Municipality.number,
            Municipality.official_name,
            Case.asked_on,
            Case.answer_due,
            Case.settlement_week,
            Case.placed_on,
            Case.entry_status,
            Case.entry_from_on,
            Case.permit_expires_on,
            Case.track,
            _former.number,
            _former.official_name,
            Case.reception_centre,
            Case.version,
        )
        .outerjoin(Municipality, Municipality.id == Case.municipality_id)
        .outerjoin(_former, and_(_former.id == Case.former_municipality_id, former_visible(actor)))
    )
