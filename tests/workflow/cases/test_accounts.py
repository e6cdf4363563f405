"""The ledger, who may read it, and the cases behind a year's numbers."""

import pytest

from tests.factories import (
    NOW,
    TODAY,
    a_case,
    a_municipality,
    administrator,
    asked,
    auditor,
    officer,
    placed,
    places,
    reader,
    udi,
    writer,
)
from workflow.capacity import queries as capacity
from workflow.capacity.states import EntryKind, Pool
from workflow.cases import accounts, commands, lists, settling
from workflow.cases.accounts import Figure, FigureOfYear
from workflow.cases.lists import CaseFilter
from workflow.cases.states import DeclineReason, Group


def told(session, municipality_id, actor, **options):
    page = accounts.ledger(session, municipality_id, 2020, actor=actor, **options)
    return [(line.kind, line.persons, line.free_after) for line in page.items]


def test_the_ledger_tells_every_change_and_what_was_free_after_it(session):
    here = a_municipality(session, decided=10)
    case = a_case(session, persons=3)
    asked(session, case, here)
    commands.decline(
        session,
        case,
        reason_code=DeclineReason.NO_HOUSING,
        text=None,
        actor=writer(here),
        at=NOW,
    )

    assert told(session, here, auditor()) == [
        (EntryKind.DECIDED, 10, 10),
        (EntryKind.HOLD, 3, 7),
        (EntryKind.RELEASE, -3, 10),
    ]


def test_settled_persons_are_told_as_persons(session):
    here = a_municipality(session, decided=10)
    case = a_case(session, group=Group.PRIVATE, entry=None)
    placed(session, case, here)
    settling.settle(
        session, case, settled_on=TODAY.replace(day=3), actor=writer(here), at=NOW.replace(day=20)
    )

    assert told(session, here, officer())[-1] == (EntryKind.SETTLE, 2, 8)


def test_a_municipality_reads_its_own_ledger_and_nobody_elses(session):
    here, there = a_municipality(session, decided=10), a_municipality(session, decided=10)

    assert told(session, here, reader(here))
    assert told(session, there, reader(here)) == []
    assert told(session, here, udi()) == []
    assert told(session, here, administrator()) == []


def test_a_case_that_left_is_not_named_in_the_municipalitys_ledger(session):
    here = a_municipality(session, decided=10)
    gone, stays = a_case(session), a_case(session)
    asked(session, gone, here)
    asked(session, stays, here)
    commands.decline(
        session,
        gone,
        reason_code=DeclineReason.NO_HOUSING,
        text=None,
        actor=writer(here),
        at=NOW,
    )

    def named(actor):
        lines = accounts.ledger(session, here, 2020, actor=actor).items
        return {line.case_id for line in lines} - {None}

    assert named(reader(here)) == {stays}
    assert named(officer()) == {stays, gone}


def test_the_pools_have_a_ledger_each(session):
    here = a_municipality(session, decided=10)
    places(session, here, decided=4, pool=Pool.MINORS)

    assert told(session, here, officer(), pool=Pool.MINORS) == [(EntryKind.DECIDED, 4, 4)]
    assert len(told(session, here, officer())) == 2


def test_pages_of_a_ledger_tell_every_line_once(session):
    here = a_municipality(session, decided=50)
    for _ in range(4):
        asked(session, a_case(session), here)

    first = accounts.ledger(session, here, 2020, limit=3, actor=officer())
    second = accounts.ledger(session, here, 2020, limit=3, after=first.next, actor=officer())

    free = [line.free_after for line in (*first.items, *second.items)]
    assert free == [50, 48, 46, 44, 42]
    assert second.next is None


@pytest.mark.parametrize("figure", list(Figure))
def test_a_number_opens_to_the_cases_that_make_it(session, figure):
    here = a_municipality(session, decided=50)
    held = a_case(session)
    asked(session, held, here)
    settled = a_case(session, group=Group.PRIVATE, persons=3, entry=None)
    placed(session, settled, here)
    at = NOW.replace(day=20)
    settling.settle(session, settled, settled_on=at.date(), actor=writer(here), at=at)
    number = FigureOfYear(here, 2020, Pool.ORDINARY, figure)

    page = lists.cases(session, CaseFilter(counted_by=number), today=TODAY, actor=officer())

    persons = sum(row.persons_count for row in page.items)
    figures = capacity.one(session, here, 2020, actor=officer()).ordinary
    assert [row.id for row in page.items] == [held if figure is Figure.HELD else settled]
    assert persons == getattr(figures, figure)
