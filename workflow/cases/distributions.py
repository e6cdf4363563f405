"""What municipalities were asked: their own rows, readable after a withdrawal too (R14, R24)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select, tuple_
from sqlalchemy.orm import Session

from workflow.cases.models import Case, Distribution
from workflow.cases.queries import (
    cases_asked_about,
    distributions_listed,
    distributions_visible,
    visible,
)
from workflow.cases.states import DistributionNext, DistributionState, Group
from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
from workflow.kernel.sorting import Columns, Sorted, day, moment, number, place, text
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality


@dataclass(frozen=True, slots=True)
class DistributionSeen:
    """One case put to one municipality: what it was shown, its answer, what became of it."""

    id: UUID
    case_id: UUID
    case_number: str
    group: Group
    municipality_id: int
    municipality_number: str
    municipality_name: str
    state: DistributionState
    #: The case had been withdrawn before: it must be answered anew (R18).
    again: bool
    year: int
    persons_count: int
    #: The anonymised household, as it was then.
    shown: dict[str, Any]
    asked_at: datetime
    asked_on: date
    answer_due: date
    answered_at: datetime | None
    settlement_week: Week | None
    quarantine_confirmed: bool | None
    reason_code: str | None
    answer_text: str | None
    closed_at: datetime | None
    outcome: str | None
    next: DistributionNext | None
    reopened_at: datetime | None
    vacancy_id: UUID | None
    #: The criteria that put this municipality here, under which version of the rules.
    reasons: list[dict[str, Any]] | None
    rules_version: int | None
    #: The settlement week that the plan had for it, where its rules plan weeks.
    planned_week: Week | None
    #: Why another than the first proposed was chosen; read by who reads all.
    override_reason: str | None
    #: Whether the case itself may be opened.
    case_visible: bool

    def is_overdue(self, today: date) -> bool:
        return self.state is DistributionState.OPEN and self.answer_due < today


def distributions(
    session: Session,
    *,
    states: frozenset[DistributionState] = frozenset(),
    municipality_id: int | None = None,
    case_id: UUID | None = None,
    sort: str | None = None,
    limit: int = USUAL_PAGE,
    after: str | None = None,
    actor: Actor,
) -> Page[DistributionSeen]:
    """The distributions an actor may see, the newest first.

    Args:
        sort: another order, a name of SORTS, with `-` for the other way.

    Raises:
        Invalid: `after` is no cursor of this list.
    """
    wanted = _seen(actor)
    if case_id is None:
        wanted = wanted.where(distributions_listed(actor))
    if states:
        wanted = wanted.where(Distribution.state.in_(states))
    if municipality_id is not None:
        wanted = wanted.where(Distribution.municipality_id == municipality_id)
    if case_id is not None:
        wanted = wanted.where(Distribution.case_id == case_id)
    if sort:
        ordered = Sorted(_columns(actor), sort, Distribution.id)
        return ordered.page(session, wanted, lambda row: _row(row, actor), limit=limit, after=after)
    key = (Distribution.asked_at, Distribution.id)
    if after is not None:
        wanted = wanted.where(tuple_(*key) < tuple_(*_key(after)))
    newest = wanted.order_by(*(part.desc() for part in key)).limit(limit + 1)
    rows = [_row(row, actor) for row in session.execute(newest)]
    return cut(rows, limit, _ORDER, lambda row: (row.asked_at.isoformat(), str(row.id)))


def distribution(session: Session, distribution_id: UUID, *, actor: Actor) -> DistributionSeen:
    """One of them.

    Raises:
        NotFound: no such distribution, or not one of the actor's.
    """
    row = session.execute(_seen(actor).where(Distribution.id == distribution_id)).one_or_none()
    if row is None:
        raise NotFound("distribution")
    return _row(row, actor)


def current(session: Session, case_id: UUID, *, actor: Actor) -> DistributionSeen | None:
    """The question that stands on a case now, if the actor may see it."""
    row = session.execute(
        _seen(actor).where(Distribution.case_id == case_id, Distribution.closed_at.is_(None))
    ).one_or_none()
    return None if row is None else _row(row, actor)


_ORDER = "-asked_at"
#: The columns a list of them sorts by.
SORTS = ("case", "group", "persons", "asked", "due", "week", "state")


def _columns(actor: Actor) -> Columns:
    asked = cases_asked_about(actor)
    return {
        "case": text(asked.c.case_number),
        "group": place(asked.c.case_group, Group),
        "persons": number(Distribution.persons_count),
        "asked": moment(Distribution.asked_at),
        "due": day(Distribution.answer_due),
        "week": text(Distribution.settlement_week),
        "state": place(Distribution.state, DistributionState),
    }


def _key(cursor: str) -> tuple[datetime, UUID]:
    asked_at, distribution_id = unpack(cursor, _ORDER, str, str)
    try:
        return datetime.fromisoformat(asked_at), UUID(distribution_id)
    except ValueError:
        raise Invalid("not a cursor of this list", pointer="cursor") from None


def _seen(actor: Actor) -> Select[*tuple[Any, ...]]:
    asked = cases_asked_about(actor)
    # Where the case has gone elsewhere, the municipality has no row of it any more.
    opens = exists().where(Case.id == Distribution.case_id, visible(actor)).correlate(Distribution)
    return (
        select(
            Distribution,
            asked.c.case_number,
            asked.c.case_group,
            Municipality.number,
            Municipality.official_name,
            opens.label("case_visible"),
        )
        .join(asked, asked.c.id == Distribution.case_id)
        .join(Municipality, Municipality.id == Distribution.municipality_id)
        .where(distributions_visible(actor))
        .execution_options(populate_existing=True)
    )


def _planned_week(found: Distribution) -> Week | None:
    chosen: dict[str, Any] = next(iter(found.reasons or ()), {})
    return Week.parse(chosen["week"]) if "week" in chosen else None


def _row(row: Any, actor: Actor) -> DistributionSeen:
    found: Distribution = row[0]
    reads_all = actor.role in READS_ALL_CASES
    return DistributionSeen(
        id=found.id,
        case_id=found.case_id,
        case_number=row[1],
        group=row[2],
        municipality_id=found.municipality_id,
        municipality_number=row[3],
        municipality_name=row[4],
        state=found.state,
        again=found.again,
        year=found.year,
        persons_count=found.persons_count,
        shown=found.shown,
        asked_at=found.asked_at,
        asked_on=found.asked_on,
        answer_due=found.answer_due,
        answered_at=found.answered_at,
        settlement_week=found.settlement_week,
        quarantine_confirmed=found.quarantine_confirmed,
        reason_code=found.reason_code,
        answer_text=found.answer_text,
        closed_at=found.closed_at,
        outcome=found.outcome,
        next=found.next,
        reopened_at=found.reopened_at,
        vacancy_id=found.vacancy_id,
        reasons=found.reasons if reads_all else None,
        rules_version=found.rules_version,
        planned_week=_planned_week(found),
        override_reason=found.override_reason if reads_all else None,
        case_visible=row[5],
    )
