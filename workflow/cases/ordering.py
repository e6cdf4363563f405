"""What a list of cases is sorted by."""

from enum import StrEnum
from typing import Final

from sqlalchemy import and_, case, func

from workflow.cases.models import Case
from workflow.cases.states import ASKED, CaseState, EntryStatus, Group
from workflow.kernel.sorting import Columns, day, number, place, text
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


_SOONEST_FIRST: Final = (
    *(EntryStatus.POSSIBLE, EntryStatus.POSSIBLE_FROM),
    *(EntryStatus.UNKNOWN, EntryStatus.NOT_POSSIBLE),
)
_IS_ASKED: Final = and_(Case.state.in_(ASKED), Case.answer_due.is_not(None))
#: Of cases joined with their municipalities.
COLUMNS: Final[Columns] = {
    CaseOrder.CASE_NUMBER: text(Case.case_number),
    CaseOrder.STATE: place(Case.state, CaseState),
    CaseOrder.MUNICIPALITY: Municipality.sort_key,
    CaseOrder.PERSONS: number(Case.persons_count),
    CaseOrder.SETTLED: number(Case.settled_count),
    CaseOrder.ENTRY: case(
        (
            Case.group == Group.RESETTLEMENT,
            place(Case.entry_status, _SOONEST_FIRST).concat(
                func.coalesce(day(Case.entry_from_on), "")
            ),
        )
    ),
    CaseOrder.WHEN: func.coalesce(
        text(Case.settlement_week),
        case((_IS_ASKED, func.to_char(Case.answer_due, 'IYYY"-W"IW-ID'))),
    ),
    CaseOrder.WEEK: text(Case.settlement_week),
}
