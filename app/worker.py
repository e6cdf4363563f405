"""What goes on by itself: events are told to those they concern, and work that comes round is done.

Any number of workers may run, on any number of machines: each event and each piece of work is
locked by the one that has it and passed over by the others, and is done in one transaction, so that
a worker killed in between leaves it to the next. Polling is the truth.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from threading import Event as Signal

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock, idempotency, preparing, tries
from app.audit import anchoring
from app.carrier import sending as carrier
from app.db import Sessions, transaction
from app.letters import working as letters
from app.messages import working as messages
from app.models import ScheduledWork
from app.settings import Settings
from app.webhooks import sending as webhooks
from notifications import alarms, digests
from notifications.deliver import CannotTell, deliver_some, put_off
from workflow.kernel.calendar import OSLO, local_day
from workflow.privacy import erasing
from workflow.vacancies import commands as vacancies

log = logging.getLogger(__name__)

#: Between two looks, seconds.
GLANCE = 1.0
#: Events told in one transaction.
BATCH = 100
#: When daily work is done, in Norway; and when it is something people are told.
EARLY, MORNING = time(3), time(7)


@dataclass(frozen=True, slots=True)
class Daily:
    """Work done once a day; `do` says in a few words, without a name, what came of it."""

    name: str
    do: Callable[[Session, Settings, datetime], str]
    #: For the table in the documentation.
    whom: str
    #: By the clock in Norway.
    when: time = EARLY

    def again(self, at: datetime) -> datetime:
        """When it is due the next time."""
        today = datetime.combine(local_day(at), self.when, tzinfo=OSLO)
        if today > at:
            return today
        return datetime.combine(local_day(at) + timedelta(days=1), self.when, tzinfo=OSLO)


@dataclass(frozen=True, slots=True)
class Hourly(Daily):
    """Work done once an hour."""

    def again(self, at: datetime) -> datetime:
        return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _expire_vacancies(session: Session, settings: Settings, at: datetime) -> str:
    expired = vacancies.expire_due(session, at=at, after_weeks=settings.vacancy_weeks)
    return f"{len(expired)} expired"


def _forget_requests(session: Session, settings: Settings, at: datetime) -> str:
    return f"{idempotency.forget(session)} forgotten"


def _forget_tries(session: Session, settings: Settings, at: datetime) -> str:
    return f"{tries.forget(session)} forgotten"


def _propose_erasure(session: Session, settings: Settings, at: datetime) -> str:
    return f"{erasing.propose(session, at=at)} proposed"


def _raise_alarms(session: Session, settings: Settings, at: datetime) -> str:
    return f"{alarms.raise_due(session, at=at)} raised"


def _gather_digests(session: Session, settings: Settings, at: datetime) -> str:
    return f"{digests.gather(session, at=at)} digests"


#: What is done, when, and whom it is for; docs/notifications.md is held to it.
DAILY = (
    Daily("erasures.propose", _propose_erasure, "IMDi's leads and the administrator"),
    Daily("vacancies.expire", _expire_vacancies, "municipalities with an old report"),
    Daily("alarms.raise", _raise_alarms, "those of the alarms below", when=MORNING),
    Daily("digests.gather", _gather_digests, "who has chosen the day's digest", when=MORNING),
    Daily("requests.forget", _forget_requests, "nobody: keys of repeated requests"),
    Daily("tries.forget", _forget_tries, "nobody: counters of sign-ins"),
)

#: Where there is a key to sign with.
ANCHOR = Hourly("audit.anchor", anchoring.anchor, "the auditor")


def run(sessions: Sessions, settings: Settings, *, stop: Signal) -> None:
    """Work until `stop` is set; a database that is away is waited for."""
    with (
        letters.keeps_posting(sessions, settings, stop=stop),
        messages.keeps_sending(sessions, settings, stop=stop),
        webhooks.keeps_sending(sessions, settings, stop=stop),
        carrier.keeps_telling(sessions, settings, stop=stop),
        preparing.keeps_preparing(sessions, stop=stop),
    ):
        while not stop.is_set():
            try:
                work(sessions, settings, stop=stop)
            except SQLAlchemyError as fault:
                log.warning("the worker could not go on and tries again: %s", type(fault).__name__)
            stop.wait(GLANCE)


def work(sessions: Sessions, settings: Settings, *, stop: Signal | None = None) -> int:
    """Do all that waits; returns how many events were told and pieces of work done."""
    recurring = (*DAILY, *((ANCHOR,) if settings.audit_key else ()))
    done = sum(_do_if_due(sessions, settings, one) for one in recurring)
    done += tell(sessions, stop=stop)
    while not (stop and stop.is_set()) and _erase_next(sessions):
        done += 1
    return done + letters.work(sessions, settings, stop=stop)


def tell(sessions: Sessions, *, stop: Signal | None = None) -> int:
    """Tell what waits to be told; returns how many events."""
    done = 0
    while not (stop and stop.is_set()) and (some := _tell_some(sessions)):
        done += some
    return done


def _erase_next(sessions: Sessions) -> bool:
    """Erase one approved case in a transaction of its own."""
    with transaction(sessions) as session:
        erased = erasing.erase_next(session, at=_now(session))
    if erased is not None:
        log.info("the people of case %s are erased", erased)
    return erased is not None


def _now(session: Session) -> datetime:
    """By the clock of the database's world: one that has been set is the demonstration's."""
    return clock.now(session, demo=True)


def _tell_some(sessions: Sessions) -> int:
    """Returns how many events it was about."""
    try:
        with transaction(sessions) as session:
            told = deliver_some(session, at=_now(session), most=BATCH)
    except CannotTell as fault:
        code = type(fault.__cause__).__name__
        log.error("event %s cannot be told", fault.event_id, exc_info=fault.__cause__)  # noqa: TRY400  its cause is the fault
        with transaction(sessions) as session:
            put_off(session, fault.event_id, code, at=_now(session))
        return 1
    for one in told:
        log.info("%s: event %s, case %s", one.type, one.id, one.case_id)
    return len(told)


def _do_if_due(sessions: Sessions, settings: Settings, daily: Daily) -> bool:
    with transaction(sessions) as session:
        at = _now(session)
        if not _claim(session, daily, at):
            return False
        came_of_it = daily.do(session, settings, at)
        session.execute(
            update(ScheduledWork)
            .where(ScheduledWork.name == daily.name)
            .values(due_at=daily.again(at))
        )
    log.info("%s: %s", daily.name, came_of_it)
    return True


def _claim(session: Session, daily: Daily, at: datetime) -> bool:
    """Whether the work is due and nobody else's; its row is then locked for this transaction."""
    due_at = session.scalar(select(ScheduledWork.due_at).where(ScheduledWork.name == daily.name))
    if due_at is None:
        session.execute(
            upsert(ScheduledWork).values(name=daily.name, due_at=at).on_conflict_do_nothing()
        )
    elif due_at > at:
        return False
    return (
        session.scalar(
            select(ScheduledWork.name)
            .where(ScheduledWork.name == daily.name, ScheduledWork.due_at <= at)
            .with_for_update(skip_locked=True)
        )
        is not None
    )
