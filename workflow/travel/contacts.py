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
    if topic is not Topic.ARRIVAL:
        return SUPPORT_PORTAL
    if group is Group.RECEPTION_CENTRE and reception_centre is not None:
        return Contact(Office.RECEPTION_CENTRE, name=reception_centre)
    days = [day for day in (asked_on, placed_on) if day is not None]
    if group is Group.RESETTLEMENT and days and max(days) > UDI_ANSWERS_AFTER:
        return UDI_RESETTLEMENT
    return SUPPORT_PORTAL
