"""How long what is kept, from when, and on what ground: the rules as data.

A rule with a state of cases is proposed by the daily job and approved by a person; the others are
carried out by themselves, or say that something stays.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from workflow.cases.states import CaseState
from workflow.privacy.states import RetentionRule


@dataclass(frozen=True, slots=True)
class Keeping:
    """One rule of retention."""

    what: str
    #: Months, and from when they are counted; None: as long as the system stands.
    months: int | None
    since: str
    ground: str
    #: Who lets go of it.
    by: str


@dataclass(frozen=True, slots=True)
class CaseRule:
    """When a case of certain states has been kept long enough."""

    rule: RetentionRule
    states: frozenset[CaseState]
    months: int
    keeping: Keeping


_PROPOSED: Final = "proposed by the daily job, approved by a person, then erased"

CASE_RULES: Final = (
    CaseRule(
        RetentionRule.SETTLED,
        frozenset({CaseState.SETTLED}),
        72,
        Keeping(
            "the people of a settled case",
            72,
            "the last step of the case: the integration grant runs the year of settlement and four"
            " more, and one for its control",
            "GDPR art. 6 no. 1 e, art. 9 no. 2 g and art. 5 no. 1 e; integreringsloven; arkivlova:"
            " what is to be archived is handed over before",
            _PROPOSED,
        ),
    ),
    CaseRule(
        RetentionRule.LAPSED,
        frozenset({CaseState.LAPSED}),
        12,
        Keeping(
            "the people of a case that lapsed",
            12,
            "the last step of the case: nobody came, and nothing more is decided",
            "GDPR art. 5 no. 1 c and e; arkivlova: decision and reversal are archived before",
            _PROPOSED,
        ),
    ),
    CaseRule(
        RetentionRule.IDLE,
        frozenset({CaseState.REGISTERED, CaseState.WITHDRAWN, CaseState.DECLINED}),
        36,
        Keeping(
            "the people of a case nothing has happened to",
            36,
            "the last step of the case: its entry permit, of six months, ran out long ago",
            "GDPR art. 5 no. 1 d and e",
            _PROPOSED,
        ),
    ),
)

#: Months after the day a person left a household: nothing more is decided about them in it.
GONE_FOR: Final = 12

#: Of one person of a case; proposed beside the rules of whole cases.
PERSONS: Final = (
    Keeping(
        "a person who has left the household",
        GONE_FOR,
        "the day they left",
        "GDPR art. 5 no. 1 c and e: the case goes on without them",
        _PROPOSED,
    ),
    Keeping(
        "a person who demands it, gone from the household or in a case that lapsed",
        0,
        "the demand; before that a public task needs it, until the case's own rule lets go",
        "GDPR art. 17 no. 1 and no. 3 b; arkivlova: what is archived stays the archive's",
        "put forward by a case officer, approved by a person, then erased",
    ),
)

#: What is not about a case's people, or never goes.
OTHERS: Final = (
    Keeping(
        "answers kept for repeated requests",
        1,
        "the request; thirty days",
        "GDPR art. 5 no. 1 e",
        "the daily job, by itself",
    ),
    Keeping(
        "what a municipality was shown after a case was withdrawn from it",
        None,
        "names and folder at once; the anonymised line follows the case",
        "GDPR art. 5 no. 1 b and c; R14",
        "the withdrawal itself",
    ),
    Keeping(
        "case number, states, days, places, decisions and history without texts",
        None,
        "the registration",
        "arkivlova; offentleglova; GDPR art. 89: statistics and archive in the public interest",
        "nobody",
    ),
    Keeping(
        "who opened a folder, and the audit",
        None,
        "the opening; the change",
        "GDPR art. 5 no. 2, art. 15 and art. 32",
        "nobody",
    ),
)

#: Every rule, in the order it is told.
ALL: Final = (*(rule.keeping for rule in CASE_RULES), *PERSONS, *OTHERS)

#: A proposal to erase that was turned down comes again after so many months.
KEPT_AGAIN: Final = 12


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month; the last day of it where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(day)
