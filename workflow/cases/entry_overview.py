"""What is known of entry, by the country people would leave: who can travel, who waits (R04)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from workflow.cases import ordering
from workflow.cases.models import Case
from workflow.cases.ordering import CaseOrder
from workflow.cases.queries import listed
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.actor import Actor
from workflow.kernel.sorting import Columns, Sorted, day, number, place, text

#: Their entry is still to come.
NOT_HERE_YET = frozenset(CaseState) - {CaseState.ARRIVED, CaseState.SETTLED, CaseState.LAPSED}
#: How many cases are chosen from at once.
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Country:
    """Resettlement cases that would leave one country; cases and persons by entry status."""

    departure_country: str | None
    cases: Mapping[EntryStatus, int]
    persons: int


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One case and what is known of its entry."""

    id: UUID
    case_number: str
    state: CaseState
    persons_count: int
    departure_country: str | None
    entry_status: EntryStatus
    entry_from_on: date | None
    permit_expires_on: date | None
    was_withdrawn: bool
    version: int


def countries(session: Session, *, actor: Actor) -> list[Country]:
    """The countries cases would leave, in the order of their codes; the unknown one last."""
    cases: dict[str | None, dict[EntryStatus, int]] = defaultdict(dict)
    persons: dict[str | None, int] = defaultdict(int)
    for country, status, count, heads in session.execute(
        select(
            Case.departure_country,
            Case.entry_status,
            func.count(),
            func.coalesce(func.sum(Case.persons_count), 0),
        )
        .where(_to_come(actor))
        .group_by(Case.departure_country, Case.entry_status)
    ):
        cases[country][status] = count
        persons[country] += heads
    return [
        Country(country, cases[country], persons[country])
        for country in sorted(cases, key=lambda code: (code is None, code or ""))
    ]


def lines(
    session: Session,
    *,
    departure_country: str | None = None,
    statuses: Collection[EntryStatus] = (),
    sort: str | None = None,
    most: int = SHOWN,
    actor: Actor,
) -> Sequence[EntryLine]:
    """Cases whose entry is still to come, by case number or a name of COLUMNS; `most` of them."""
    wanted = select(*_LINE).where(_narrowed(departure_country, statuses, actor))
    ordered = Sorted(COLUMNS, sort or "case", Case.case_number)
    page = ordered.page(session, wanted, lambda row: EntryLine(*row[:-2]), limit=most, after=None)
    return page.items


def counted(
    session: Session,
    *,
    departure_country: str | None = None,
    statuses: Collection[EntryStatus] = (),
    actor: Actor,
) -> int:
    """How many cases there are of them."""
    found = select(func.count()).where(_narrowed(departure_country, statuses, actor))
    return session.scalar(found.select_from(Case)) or 0


def _narrowed(
    departure_country: str | None, statuses: Collection[EntryStatus], actor: Actor
) -> ColumnElement[bool]:
    parts = [_to_come(actor)]
    if departure_country is not None:
        parts.append(Case.departure_country == departure_country)
    if statuses:
        parts.append(Case.entry_status.in_(statuses))
    return and_(*parts)


def chosen(session: Session, case_ids: Collection[UUID], *, actor: Actor) -> Sequence[EntryLine]:
    """Those of the cases whose entry is still to come, by case number."""
    wanted = select(*_LINE).where(_to_come(actor), Case.id.in_(case_ids))
    return [EntryLine(*row) for row in session.execute(wanted.order_by(Case.case_number))]


def _to_come(actor: Actor) -> ColumnElement[bool]:
    return and_(listed(actor), Case.group == Group.RESETTLEMENT, Case.state.in_(NOT_HERE_YET))


COLUMNS: Columns = {
    "case": text(Case.case_number),
    "state": place(Case.state, CaseState),
    "persons": number(Case.persons_count),
    "from": text(Case.departure_country),
    "entry": ordering.COLUMNS[CaseOrder.ENTRY],
    "permit": day(Case.permit_expires_on),
}
_LINE: tuple[Any, ...] = (
    Case.id,
    Case.case_number,
    Case.state,
    Case.persons_count,
    Case.departure_country,
    Case.entry_status,
    Case.entry_from_on,
    Case.permit_expires_on,
    Case.was_withdrawn,
    Case.version,
)
