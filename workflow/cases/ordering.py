"""What a list of cases is sorted by, each as one text that sorts byte by byte.

Texts of one kind make one way to go on from a row, whatever the column; what a case does not have
comes last both ways.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, select

from workflow.cases.models import Case
from workflow.cases.states import ASKED, CaseState, EntryStatus, Group
from workflow.municipalities.models import Municipality


class CaseOrder(StrEnum):
    CASE_NUMBER = "case_number"
    #: As far as the case has come in its life.
    STATE = "state"
    MUNICIPALITY = "municipality"
    PERSONS = "persons"
    SETTLED = "settled"
    #: Who can come first, then when.
    ENTRY = "entry"
    #: The settlement week, else the week and day the answer is due.
    WHEN = "when"
    WEEK = "week"


_SOONEST_FIRST = (
    *(EntryStatus.POSSIBLE, EntryStatus.POSSIBLE_FROM),
    *(EntryStatus.UNKNOWN, EntryStatus.NOT_POSSIBLE),
)
#: Before and after everything a key holds; `~` is what the alphabet puts last.
_FIRST, _LAST = "", "~~~~"


def key_of(order: CaseOrder, *, descending: bool) -> ColumnElement[str]:
    """The key of a case in the order, never NULL."""
    key = func.coalesce(_KEYS[order], _FIRST if descending else _LAST)
    return cast(key, String).collate("C")


def _number(column: Any) -> ColumnElement[Any]:
    return func.lpad(cast(column, String), 6, "0")


def _place(column: Any, words: Iterable[StrEnum]) -> ColumnElement[Any]:
    places = {str(word): f"{place:02}" for place, word in enumerate(words)}
    return case(places, value=column)


_KEYS: dict[CaseOrder, Any] = {
    CaseOrder.CASE_NUMBER: Case.case_number,
    CaseOrder.STATE: _place(Case.state, CaseState),
    CaseOrder.MUNICIPALITY: select(Municipality.sort_key)
    .where(Municipality.id == Case.municipality_id)
    .scalar_subquery(),
    CaseOrder.PERSONS: _number(Case.persons_count),
    CaseOrder.SETTLED: _number(Case.settled_count),
    CaseOrder.ENTRY: case(
        (
            Case.group == Group.RESETTLEMENT,
            _place(Case.entry_status, _SOONEST_FIRST).concat(
                func.coalesce(func.to_char(Case.entry_from_on, "YYYYMMDD"), "")
            ),
        )
    ),
    CaseOrder.WHEN: func.coalesce(
        cast(Case.settlement_week, String),
        case(
            (
                and_(Case.state.in_(ASKED), Case.answer_due.is_not(None)),
                func.to_char(Case.answer_due, 'IYYY"-W"IW-ID'),
            )
        ),
    ),
    CaseOrder.WEEK: cast(Case.settlement_week, String),
}
