"""Who is told what: event → message, to whom. A row a rule; what is not listed is told to nobody.

A municipality hears of every question, withdrawal and change of travel at once (R17, R20, R21);
IMDi of every answer; UDI of what it books for. Who may be the second person hears of what waits,
who prepared it of what came of it.
"""

from dataclasses import dataclass
from enum import StrEnum

from notifications.states import Condition, Topic
from workflow.accommodation.events import AccommodationEvent
from workflow.allocation.events import AllocationEvent
from workflow.approvals.events import ApprovalEvent
from workflow.capacity.events import CapacityEvent
from workflow.cases.events import CaseEvent
from workflow.reforms.events import ReformEvent
from workflow.reports.events import ReportEvent
from workflow.travel.events import TravelEvent
from workflow.vacancies.events import VacancyEvent


class Audience(StrEnum):
    """An office that shares its notices: what one has read, the office has read; or one person."""

    MUNICIPALITY = "municipality"
    IMDI = "imdi"
    UDI = "udi"
    #: IMDi's leads.
    LEAD = "lead"
    #: The users the event names (`users`), each for themselves.
    PERSON = "person"
    #: Sweden's: Migrationsverket, the county boards the event names (`counties`), and the one
    #: that coordinates them.
    AGENCY = "agency"
    COUNTY = "county"
    COORDINATOR = "coordinator"


class AlarmEvent(StrEnum):
    """What has come about by nothing but time; raised by notifications.alarms."""

    FOURTH_DAY = "alarm.fourth_day"
    LAST_DAY = "alarm.last_day"
    OVERDUE = "alarm.overdue"
    PERMIT_MONTH = "alarm.permit_month"
    PERMIT_FORTNIGHT = "alarm.permit_fortnight"
    PAPERS_FORTNIGHT = "alarm.papers_fortnight"


@dataclass(frozen=True, slots=True)
class Rule:
    """The event's type, and the audiences told of it. `message` is the key of its label.

    Every audience has it as a notice. By e-mail and SMS it goes to whom the audience has chosen for
    the topic, at once or with the day's digest as each has chosen (notifications.recipients), and
    only while the condition holds.
    """

    event: str
    message: str
    to: tuple[Audience, ...]
    topic: Topic = Topic.CASES
    condition: Condition | None = None

    @property
    def reminds(self) -> bool:
        """Raised by time alone: said in vain, it is not even a notice."""
        return self.event in set(AlarmEvent)


_HERE, _IMDI, _UDI = Audience.MUNICIPALITY, Audience.IMDI, Audience.UDI

_OPEN = Condition.UNANSWERED

RULES: tuple[Rule, ...] = (
    Rule(CaseEvent.DISTRIBUTED, "asked", (_HERE,), Topic.REQUESTS, _OPEN),
    Rule(CaseEvent.REDISTRIBUTED, "asked_again", (_HERE,), Topic.REQUESTS, _OPEN),
    Rule(CaseEvent.ACCEPTED, "accepted", (_IMDI,)),
    Rule(CaseEvent.DECLINED, "declined", (_IMDI,)),
    Rule(CaseEvent.RETRACTED, "retracted", (_IMDI,)),
    Rule(CaseEvent.REOPENED, "reopened", (_IMDI,)),
    Rule(CaseEvent.WEEK_CHANGED, "week_changed", (_HERE, _IMDI, _UDI)),
    Rule(CaseEvent.PLACED, "placed", (_HERE, _UDI)),
    Rule(CaseEvent.WITHDRAWN, "withdrawn", (_HERE, _UDI), Topic.WITHDRAWALS),
    Rule(CaseEvent.RESTORED, "restored", (_HERE,), Topic.WITHDRAWALS),
    Rule(CaseEvent.LAPSED, "lapsed", (_HERE, _UDI), Topic.WITHDRAWALS),
    Rule(CaseEvent.PERSON_JOINED, "person_joined", (_HERE, _UDI)),
    Rule(CaseEvent.PERSON_LEFT, "person_left", (_HERE, _UDI)),
    Rule(CaseEvent.PERSON_CORRECTED, "person_corrected", (_HERE, _UDI)),
    Rule(CaseEvent.SETTLED, "settled", (_IMDI,)),
    Rule(TravelEvent.BOOKED, "travel_booked", (_HERE,), Topic.TRAVEL),
    Rule(TravelEvent.RESCHEDULED, "travel_rescheduled", (_HERE,), Topic.TRAVEL),
    Rule(TravelEvent.CANCELLED, "travel_cancelled", (_HERE,), Topic.TRAVEL),
    Rule(TravelEvent.MEETING_CONFIRMED, "meeting_confirmed", (_UDI,)),
    Rule(TravelEvent.TRANSPORT_PLANNED, "transport_planned", (_HERE,), Topic.TRAVEL),
    Rule(TravelEvent.ARRIVED, "arrived", (_IMDI,)),
    Rule(ReformEvent.MERGED, "municipality_merged", (_HERE, _IMDI, _UDI), Topic.REGISTER),
    Rule(ReformEvent.SPLIT, "municipality_split", (_HERE, _IMDI, _UDI), Topic.REGISTER),
    Rule(ReformEvent.CASE_MOVED, "case_moved", (_HERE, _UDI)),
    Rule(VacancyEvent.EXPIRED, "vacancy_expired", (_HERE,), Topic.HOMES),
    Rule(CapacityEvent.KIND_WISHED, "kind_wished", (_IMDI,), Topic.HOMES),
    Rule(CapacityEvent.KIND_CONFIRMED, "kind_confirmed", (_HERE,), Topic.HOMES),
    Rule(CapacityEvent.KIND_REFUSED, "kind_refused", (_HERE,), Topic.HOMES),
    Rule(CapacityEvent.KIND_ENDED, "kind_ended", (_HERE, _IMDI), Topic.HOMES),
    Rule(AlarmEvent.FOURTH_DAY, "reminder", (_HERE,), Topic.REMINDERS, _OPEN),
    Rule(AlarmEvent.LAST_DAY, "last_reminder", (_HERE,), Topic.REMINDERS, _OPEN),
    Rule(AlarmEvent.OVERDUE, "answer_overdue", (_HERE, _IMDI), Topic.REMINDERS, _OPEN),
    Rule(AlarmEvent.PERMIT_MONTH, "permit_month", (_IMDI, _UDI), Topic.VALIDITY),
    Rule(AlarmEvent.PERMIT_FORTNIGHT, "permit_fortnight", (_IMDI, _UDI), Topic.VALIDITY),
    Rule(AlarmEvent.PAPERS_FORTNIGHT, "papers_fortnight", (_IMDI, _UDI), Topic.VALIDITY),
    Rule(ApprovalEvent.WAITS_IN_MUNICIPALITY, "approval_waits", (_HERE,)),
    Rule(ApprovalEvent.WAITS, "approval_waits", (_IMDI,)),
    Rule(ApprovalEvent.WAITS_FOR_LEAD, "approval_waits", (Audience.LEAD,)),
    Rule(ApprovalEvent.APPROVED, "approval_approved", (Audience.PERSON,)),
    Rule(ApprovalEvent.REJECTED, "approval_rejected", (Audience.PERSON,)),
    Rule(ApprovalEvent.UNDONE, "approval_undone", (Audience.PERSON,)),
)

_AGENCY, _BOARD, _STOCKHOLM = Audience.AGENCY, Audience.COUNTY, Audience.COORDINATOR
_TARGETS, _SWAPS, _REPORTS = Topic.TARGETS, Topic.SWAPS, Topic.REPORTS
_PLACES = Topic.PLACES

#: Of a Swedish deployment. A board hears once of a decision, a municipality of its own number.
SWEDISH_RULES: tuple[Rule, ...] = (
    Rule(AllocationEvent.DECIDED, "targets_decided", (_BOARD, _STOCKHOLM, _AGENCY), _TARGETS),
    Rule(AllocationEvent.FIRST, "target_first", (_HERE,), _TARGETS),
    Rule(AllocationEvent.RAISED, "target_raised", (_HERE,), _TARGETS),
    Rule(AllocationEvent.RAISED_EARLY, "target_raised_early", (_HERE, _BOARD), _TARGETS),
    Rule(AllocationEvent.LOWERED, "target_lowered", (_HERE,), _TARGETS),
    Rule(AllocationEvent.CARRIED_OVER, "target_carried_over", (_HERE, _BOARD), _TARGETS),
    Rule(AllocationEvent.KEY_IN_FORCE, "key_in_force", (_BOARD, _STOCKHOLM, _AGENCY), _TARGETS),
    Rule(AllocationEvent.SWAP_PROPOSED, "swap_proposed", (_HERE, _BOARD), _SWAPS),
    Rule(AllocationEvent.SWAP_AGREED, "swap_agreed", (_HERE, _BOARD, _AGENCY), _SWAPS),
    Rule(AllocationEvent.SWAP_CONFIRMED, "swap_confirmed", (_HERE,), _SWAPS),
    Rule(AllocationEvent.SWAP_DECLINED, "swap_declined", (_HERE,), _SWAPS),
    Rule(AllocationEvent.SWAP_OVER, "swap_over", (_BOARD,), _SWAPS),
    Rule(AccommodationEvent.ADDED, "accommodation_added", (_HERE, _BOARD), _PLACES),
    Rule(AccommodationEvent.BEDS_CHANGED, "beds_changed", (_HERE, _BOARD), _PLACES),
    Rule(AccommodationEvent.AGREED, "places_agreed", (_HERE, _BOARD), _PLACES),
    Rule(AccommodationEvent.AGREED_EARLY, "places_agreed_early", (_HERE, _BOARD), _PLACES),
    Rule(AccommodationEvent.ENDED, "places_ended", (_HERE, _BOARD), _PLACES),
    Rule(ReportEvent.TO_SIGN, "report_to_sign", (_BOARD, _STOCKHOLM), _REPORTS),
    Rule(ReportEvent.SIGNED, "report_signed", (_STOCKHOLM, _AGENCY), _REPORTS),
    Rule(ReportEvent.ALL_SIGNED, "report_all_signed", (_STOCKHOLM, _AGENCY), _REPORTS),
    Rule(ReportEvent.COORDINATED, "report_coordinated", (_AGENCY,), _REPORTS),
    Rule(ReportEvent.FROZEN, "report_frozen", (_BOARD, _STOCKHOLM, _AGENCY), _REPORTS),
    Rule(ApprovalEvent.WAITS_IN_AGENCY, "approval_waits", (_AGENCY,)),
)

BY_EVENT = {rule.event: rule for rule in (*RULES, *SWEDISH_RULES)}
BY_MESSAGE = {rule.message: rule for rule in (*SWEDISH_RULES, *RULES)}
#: Which messages a topic has.
MESSAGES_OF = {
    topic: frozenset(rule.message for rule in (*RULES, *SWEDISH_RULES) if rule.topic is topic)
    for topic in Topic
}
