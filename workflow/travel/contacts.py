"""Whom to ask about a case, by topic and day (R30, R32)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from workflow.cases.states import Group

#: Arrival of cases distributed or placed after this day is UDI's to answer for; the letter of 2020.
UDI_ANSWERS_AFTER = date(2020, 3, 12)


class Topic(StrEnum):
    SETTLEMENT = "settlement"
    ARRIVAL = "arrival"


class Office(StrEnum):
    """IMDi is reached by its support portal, the others directly."""

    IMDI = "imdi"
    UDI = "udi"
    RECEPTION_CENTRE = "reception_centre"


@dataclass(frozen=True, slots=True)
class Contact:
    office: Office
    #: A reception centre's.
    name: str | None = None
    phone: str | None = None
    email: str | None = None


SUPPORT_PORTAL = Contact(Office.IMDI)
UDI_RESETTLEMENT = Contact(Office.UDI, phone="+47 400 36 828", email="resettlement@udi.no")


@dataclass(frozen=True, slots=True)
class ContactRule:
    """Whom to ask about a topic. The first row that fits a case is the one.

    Args:
        group: None for every group.
        after: asked or placed after this day; None for any day.
        contact: None for the reception centre the case is from.
    """

    topic: Topic
    contact: Contact | None
    group: Group | None = None
    after: date | None = None


CONTACTS: tuple[ContactRule, ...] = (
    ContactRule(Topic.ARRIVAL, None, group=Group.RECEPTION_CENTRE),
    ContactRule(Topic.ARRIVAL, UDI_RESETTLEMENT, group=Group.RESETTLEMENT, after=UDI_ANSWERS_AFTER),
    ContactRule(Topic.ARRIVAL, SUPPORT_PORTAL),
    ContactRule(Topic.SETTLEMENT, SUPPORT_PORTAL),
)


def contact_for(
    topic: Topic,
    *,
    group: Group,
    asked_on: date | None,
    placed_on: date | None,
    reception_centre: str | None,
) -> Contact:
    """Arrivals are UDI's, or the reception centre's; everything else is IMDi's.

    Args:
        asked_on: day of the current distribution; None where the case has none.
        placed_on: day of the settlement decision.
    """
    last = max((day for day in (asked_on, placed_on) if day is not None), default=None)
    centre = reception_centre and Contact(Office.RECEPTION_CENTRE, name=reception_centre)
    for rule in CONTACTS:
        contact = rule.contact or centre
        fits = rule.topic is topic and rule.group in {None, group}
        in_time = rule.after is None or (last is not None and last > rule.after)
        if fits and in_time and contact:
            return contact
    raise AssertionError(f"nobody answers for {topic}")
