"""Who is told what: event → message, to whom. A row a rule; what is not listed is told to nobody.

A municipality hears of every question, withdrawal and change of travel at once (R17, R20, R21);
IMDi of every answer; UDI of what it books for. Who may be the second person hears of what waits,
who prepared it of what came of it.
"""

from dataclasses import dataclass
from enum import StrEnum

from workflow.approvals.events import ApprovalEvent
from workflow.cases.events import CaseEvent
from workflow.reforms.events import ReformEvent
from workflow.travel.events import TravelEvent


class Audience(StrEnum):
    """An office that shares its notices: what one has read, the office has read; or one person."""

    MUNICIPALITY = "municipality"
    IMDI = "imdi"
    UDI = "udi"
    #: IMDi's leads.
    LEAD = "lead"
    #: The users the event names (`users`), each for themselves.
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Rule:
    """The event's type, and the audiences told of it. `message` is the key of its label."""

    event: str
    message: str
    to: tuple[Audience, ...]


_HERE, _IMDI, _UDI = Audience.MUNICIPALITY, Audience.IMDI, Audience.UDI

RULES: tuple[Rule, ...] = (
    Rule(CaseEvent.DISTRIBUTED, "asked", (_HERE,)),
    Rule(CaseEvent.REDISTRIBUTED, "asked_again", (_HERE,)),
    Rule(CaseEvent.ACCEPTED, "accepted", (_IMDI,)),
    Rule(CaseEvent.DECLINED, "declined", (_IMDI,)),
    Rule(CaseEvent.RETRACTED, "retracted", (_IMDI,)),
    Rule(CaseEvent.REOPENED, "reopened", (_IMDI,)),
    Rule(CaseEvent.WEEK_CHANGED, "week_changed", (_HERE, _IMDI, _UDI)),
    Rule(CaseEvent.PLACED, "placed", (_HERE, _UDI)),
    Rule(CaseEvent.WITHDRAWN, "withdrawn", (_HERE, _UDI)),
    Rule(CaseEvent.RESTORED, "restored", (_HERE,)),
    Rule(CaseEvent.LAPSED, "lapsed", (_HERE, _UDI)),
    Rule(CaseEvent.PERSON_JOINED, "person_joined", (_HERE, _UDI)),
    Rule(CaseEvent.PERSON_LEFT, "person_left", (_HERE, _UDI)),
    Rule(CaseEvent.SETTLED, "settled", (_IMDI,)),
    Rule(TravelEvent.BOOKED, "travel_booked", (_HERE,)),
    Rule(TravelEvent.RESCHEDULED, "travel_rescheduled", (_HERE,)),
    Rule(TravelEvent.CANCELLED, "travel_cancelled", (_HERE,)),
    Rule(TravelEvent.ARRIVED, "arrived", (_IMDI,)),
    Rule(ReformEvent.MERGED, "municipality_merged", (_HERE, _IMDI, _UDI)),
    Rule(ReformEvent.SPLIT, "municipality_split", (_HERE, _IMDI, _UDI)),
    Rule(ReformEvent.CASE_MOVED, "case_moved", (_HERE, _UDI)),
    Rule(ApprovalEvent.WAITS_IN_MUNICIPALITY, "approval_waits", (_HERE,)),
    Rule(ApprovalEvent.WAITS, "approval_waits", (_IMDI,)),
    Rule(ApprovalEvent.WAITS_FOR_LEAD, "approval_waits", (Audience.LEAD,)),
    Rule(ApprovalEvent.APPROVED, "approval_approved", (Audience.PERSON,)),
    Rule(ApprovalEvent.REJECTED, "approval_rejected", (Audience.PERSON,)),
    Rule(ApprovalEvent.UNDONE, "approval_undone", (Audience.PERSON,)),
)

BY_EVENT = {rule.event: rule for rule in RULES}
