"""What time alone brings about is told once."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from notifications import alarms
from notifications.models import Alarm
from notifications.queries import notifications
from notifications.rules import AlarmEvent
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    asked,
    lead,
    reader,
)
from tests.notifications.telling import tell
from workflow.cases.models import Case, Distribution


def raised(session: Session) -> list[str]:
    return list(session.scalars(select(Alarm.event).order_by(Alarm.at, Alarm.event)))


def test_a_municipality_is_reminded_on_the_fourth_and_the_seventh_day_once_each(session):
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)

    for day in range(12):
        alarms.raise_due(session, at=NOW + timedelta(days=day))
        alarms.raise_due(session, at=NOW + timedelta(days=day, hours=1))
        tell(session, at=NOW + timedelta(days=day, hours=2))

    assert raised(session) == [AlarmEvent.FOURTH_DAY, AlarmEvent.LAST_DAY, AlarmEvent.OVERDUE]
    told = [line.message for line in notifications(session, actor=reader(here))]
    assert told == ["answer_overdue", "last_reminder", "reminder", "asked"]
    assert [line.message for line in notifications(session, actor=lead())] == ["answer_overdue"]


def test_an_answer_before_the_reminder_is_told_leaves_it_unsaid(session):
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)
    tell(session)
    later = NOW + timedelta(days=5)
    assert alarms.raise_due(session, at=later) == 1
    session.execute(update(Distribution).values(state="accepted"))

    tell(session, at=later)

    assert [line.message for line in notifications(session, actor=reader(here))] == ["asked"]


def test_a_permit_that_runs_out_is_told_of_a_month_and_a_fortnight_before(session):
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)
    last_day = NOW.date() + timedelta(days=40)
    session.execute(update(Case).values(permit_expires_on=last_day))
    session.execute(update(Distribution).values(state="accepted"))

    for day in (5, 10, 20, 26, 40, 41):
        alarms.raise_due(session, at=NOW + timedelta(days=day))

    assert raised(session) == [AlarmEvent.PERMIT_MONTH, AlarmEvent.PERMIT_FORTNIGHT]
    session.execute(update(Case).values(permit_expires_on=last_day + timedelta(days=5)))
    assert alarms.raise_due(session, at=NOW + timedelta(days=41)) == 1


def test_papers_that_run_out_are_told_of_a_fortnight_before(session):
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)
    last_day = NOW.date() + timedelta(days=20)
    session.execute(update(Case).values(papers_expire_on=last_day))
    session.execute(update(Distribution).values(state="accepted"))

    counts = [alarms.raise_due(session, at=NOW + timedelta(days=day)) for day in (5, 6, 19, 21)]

    assert counts == [0, 1, 0, 0]
    assert raised(session) == [AlarmEvent.PAPERS_FORTNIGHT]
