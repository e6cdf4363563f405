"""What time alone brings about: a table of alarms, each raised once for each subject (R17, R19).

Written as an event beside its own mark in one statement: any number of workers may look, and after
a stop the next one finds what is due. A permit with a new last day is a new subject.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeAlias

from sqlalchemy import Select, String, cast, func, insert, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import InstrumentedAttribute, Session

from notifications.models import Alarm
from notifications.rules import AlarmEvent
from workflow.cases.models import Case, Distribution
from workflow.cases.states import CaseState, DistributionState, Protection
from workflow.kernel.calendar import local_day
from workflow.kernel.db import table_of
from workflow.kernel.outbox import OutboxMessage

#: On which day after the question a municipality is reminded.
FIRST_REMINDER: Final = 4
LAST_REMINDER: Final = 7
#: Days before an entry permit or a visa runs out.
MONTH: Final = 30
FORTNIGHT: Final = 14
#: Where a permit's last day still matters: before the household has come.
_TO_TRAVEL: Final = (
    CaseState.DISTRIBUTED,
    CaseState.REDISTRIBUTED,
    CaseState.ACCEPTED,
    CaseState.PLACED,
    CaseState.TRAVEL_BOOKED,
)


#: Subject, case_id and municipality_id.
Due: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """One alarm; `due(today)` selects subject, case_id, municipality_id of what it is due for."""

    event: AlarmEvent
    #: In a few words, for the table in the documentation.
    when: str
    due: Callable[[date], Due]


def _questions(*which: Callable[[date], Any]) -> Callable[[date], Due]:
    return lambda today: (
        select(
            cast(Distribution.id, String).label("subject"),
            Distribution.case_id.label("case_id"),
            Distribution.municipality_id.label("municipality_id"),
        )
        .join(Case, Case.id == Distribution.case_id)
        .where(
            Distribution.state == DistributionState.OPEN,
            Case.address_protection == Protection.NONE,
            *(condition(today) for condition in which),
        )
    )


def _runs_out(
    last_day: InstrumentedAttribute[date | None], days: int, past: int
) -> Callable[[date], Due]:
    return lambda today: select(
        func.concat(Case.id, "/", last_day).label("subject"),
        Case.id.label("case_id"),
        Case.municipality_id.label("municipality_id"),
    ).where(
        Case.state.in_(_TO_TRAVEL),
        Case.address_protection == Protection.NONE,
        last_day.between(today + timedelta(days=past), today + timedelta(days=days)),
    )


ALARMS: Final = (
    AlarmRule(
        AlarmEvent.FOURTH_DAY,
        f"day {FIRST_REMINDER} after the question, unanswered",
        _questions(
            lambda today: Distribution.asked_on <= today - timedelta(days=FIRST_REMINDER),
            lambda today: Distribution.asked_on > today - timedelta(days=LAST_REMINDER),
        ),
    ),
    AlarmRule(
        AlarmEvent.LAST_DAY,
        f"day {LAST_REMINDER} after the question, unanswered, not past the deadline",
        _questions(
            lambda today: Distribution.asked_on <= today - timedelta(days=LAST_REMINDER),
            lambda today: Distribution.answer_due >= today,
        ),
    ),
    AlarmRule(
        AlarmEvent.OVERDUE,
        "the day after the deadline, unanswered",
        _questions(lambda today: Distribution.answer_due < today),
    ),
    AlarmRule(
        AlarmEvent.PERMIT_MONTH,
        f"{MONTH} days before the entry permit or visa runs out, not yet come",
        _runs_out(Case.permit_expires_on, MONTH, FORTNIGHT + 1),
    ),
    AlarmRule(
        AlarmEvent.PERMIT_FORTNIGHT,
        f"{FORTNIGHT} days before the entry permit or visa runs out, not yet come",
        _runs_out(Case.permit_expires_on, FORTNIGHT, 0),
    ),
    AlarmRule(
        AlarmEvent.PAPERS_FORTNIGHT,
        f"{FORTNIGHT} days before the papers of travel run out, not yet come",
        _runs_out(Case.papers_expire_on, FORTNIGHT, 0),
    ),
)


def raise_due(session: Session, *, at: datetime) -> int:
    """Raise every alarm that is due and has not been; returns how many."""
    today = local_day(at)
    return sum(_raise(session, rule, rule.due(today), at) for rule in ALARMS)


def _raise(session: Session, rule: AlarmRule, due: Due, at: datetime) -> int:
    found = due.cte("due")
    marks = (
        upsert(Alarm)
        .from_select(
            ["event", "subject", "at"],
            select(literal(str(rule.event)), found.c.subject, literal(at, Alarm.at.type)).order_by(
                found.c.subject
            ),
        )
        .on_conflict_do_nothing()
        .returning(Alarm.subject)
        .cte("marked")
    )
    outbox = table_of(OutboxMessage)
    values: Mapping[str, Any] = {
        "type": literal(str(rule.event)),
        "case_id": found.c.case_id,
        "municipality_id": found.c.municipality_id,
        "facts": literal({}, JSONB),
        "at": literal(at, outbox.c.at.type),
        "leaves_at": literal(at, outbox.c.at.type),
    }
    raised = insert(outbox).from_select(
        [*values],
        select(*values.values())
        .select_from(found.join(marks, marks.c.subject == found.c.subject))
        .order_by(found.c.subject),
    )
    return len(session.execute(raised.returning(outbox.c.id)).all())
