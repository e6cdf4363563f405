"""Refused attempts on what is protected, recorded in a transaction of their own: nothing changed.

By whoever is signed in: what the role may not (403), what is not theirs to see or not there (404),
what a rule refuses to do (409), of many things at once each that is refused, and a change without
the form's token, which may be another site's doing (403). The two of 404 are recorded by the same
statements, of the thing's chain or the asker's own: else the time an answer takes would tell them
apart. A stranger writes nothing here, and whoever asks faster than `AT_ONCE` and `EACH_SECOND` is
recorded as doing so, once, and then not until it stops.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import Any, Final
from uuid import UUID

from fastapi import Request
from sqlalchemy import event, exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock
from app.acting import SYSTEM
from app.db import transaction
from app.refusals import NotTheForm, TokenReadsOnly
from app.signin import SignedIn
from notifications.models import Recipient
from workflow.cases.models import Distribution, Person
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.audit import AuditHead, Change, Kind
from workflow.kernel.errors import DomainError, NotAllowed, NotFound, Refused

log = logging.getLogger(__name__)

#: Attempts of one holder in one process: so many at once, so many a second in the long run.
AT_ONCE: Final = 60
EACH_SECOND: Final = 1.0
#: Holders kept in mind.
MOST_KNOWN: Final = 10_000
TOO_MANY: Final = "too_many_refusals"

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Names in a path, the narrowest first, and what they name.
_SUBJECTS: Final = {
    "booking_id": Kind.BOOKING,
    "vacancy_id": Kind.VACANCY,
    "run_id": Kind.RUN,
    "measure_id": Kind.MEASURE,
    "case_id": Kind.CASE,
    "letter_id": Kind.LETTER,
    "webhook_id": Kind.WEBHOOK,
}
#: Names that say where, and have no chain that can be found by them.
_BESIDE: Final = frozenset(
    {
        "number",
        "year",
        "notice_id",
        "session_id",
        "token_id",
        "approval_id",
        "user_id",
        "delegation_id",
        "erasure_id",
        "grant_id",
        "webhook_delivery_id",
        "delivery_id",
    }
)
#: Characters of what stands in a path.
LONGEST: Final = 64
#: Names of what stands in the chain of something else: in which.
_WITHIN: Final = {
    "distribution_id": (Distribution.id, Distribution.case_id, Kind.CASE),
    "person_id": (Person.id, Person.case_id, Kind.CASE),
    "recipient_id": (Recipient.id, Recipient.municipality_id, Kind.MUNICIPALITY),
}


@dataclass(slots=True)
class Allowance:
    """How much of each holder is still recorded."""

    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, holder: str) -> bool | None:
        """Whether one more is recorded; None for the first that is not."""
        with self._lock:
            now = monotonic()
            left, since = self._left.get(holder, (float(AT_ONCE), now))
            left = min(float(AT_ONCE), left + (now - since) * EACH_SECOND)
            if len(self._left) >= MOST_KNOWN:
                self._left.clear()
            if left >= 1:
                self._left[holder] = left - 1, now
                return True
            # Below nothing stands who has been told of.
            self._left[holder] = (left if left < 0 else left - 1), now
            return None if left >= 0 else False


def attempt(request: Request, refusal: DomainError) -> None:
    """Record the refusal of a request, if it is one that is; never stands in the answer's way."""
    state = request.state
    found: SignedIn | None = getattr(state, "signed_in", None) or getattr(state, "refused_as", None)
    if found is None or not _is_recorded(request, refusal):
        return
    allowed = request.app.state.refusals_recorded.take(found.holder)
    if allowed is False:
        return
    try:
        with transaction(request.app.state.sessions, SYSTEM) as session:
            at = clock.now(session, demo=request.app.state.settings.demo)
            if allowed is None:
                _too_many(session, found.actor, at)
            else:
                _record(session, request, refusal, found.actor, at)
    except SQLAlchemyError as fault:
        log.warning("a refusal is not in the audit: %s", type(fault).__name__)


def attempts_among(
    request: Request,
    session: Session,
    name: str,
    results: Iterable[tuple[UUID, object]],
    *,
    at: datetime,
) -> None:
    """Record those among many that were refused, once the others are committed.

    Not before: whoever waits for what we have locked may hold the chain of one that was refused.

    Args:
        name: what the ids are: `case_id`, `booking_id`.
        results: by id, a refusal where it was refused.
    """
    found: SignedIn | None = getattr(request.state, "signed_in", None)
    refused = [(its_id, one) for its_id, one in results if isinstance(one, DomainError)]
    if found is None or not refused:
        return

    @event.listens_for(session, "after_commit", once=True)
    def _tell(_: Session) -> None:
        try:
            with transaction(request.app.state.sessions, SYSTEM) as own:
                for its_id, refusal in refused:
                    allowed = request.app.state.refusals_recorded.take(found.holder)
                    if allowed is None:
                        _too_many(own, found.actor, at)
                    if not allowed:
                        break
                    _record_named(own, request, {name: its_id}, refusal, actor=found.actor, at=at)
        except SQLAlchemyError as fault:
            log.warning("refusals are not in the audit: %s", type(fault).__name__)


def _is_recorded(request: Request, refusal: DomainError) -> bool:
    if isinstance(refusal, NotAllowed | NotFound | TokenReadsOnly | NotTheForm):
        return True
    return isinstance(refusal, Refused) and request.method not in _READING


def _record(
    session: Session, request: Request, refusal: DomainError, actor: Actor, at: datetime
) -> None:
    named = request.path_params
    if isinstance(refusal, NotFound) and not _names_one(named):
        return  # no address of ours, or of nothing that is somebody's
    _record_named(session, request, named, refusal, actor=actor, at=at)


def _record_named(
    session: Session,
    request: Request,
    named: dict[str, Any],
    refusal: DomainError,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """In the chain of what was named, or of who asked."""
    route = request.scope.get("route")
    asked = {"method": request.method, "path": getattr(route, "path", "")}
    subject = _subject_of(session, named) or _own_chain(actor)
    change = Change(subject, after=asked | _ids(named))
    action = str(getattr(route, "operation_id", None) or getattr(route, "name", "request"))
    audit.record(session, change, action, actor=actor, at=at, refusal=refusal.code)


def _too_many(session: Session, actor: Actor, at: datetime) -> None:
    audit.record(session, Change(_own_chain(actor)), TOO_MANY, actor=actor, at=at)
    log.warning("more refusals of %s than are recorded", audit.sign_of(actor))


def _own_chain(actor: Actor) -> str:
    return audit.subject(Kind.ACTOR, audit.sign_of(actor).replace(":", "/", 1))


def _ids(named: dict[str, Any]) -> dict[str, Any]:
    return {
        name: str(value)[:LONGEST]
        for name, value in named.items()
        if name in _SUBJECTS.keys() | _WITHIN.keys() | _BESIDE
    }


def _names_one(named: dict[str, Any]) -> bool:
    return not named.keys().isdisjoint(_SUBJECTS.keys() | _WITHIN.keys())


def _subject_of(session: Session, named: dict[str, Any]) -> str | None:
    """The chain of what the path names, where there is such a thing."""
    for name, (its_id, holder, kind) in _WITHIN.items():
        if (wanted := _read(named.get(name), its_id.type.python_type)) is not None:
            held = session.scalar(select(holder).where(its_id == wanted))
            return None if held is None else audit.subject(kind, held)
    for name, kind in _SUBJECTS.items():
        if name in named:
            found = audit.subject(kind, _read(named[name], UUID) or named[name])
            known = select(exists(select(AuditHead).where(AuditHead.subject == found)))
            return found if session.scalar(known) else None
    return None


def _read(value: Any, kind: type[Any]) -> Any:
    """As the table has it; None where it cannot be one."""
    try:
        return None if value is None else kind(str(value))
    except ValueError:
        return None
