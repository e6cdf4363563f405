"""The lists a person keeps views of: where each is, who reads it, what can be kept of its address.

What is kept is a word of ours, a year, a day, a number of a municipality: never what somebody typed
to search by, which may be a name or a DUF number. A filter that is not here is not kept.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.deliveries import Fate
from app.typed import typed_day, typed_year
from notifications.dispatching import SEES_ALL
from workflow.approvals.states import ApprovalState
from workflow.capacity.states import Pool
from workflow.cases import distributions
from workflow.cases.accounts import Figure
from workflow.cases.states import CaseState, DistributionState, EntryStatus, Group
from workflow.kernel.actor import COUNTY, DIRECTORATE, MUNICIPALITY, ROLES_OF, Role
from workflow.kernel.audit import Kind
from workflow.kernel.country import Country
from workflow.letters import queries as letters
from workflow.letters.states import LetterState
from workflow.municipalities.models import Municipality
from workflow.municipalities.sweden import COUNTIES
from workflow.redistribution import awaiting
from workflow.travel import worklists


class SavedList(StrEnum):
    CASES = "cases"
    ENTRY = "entry"
    MUNICIPALITIES = "municipalities"
    LETTERS = "letters"
    APPROVALS = "approvals"
    REQUESTS = "requests"
    SETTLEMENTS = "settlements"
    TRAVEL = "travel"
    DELIVERIES = "deliveries"
    AUDIT = "audit"
    #: Sweden's.
    FULFILMENT = "fulfilment"
    DIALOGUE = "dialogue"


#: What is written as it is kept; None where it is no value of the filter.
Reads = Callable[[Session, str], str | None]
#: Filters of any list that hold what somebody typed: kept by none.
SEARCHES: Final = frozenset({"q", "subject", "actor", "action"})
#: What an address has beside its filters.
BESIDE: Final = frozenset({"cursor", "velg", "visning"})


@dataclass(frozen=True, slots=True)
class Keeps:
    """A list, and what is kept of its address."""

    path: str
    roles: Collection[Role]
    filters: Mapping[str, Reads]
    country: Country = Country.NORWAY


def _words(*words: str) -> Reads:
    known = frozenset(str(word) for word in words)
    return lambda _session, text: text if text in known else None


def _sorts(*columns: str) -> Reads:
    return _words(*columns, *(f"-{column}" for column in columns))


def _year(_session: Session, text: str) -> str | None:
    return text if typed_year(text) else None


def _day(_session: Session, text: str) -> str | None:
    try:
        return typed_day(text).isoformat()
    except ValueError:
        return None


def _digits(_session: Session, text: str) -> str | None:
    return text if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) else None


def _country(_session: Session, text: str) -> str | None:
    return text if re.fullmatch(r"[A-Z]{2}", text, re.ASCII) else None


def _municipality(session: Session, text: str) -> str | None:
    if not re.fullmatch(r"[0-9]{4}", text, re.ASCII):
        return None
    return session.scalar(select(Municipality.number).where(Municipality.number == text).limit(1))


def _county(session: Session, text: str) -> str | None:
    return session.scalar(select(Municipality.county).where(Municipality.county == text).limit(1))


_ON: Final = _words("true")
_OF_A_YEAR: Final = {"figure": _words(*Figure), "year": _year, "pool": _words(*Pool)}
_IMDI: Final = (*sorted(DIRECTORATE), Role.AUDITOR)
_SWEDES: Final = (Role.MIGRATION_OFFICER, *sorted(COUNTY), *sorted(MUNICIPALITY), Role.AUDITOR)
KEPT: Final[Mapping[SavedList, Keeps]] = {
    SavedList.CASES: Keeps(
        "/saker",
        (*_IMDI, Role.TRAVEL_OFFICER),
        {
            "state": _words(*CaseState),
            "group": _words(*Group),
            "entry": _words(*EntryStatus),
            "municipality": _municipality,
            "former": _municipality,
            "overdue": _ON,
            **_OF_A_YEAR,
            "sort": _sorts("case_number", "state", "municipality", "persons", "entry", "when"),
        },
    ),
    SavedList.ENTRY: Keeps(
        "/innreise",
        (*_IMDI, Role.TRAVEL_OFFICER),
        {"country": _country, "status": _words(*EntryStatus)},
    ),
    SavedList.MUNICIPALITIES: Keeps(
        "/kommuner",
        sorted(ROLES_OF[Country.NORWAY]),
        {
            "year": _year,
            "county": _county,
            "asked": _ON,
            "sort": _sorts(
                *("name", "original", "asked", "decided", "extra", "settled", "held", "free"),
                *("share", "overrun"),
            ),
        },
    ),
    SavedList.LETTERS: Keeps(
        "/brev",
        (*_IMDI, *sorted(MUNICIPALITY)),
        {
            "state": _words(*LetterState),
            "kommune": _municipality,
            "sort": _sorts(*letters.COLUMNS),
        },
    ),
    SavedList.APPROVALS: Keeps(
        "/godkjenninger",
        (
            *(*_IMDI, Role.TRAVEL_OFFICER),
            *(Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR),
        ),
        {"state": _words(*ApprovalState), "sort": _sorts(*awaiting.COLUMNS)},
    ),
    SavedList.REQUESTS: Keeps(
        "/kommune/foresporsler",
        sorted(MUNICIPALITY),
        {"state": _words(*DistributionState), "sort": _sorts(*distributions.SORTS)},
    ),
    SavedList.SETTLEMENTS: Keeps(
        "/kommune/bosettinger",
        sorted(MUNICIPALITY),
        {
            "state": _words(*CaseState),
            **_OF_A_YEAR,
            "sort": _sorts("case_number", "state", "persons", "settled", "week"),
        },
    ),
    SavedList.TRAVEL: Keeps(
        "/reiser",
        (Role.TRAVEL_OFFICER, *_IMDI),
        {
            "vis": _words("bestilles", "bestilt", "alle"),
            "sort": _sorts(*worklists.QUEUE_COLUMNS),
        },
    ),
    SavedList.DELIVERIES: Keeps("/utsendinger", sorted(SEES_ALL), {"state": _words(*Fate)}),
    SavedList.AUDIT: Keeps(
        "/revisjon",
        (Role.AUDITOR, Role.LEAD),
        {"kind": _words(*Kind), "since": _day, "until": _day, "refused": _ON, "sort": _sorts("at")},
    ),
    SavedList.FULFILMENT: Keeps(
        "/maluppfyllelse",
        _SWEDES,
        {
            "ar": _year,
            "lan": _words(*COUNTIES),
            "sort": _sorts("name", "target", "filled", "remaining", "share"),
        },
        Country.SWEDEN,
    ),
    SavedList.DIALOGUE: Keeps(
        "/dialog", _SWEDES, {"lan": _words(*COUNTIES), "dagar": _digits}, Country.SWEDEN
    ),
}


def lists_of(role: Role, country: Country) -> tuple[SavedList, ...]:
    """The lists a role reads, in the order they are named here."""
    return tuple(
        one for one, keeps in KEPT.items() if role in keeps.roles and country in _where(one)
    )


def _where(one: SavedList) -> frozenset[Country]:
    everywhere = frozenset(Country)
    return everywhere if one is SavedList.AUDIT else frozenset({KEPT[one].country})
