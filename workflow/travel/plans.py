"""What may be booked: to which airport, and when (R19, R20)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from workflow.cases.moves import CaseInHand
from workflow.kernel.calendar import local_day
from workflow.municipalities.models import Airport, Municipality
from workflow.travel.errors import (
    AirportReasonMissing,
    AirportUnknown,
    ArrivesAfterPapers,
    ArrivesAfterPermit,
    ArrivesBeforeEntry,
    ArrivesInPast,
)
from workflow.travel.routes import Route, as_written, refuse_broken


@dataclass(frozen=True, slots=True)
class Plan:
    """One arrival as it is booked. `flight` None = not known yet."""

    arrival_airport: str
    airport_reason: str | None
    arrives_at: datetime
    flight: str | None
    route: Route = ()
    window_reason: str | None = None

    @property
    def arrives_on(self) -> date:
        return local_day(self.arrives_at)

    def columns(self) -> dict[str, Any]:
        return {
            "arrival_airport": self.arrival_airport,
            "airport_reason": self.airport_reason,
            "arrives_at": self.arrives_at,
            "flight": self.flight,
            "route": as_written(self.route),
            "window_reason": self.window_reason,
        }


def reason_for(
    session: Session, municipality_id: int, arrival_airport: str, reason: str | None
) -> str | None:
    """Why not the municipality's own airport; None where it is that one, or it has none.

    Raises:
        AirportUnknown; AirportReasonMissing (R20).
    """
    row = session.execute(
        select(
            func.coalesce(Municipality.preferred_airport, Municipality.nearest_airport),
            exists().where(Airport.iata == arrival_airport),
        ).where(Municipality.id == municipality_id)
    ).one()
    own: str | None = row[0]
    if not row[1]:
        raise AirportUnknown(arrival_airport=arrival_airport)
    if own is None or arrival_airport == own:
        return None
    if not reason or not reason.strip():
        raise AirportReasonMissing(arrival_airport=arrival_airport, proposed=own)
    return reason


def refuse_impossible(case: CaseInHand, plan: Plan, at: datetime) -> None:
    """Nobody arrives in the past, after permit or papers, before entry, or by flights that miss.

    Raises:
        ArrivesInPast, ArrivesAfterPermit, ArrivesAfterPapers, ArrivesBeforeEntry, RouteBroken.
    """
    if plan.arrives_at <= at:
        raise ArrivesInPast(arrives_at=plan.arrives_at, at=at)
    if case.permit_expires_on is not None and plan.arrives_on > case.permit_expires_on:
        raise ArrivesAfterPermit(
            arrives_on=plan.arrives_on, permit_expires_on=case.permit_expires_on
        )
    if case.papers_expire_on is not None and plan.arrives_on > case.papers_expire_on:
        raise ArrivesAfterPapers(arrives_on=plan.arrives_on, papers_expire_on=case.papers_expire_on)
    if case.entry_from_on is not None and plan.arrives_on < case.entry_from_on:
        raise ArrivesBeforeEntry(arrives_on=plan.arrives_on, entry_from_on=case.entry_from_on)
    refuse_broken(plan.route, plan.arrival_airport, plan.arrives_at)
