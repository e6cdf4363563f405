"""What other systems are told: the events, by their public types, and what each one says.

Types are public and stable; a change that would break a receiver is another version of the type.
An event says what happened to what, with identifiers, codes and days: never a name, a number of a
person, a flight or a free text. Who is to know more reads it by the API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workflow.accommodation.events import AccommodationEvent
from workflow.allocation.events import AllocationEvent
from workflow.approvals.events import ApprovalEvent
from workflow.capacity.events import CapacityEvent
from workflow.cases.events import CaseEvent
from workflow.kernel.country import Country
from workflow.municipalities.events import MunicipalityEvent
from workflow.reforms.events import ReformEvent
from workflow.reports.events import ReportEvent
from workflow.travel.events import TravelEvent
from workflow.vacancies.events import VacancyEvent

#: What stands before and after an event's own name in its type.
PREFIX: Final = {Country.NORWAY: "no.bosetting.", Country.SWEDEN: "se.bosetting."}
VERSION: Final = ".v1"


def type_of(event: str, country: Country) -> str:
    """The public type of an event by its own name."""
    return f"{PREFIX[country]}{event}{VERSION}"


@dataclass(frozen=True, slots=True)
class Published:
    """One kind of event: `data` are the facts it hands on."""

    event: str
    means: str
    data: tuple[str, ...] = ()
    #: The fact that names what it is about; None: the case, else the municipality.
    subject: str | None = None
    country: Country = Country.NORWAY

    @property
    def type(self) -> str:
        return type_of(self.event, self.country)


_BOOKING: Final = ("booking_id", "version")
_LIMIT: Final = ("kind", "most", "from_on", "until_on")

PUBLISHED: Final = (
    Published(CaseEvent.REGISTERED, "A case was registered."),
    Published(CaseEvent.ENTRY_CHANGED, "What is known of its entry changed.", ("status",)),
    Published(CaseEvent.DISTRIBUTED, "It was put to a municipality.", ("answer_due",)),
    Published(CaseEvent.REDISTRIBUTED, "It was put to a municipality again.", ("answer_due",)),
    Published(CaseEvent.ACCEPTED, "The municipality said yes.", ("settlement_week",)),
    Published(CaseEvent.DECLINED, "The municipality said no."),
    Published(CaseEvent.RETRACTED, "The municipality took its yes back."),
    Published(CaseEvent.REOPENED, "The municipality would be asked again after its no."),
    Published(CaseEvent.WEEK_CHANGED, "The settlement week was changed.", ("settlement_week",)),
    Published(CaseEvent.PLACED, "IMDi made its settlement decision.", ("settlement_week",)),
    Published(CaseEvent.WITHDRAWN, "IMDi withdrew it from the municipality.", ("reversal",)),
    Published(CaseEvent.RESTORED, "Its withdrawal was undone."),
    Published(CaseEvent.RECALLED, "Its redistribution was undone."),
    Published(CaseEvent.SETTLED_SOME, "Some of its persons were settled.", ("persons",)),
    Published(CaseEvent.SETTLED, "All of its persons are settled.", ("persons",)),
    Published(CaseEvent.SETTLEMENT_CORRECTED, "A settlement day was corrected.", ("persons",)),
    Published(CaseEvent.PERSON_JOINED, "A person joined it."),
    Published(CaseEvent.PERSON_LEFT, "A person left it."),
    Published(CaseEvent.PERSON_CORRECTED, "What was known of a person was corrected."),
    Published(CaseEvent.LAPSED, "It lapsed."),
    Published(TravelEvent.PAPERS_RECORDED, "Papers of travel were recorded for its people."),
    Published(TravelEvent.BOOKED, "Its travel was booked.", _BOOKING),
    Published(TravelEvent.RESCHEDULED, "Its travel was moved.", _BOOKING),
    Published(TravelEvent.CANCELLED, "Its travel was cancelled.", (*_BOOKING, "case_left")),
    Published(TravelEvent.ARRIVED, "It arrived.", (*_BOOKING, "arrived", "not_arrived")),
    Published(TravelEvent.MEETING_CONFIRMED, "The municipality meets who comes.", _BOOKING),
    Published(TravelEvent.TRANSPORT_PLANNED, "The reception centre planned its transport."),
    Published(TravelEvent.TRANSPORT_ANSWERED, "The municipality answered about its transport."),
    Published(
        VacancyEvent.REPORTED,
        "The municipality reported a home or capacity.",
        ("kind", "places", "available_from_week"),
        subject="vacancy_id",
    ),
    Published(VacancyEvent.CLOSED, "It took its report back.", subject="vacancy_id"),
    Published(VacancyEvent.EXPIRED, "The report expired.", subject="vacancy_id"),
    Published(
        CapacityEvent.KIND_WISHED,
        "The municipality wishes a limit to a kind of household.",
        _LIMIT,
        "limit_id",
    ),
    Published(CapacityEvent.KIND_CONFIRMED, "IMDi confirmed the limit.", _LIMIT, "limit_id"),
    Published(CapacityEvent.KIND_REFUSED, "IMDi said no to the limit.", _LIMIT, "limit_id"),
    Published(CapacityEvent.KIND_ENDED, "The limit holds no longer.", _LIMIT, "limit_id"),
    Published(ReformEvent.MERGED, "The municipality is made of others.", ("reform_id", "on")),
    Published(ReformEvent.SPLIT, "The municipality was split.", ("reform_id", "on")),
    Published(ReformEvent.CASE_FOLLOWED, "The case follows its municipality's merger."),
    Published(ReformEvent.CASE_MOVED, "The case goes on in one of the split's successors."),
    Published(MunicipalityEvent.RENAMED, "It has another number or name.", ("from", "to", "year")),
)

#: What stays within, and why.
KEPT_WITHIN: Final[Mapping[str, str]] = {
    ApprovalEvent.WAITS_IN_MUNICIPALITY: "work between two persons of one office",
    ApprovalEvent.WAITS: "work between two persons of one office",
    ApprovalEvent.WAITS_IN_AGENCY: "work between two persons of one office",
    ApprovalEvent.WAITS_FOR_LEAD: "work between two persons of one office",
    ApprovalEvent.APPROVED: "work between two persons of one office",
    ApprovalEvent.REJECTED: "work between two persons of one office",
    ApprovalEvent.UNDONE: "work between two persons of one office",
    CapacityEvent.STATISTICS_STORED: "an import's own trace; the figures are read by the API",
    MunicipalityEvent.REGISTER_STORED: "an import's own trace; renamed municipalities are told",
    MunicipalityEvent.LETTER_LANGUAGE_SET: "a setting of the municipality's",
    MunicipalityEvent.PREFERRED_AIRPORT_SET: "a setting of the municipality's",
    TravelEvent.QUARANTINE_CHANGED: "a published rule; about no case and no municipality",
}

_DECIDED: Final = ("year", "version_id", "told_on", "effective_on")
_NUMBER: Final = (*_DECIDED, "before", "after", "carried", "earliest_on")
_OF_A_SWAP: Final = ("swap_id", "year", "state", "counties")
_PLACES: Final = (
    *("contract_id", "call_off_id", "beds", "starts_on", "ends_on", "told_on", "earliest_on"),
)
_OF_A_REPORT: Final = ("report_id", "counties")


def _swedish(
    event: str, means: str, data: tuple[str, ...] = (), subject: str | None = None
) -> Published:
    return Published(event, means, data, subject, Country.SWEDEN)


#: Of a Swedish deployment.
SWEDISH: Final = (
    _swedish(
        AllocationEvent.DECIDED,
        "A version of a year's numbers was decided.",
        (*_DECIDED, "kind", "changes", "inside_notice", "counties"),
        "version_id",
    ),
    _swedish(AllocationEvent.FIRST, "The municipality has its first number.", _NUMBER),
    _swedish(AllocationEvent.RAISED, "Its number was raised.", _NUMBER),
    _swedish(
        AllocationEvent.RAISED_EARLY, "Its number was raised inside its notice period.", _NUMBER
    ),
    _swedish(AllocationEvent.LOWERED, "Its number was lowered.", _NUMBER),
    _swedish(
        AllocationEvent.CARRIED_OVER,
        "A correction waits for its first number of the year.",
        ("year", "persons"),
    ),
    _swedish(
        AllocationEvent.KEY_IN_FORCE,
        "Numbers were decided by a version of a key for the first time.",
        ("key_id", *_DECIDED),
        "key_id",
    ),
    _swedish(
        AllocationEvent.SWAP_PROPOSED,
        "The other municipality proposes a swap.",
        _OF_A_SWAP,
        "swap_id",
    ),
    _swedish(AllocationEvent.SWAP_AGREED, "The other one agrees to it.", _OF_A_SWAP, "swap_id"),
    _swedish(AllocationEvent.SWAP_CONFIRMED, "Its number was changed by a swap.", _NUMBER),
    _swedish(AllocationEvent.SWAP_DECLINED, "A swap came to nothing.", _OF_A_SWAP, "swap_id"),
    _swedish(AllocationEvent.SWAP_OVER, "A swap of the county is over.", _OF_A_SWAP, "swap_id"),
    _swedish(
        AccommodationEvent.ADDED,
        "A place to live in was registered in it.",
        ("object_id", "beds"),
        "object_id",
    ),
    _swedish(
        AccommodationEvent.BEDS_CHANGED,
        "A place to live in has another number of beds.",
        ("object_id", "before", "after", "on"),
        "object_id",
    ),
    _swedish(AccommodationEvent.AGREED, "Places were agreed on in it.", _PLACES, "call_off_id"),
    _swedish(
        AccommodationEvent.AGREED_EARLY,
        "Places were agreed on in it that begin inside its notice period.",
        _PLACES,
        "call_off_id",
    ),
    _swedish(
        AccommodationEvent.ENDED,
        "Places end before the time that was agreed.",
        ("contract_id", "call_off_id", "beds", "ends_on"),
        "call_off_id",
    ),
    _swedish(ReportEvent.TO_SIGN, "An interim report is to be signed.", _OF_A_REPORT, "report_id"),
    _swedish(ReportEvent.SIGNED, "A board signed its part of it.", _OF_A_REPORT, "report_id"),
    _swedish(ReportEvent.ALL_SIGNED, "Every board has signed its part.", _OF_A_REPORT, "report_id"),
    _swedish(ReportEvent.COORDINATED, "Stockholm's board coordinated it.", (), "report_id"),
    _swedish(ReportEvent.FROZEN, "A report was frozen.", ("report_id",), "report_id"),
)

PUBLISHED_IN: Final = {Country.NORWAY: PUBLISHED, Country.SWEDEN: SWEDISH}
BY_EVENT: Final = {one.event: one for one in (*PUBLISHED, *SWEDISH)}
BY_TYPE: Final = {one.type: one for one in (*PUBLISHED, *SWEDISH)}
#: What the test button sends.
TEST: Final = "webhook.test"
