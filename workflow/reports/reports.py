"""Reports: taken, signed county by county, coordinated, frozen, handed over.

Lock: the report, then its parts by county.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Integer, Uuid, column, func, insert, select, table, update
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import COUNTY, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound, Stale
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.reports import figures
from workflow.reports.access import COORDINATES, only_the_agency
from workflow.reports.errors import (
    HandedOver,
    NotCoordinated,
    NotReconciled,
    NotTheirReport,
    OpeningUnusable,
    PartsUnsigned,
    ReportDayInFuture,
    ReportFrozen,
    ReportNotFrozen,
)
from workflow.reports.events import ReportEvent
from workflow.reports.figures import Cost, Opening, digest
from workflow.reports.models import Report, ReportPart
from workflow.reports.reading import PartSeen, ReportSeen, parts_of, report
from workflow.reports.reconciling import differences
from workflow.reports.states import COUNTRY, ReportKind, ReportState

_SIGNS: Final = 0x7369676E
#: By report: how many boards have not signed, as the owner of the tables counts them.
_LEFT: Final = table("reports_unsigned", column("report_id", Uuid()), column("boards", Integer()))


@dataclass(frozen=True, slots=True)
class NewReport:
    kind: ReportKind
    title: str
    year: int
    #: The day it tells of.
    day: date
    recipients: str
    due_on: date | None = None
    #: The interim report a final one goes on from.
    opening_id: UUID | None = None
    costs: Sequence[Cost] = ()


def draft(session: Session, new: NewReport, *, actor: Actor, at: datetime) -> UUID:
    """Take the figures of a day into a draft; returns its id.

    Raises:
        NotTheirReport; ReportDayInFuture; NothingToReport; OpeningUnusable; Invalid.
    """
    only_the_agency(actor)
    if new.day > local_day(at):
        raise ReportDayInFuture("a report tells of what has been", day=new.day)
    if not new.title or not new.recipients:
        raise Invalid("a title, and whom it is for", pointer="/recipients")
    if len({one.what for one in new.costs}) < len(new.costs):
        raise Invalid("each kind of cost once", pointer="/costs")
    opening = _opening(session, new, actor)
    parts = figures.take(
        session, year=new.year, day=new.day, costs=new.costs, opening=opening, at=at
    )
    made = uuid4()
    sha256 = digest({code: digest(part) for code, part in parts.items()})
    session.execute(
        insert(Report).values(
            id=made,
            kind=new.kind,
            title=new.title,
            year=new.year,
            day=new.day,
            due_on=new.due_on,
            recipients=new.recipients,
            opening_id=new.opening_id,
            state=ReportState.DRAFT,
            sha256=sha256,
            taken_at=at,
            taken_by=actor.name,
            version=1,
        )
    )
    session.execute(
        insert(ReportPart),
        [
            {"report_id": made, "county": code, "figures": part, "sha256": digest(part)}
            for code, part in parts.items()
        ],
    )
    after = {"kind": new.kind, "year": new.year, "day": new.day, "sha256": sha256}
    _record(session, made, "begin_report", after, actor=actor, at=at)
    if new.kind is ReportKind.INTERIM:
        _tell(session, ReportEvent.TO_SIGN, made, _counties(parts), at=at)
    return made


def _opening(session: Session, new: NewReport, actor: Actor) -> Opening | None:
    if new.kind is not ReportKind.FINAL:
        if new.opening_id is not None:
            raise OpeningUnusable("only a final report has an opening", pointer="/opening_id")
        return None
    if new.opening_id is None:
        raise OpeningUnusable("a final report begins with the interim one", pointer="/opening_id")
    try:
        began = report(session, new.opening_id, actor=actor)
    except NotFound:
        raise OpeningUnusable("no such report", pointer="/opening_id") from None
    usable = (
        began.kind is ReportKind.INTERIM
        and began.state is ReportState.FROZEN
        and began.day < new.day
        and began.year == new.year
    )
    if not usable:
        raise OpeningUnusable("not a frozen interim report of that year", pointer="/opening_id")
    parts = {one.county: one.figures for one in parts_of(session, began.id, actor=actor)}
    return Opening(str(began.id), began.sha256, began.day, parts)


def sign(
    session: Session,
    report_id: UUID,
    county: str,
    text: str,
    *,
    sha256: str,
    actor: Actor,
    at: datetime,
) -> None:
    """A county board signs off its part of the joint report, figures and its own words.

    Args:
        sha256: of the figures it has read; others are stale.

    Raises:
        NotTheirReport; NotFound; ReportFrozen; Stale; Invalid: no words.
    """
    if actor.role not in COUNTY or actor.county != county:
        raise NotTheirReport("each board signs its own part", role=actor.role, county=county)
    if not text:
        raise Invalid("what the board says", pointer="/text")
    seen = report(session, report_id, actor=actor)
    if seen.kind is not ReportKind.INTERIM:
        raise NotTheirReport("only the interim report is joint", kind=seen.kind)
    if seen.state is ReportState.FROZEN:
        raise ReportFrozen("what is frozen is never changed")
    # One at a time, or of the last two each would see the other's part unsigned.
    session.execute(select(func.pg_advisory_xact_lock(_SIGNS, func.hashtext(str(report_id)))))
    changed = session.execute(
        update(ReportPart)
        .where(
            ReportPart.report_id == report_id,
            ReportPart.county == county,
            ReportPart.sha256 == sha256,
        )
        .values(text=text, signed_at=at, signed_by=actor.name)
        .returning(ReportPart.county)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if changed is None:
        raise Stale("the part is not the one that was read", version=seen.version)
    after = {"county": county, "sha256": sha256, "text": digest(text)}
    _record(session, report_id, "sign_report_part", after, actor=actor, at=at)
    _tell(session, ReportEvent.SIGNED, report_id, [county], at=at)
    if not _unsigned(session, report_id):
        _tell(session, ReportEvent.ALL_SIGNED, report_id, [], at=at)


def coordinate(
    session: Session, report_id: UUID, *, version: int, actor: Actor, at: datetime
) -> None:
    """The coordinating board says that every part is there and that they go together.

    Raises:
        NotTheirReport; NotFound; ReportFrozen; PartsUnsigned; Stale.
    """
    if actor.role not in COORDINATES:
        raise NotTheirReport("Stockholm's board coordinates", role=actor.role)
    seen = _locked(session, report_id, version, actor)
    if seen.kind is not ReportKind.INTERIM:
        raise NotTheirReport("only the interim report is joint", kind=seen.kind)
    _all_signed(parts_of(session, report_id, actor=actor))
    _write(session, seen, coordinated_at=at, coordinated_by=actor.name)
    _record(session, report_id, "coordinate_report", {"coordinated": True}, actor=actor, at=at)
    _tell(session, ReportEvent.COORDINATED, report_id, [], at=at)


def freeze(
    session: Session,
    report_id: UUID,
    *,
    difference_reason: str | None = None,
    version: int,
    actor: Actor,
    at: datetime,
) -> None:
    """From now on nothing in it changes; its digest is of figures, words and signatures.

    Raises:
        NotTheirReport; NotFound; ReportFrozen; Stale.
        PartsUnsigned; NotCoordinated: the interim report is joint.
        NotReconciled: opening and changes do not make the closing figures, and nobody says why.
    """
    only_the_agency(actor)
    seen = _locked(session, report_id, version, actor)
    parts = parts_of(session, report_id, actor=actor, lock=True)
    if seen.kind is ReportKind.INTERIM:
        _all_signed(parts)
        signed = max(one.signed_at for one in parts if one.signed_at is not None)
        if seen.coordinated_at is None or seen.coordinated_at < signed:
            raise NotCoordinated("the coordinating board has not seen the parts together")
    found = differences({one.county: one.figures for one in parts})
    if found and not difference_reason:
        raise NotReconciled("opening and changes are not the closing figures", count=len(found))
    why = difference_reason if found else None
    sha256 = whole_digest(seen, parts, why)
    _write(
        session,
        seen,
        state=ReportState.FROZEN,
        sha256=sha256,
        difference_reason=why,
        frozen_at=at,
        frozen_by=actor.name,
    )
    after = {"state": ReportState.FROZEN, "sha256": sha256, "differences": len(found)}
    _record(session, report_id, "freeze_report", after, actor=actor, at=at)
    _tell(session, ReportEvent.FROZEN, report_id, _counties(one.county for one in parts), at=at)


def hand_over(
    session: Session, report_id: UUID, on: date, *, version: int, actor: Actor, at: datetime
) -> None:
    """It was handed to its recipients that day; after the day it was due it is shown as late.

    Raises:
        NotTheirReport; NotFound; ReportNotFrozen; HandedOver; ReportDayInFuture; Stale.
    """
    only_the_agency(actor)
    seen = _locked(session, report_id, version, actor, frozen=True)
    if seen.frozen_at is None:
        raise ReportNotFrozen("only what is frozen is handed over")
    if on > local_day(at):
        raise ReportDayInFuture("the day has not come", day=on)
    if seen.handed_over_on is not None or on < local_day(seen.frozen_at):
        raise HandedOver("handed over already, or not frozen then", day=on)
    _write(session, seen, handed_over_on=on, handed_over_by=actor.name)
    _record(session, report_id, "hand_over_report", {"on": on}, actor=actor, at=at)


def _unsigned(session: Session, report_id: UUID) -> int:
    """Boards that have not signed: the number is every board's to know, the parts are not."""
    return session.scalar(select(_LEFT.c.boards).where(_LEFT.c.report_id == report_id)) or 0


def whole_digest(seen: ReportSeen, parts: Sequence[PartSeen], why: str | None) -> str:
    """Of a frozen report: its head, every part's figures, words and signature."""
    return digest(
        {
            "kind": seen.kind,
            "title": seen.title,
            "year": seen.year,
            "day": seen.day.isoformat(),
            "recipients": seen.recipients,
            "difference_reason": why,
            "parts": {
                one.county: {
                    "figures": digest(one.figures),
                    "text": one.text,
                    "signed_by": one.signed_by,
                    "signed_at": one.signed_at.timestamp() if one.signed_at else None,
                }
                for one in parts
            },
        }
    )


def intact(seen: ReportSeen, parts: Sequence[PartSeen]) -> bool:
    """What is stored is what was frozen: every digest comes out the same from it."""
    each = all(one.sha256 == digest(one.figures) for one in parts)
    if seen.state is ReportState.DRAFT:
        return each
    return each and seen.sha256 == whole_digest(seen, parts, seen.difference_reason)


def _all_signed(parts: Sequence[PartSeen]) -> None:
    if missing := [one.county for one in parts if one.county != COUNTRY and one.signed_at is None]:
        raise PartsUnsigned(
            "a board has not signed", count=len(missing), counties=", ".join(missing)
        )


def _locked(
    session: Session, report_id: UUID, version: int, actor: Actor, *, frozen: bool = False
) -> ReportSeen:
    seen = report(session, report_id, actor=actor, lock=True)
    if seen.version != version:
        raise Stale("the report has changed since it was read", version=seen.version)
    if seen.state is ReportState.FROZEN and not frozen:
        raise ReportFrozen("what is frozen is never changed")
    return seen


def _write(session: Session, seen: ReportSeen, **now: Any) -> None:
    session.execute(
        update(Report)
        .where(Report.id == seen.id)
        .values(version=seen.version + 1, **now)
        .execution_options(synchronize_session=False)
    )


def _counties(parts: Iterable[str]) -> list[str]:
    return sorted(county for county in parts if county != COUNTRY)


def _tell(
    session: Session, event: ReportEvent, report_id: UUID, counties: Sequence[str], *, at: datetime
) -> None:
    facts = {"report_id": str(report_id), "counties": [*counties]}
    publish(session, Event(event, facts=facts), at=at)


def _record(
    session: Session,
    report_id: UUID,
    action: str,
    after: Mapping[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    changed = audit.Change(audit.subject(audit.Kind.REPORT, report_id), after=after)
    audit.record(session, changed, action, actor=actor, at=at)
