"""Lists of cases by every column, both ways, page by page: each case once."""

from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, accepted, asked, officer
from workflow.cases.entry import Entry
from workflow.cases.lists import CaseFilter, CaseListed, cases
from workflow.cases.models import Case
from workflow.cases.ordering import CaseOrder
from workflow.cases.states import CaseState, EntryStatus
from workflow.kernel.errors import Invalid
from workflow.kernel.weeks import Week

TODAY = NOW.date()


def some_cases(session: Session) -> None:
    here = a_municipality(session, name="Ås", decided=90)
    there = a_municipality(session, name="Asker", decided=90)
    first, second, third, fourth = (a_case(session, persons=one) for one in (12, 2, 2, 7))
    a_case(session, persons=3, entry=Entry(EntryStatus.UNKNOWN, source="UDI"))
    asked(session, second, here)
    asked(session, third, there)
    accepted(session, first, here, week=Week(2020, 24))
    accepted(session, fourth, there, week=Week(2020, 16))
    session.execute(update(Case).where(Case.id == third).values(answer_due=date(2020, 4, 14)))


def shown(session: Session, order: CaseOrder, *, descending: bool, limit: int) -> list[CaseListed]:
    found: list[CaseListed] = []
    cursor = None
    while True:
        page = cases(
            session,
            CaseFilter(),
            today=TODAY,
            newest_first=descending,
            order_by=order,
            limit=limit,
            after=cursor,
            actor=officer(),
        )
        found += page.items
        if (cursor := page.next) is None:
            return found


@pytest.mark.trial
def test_every_column_sorts_both_ways_and_pages_agree(session: Session) -> None:
    some_cases(session)

    for order, descending in product(CaseOrder, (False, True)):
        whole = shown(session, order, descending=descending, limit=50)
        assert shown(session, order, descending=descending, limit=2) == whole
        assert len({case.id for case in whole}) == len(whole) == 5


def test_columns_sort_by_what_they_show(session: Session) -> None:
    some_cases(session)

    def by(order: CaseOrder, *, descending: bool = False) -> list[CaseListed]:
        return shown(session, order, descending=descending, limit=50)

    assert [case.persons_count for case in by(CaseOrder.PERSONS)] == [2, 2, 3, 7, 12]
    assert [case.municipality_name for case in by(CaseOrder.MUNICIPALITY)] == [
        *("Asker", "Asker", "Ås", "Ås", None)
    ]
    assert by(CaseOrder.MUNICIPALITY, descending=True)[-1].municipality_name is None
    assert [case.state for case in by(CaseOrder.STATE)][:2] == [
        CaseState.REGISTERED,
        CaseState.DISTRIBUTED,
    ]
    assert [case.settlement_week or case.answer_due for case in by(CaseOrder.WHEN)] == [
        *(date(2020, 4, 8), Week(2020, 16), date(2020, 4, 14), Week(2020, 24), None)
    ]
    assert by(CaseOrder.ENTRY)[-1].entry_status is EntryStatus.UNKNOWN
    weeks = [case.settlement_week for case in by(CaseOrder.WEEK, descending=True)]
    assert weeks == [Week(2020, 24), Week(2020, 16), None, None, None]


def test_a_cursor_of_another_order_is_none_of_this(session: Session) -> None:
    some_cases(session)
    page = cases(
        session, CaseFilter(), today=TODAY, order_by=CaseOrder.PERSONS, limit=1, actor=officer()
    )

    with pytest.raises(Invalid):
        cases(
            session,
            CaseFilter(),
            today=TODAY + timedelta(days=1),
            newest_first=True,
            order_by=CaseOrder.PERSONS,
            after=page.next,
            actor=officer(),
        )
