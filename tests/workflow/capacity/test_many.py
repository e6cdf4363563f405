"""The places of many cases in one statement: as one by one (R11)."""

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.factories import NOW, a_municipality, places
from tests.workflow.books import figures
from workflow.capacity.commands import Cause, find
from workflow.capacity.many import Change, change_held, figures_for_change, without_room
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import EntryKind, Pool
from workflow.kernel.actor import SYSTEM

RUN = uuid4()
CAUSE = Cause(SYSTEM, NOW, run_id=RUN, reason="run")


def an_account(session: Session, decided: int | None = None) -> tuple[int, int]:
    here = a_municipality(session, decided=decided)
    found = find(session, municipality_id=here, year=2020, pool=Pool.ORDINARY)
    assert found is not None
    return here, found


def holds(account_id: int, *persons: int) -> list[Change]:
    return [Change(account_id, uuid4(), count) for count in persons]


def lines(session: Session) -> list[tuple[int, int, int]]:
    rows = session.execute(
        select(PlaceEntry.account_id, PlaceEntry.held_change, PlaceEntry.free_after)
        .where(PlaceEntry.run_id == RUN)
        .order_by(PlaceEntry.id)
    )
    return [tuple(row) for row in rows]


def test_each_case_has_its_line_and_each_account_its_sum(session: Session) -> None:
    (here, one), (there, other) = an_account(session, 10), an_account(session, 6)
    changes = [*holds(one, 3), *holds(other, 2), *holds(one, 4, 1)]

    change_held(session, EntryKind.HOLD, changes, cause=CAUSE)

    assert (figures(session, here).held, figures(session, there).held) == (8, 2)
    assert sorted(lines(session)) == sorted([(one, 3, 7), (other, 2, 4), (one, 4, 3), (one, 1, 2)])
    found = session.scalars(select(PlaceEntry).where(PlaceEntry.run_id == RUN)).all()
    assert {line.case_id for line in found} == {change.case_id for change in changes}
    assert {(line.kind, line.reason, line.at) for line in found} == {("hold", "run", NOW)}


def test_what_is_given_back_lowers_an_overrun_first(session: Session) -> None:
    here, one = an_account(session, 6)
    change_held(session, EntryKind.HOLD, holds(one, 6), cause=Cause(SYSTEM, NOW))
    places(session, here, decided=3)

    change_held(session, EntryKind.RELEASE, holds(one, -2, -2), cause=CAUSE)

    now = figures(session, here)
    assert (now.held, now.free, now.overrun) == (2, 1, 0)
    overrun = session.scalars(select(PlaceAccount.overrun).where(PlaceAccount.id == one)).one()
    assert overrun == 0
    assert [free for _, _, free in lines(session)] == [0, 1]


def test_who_finds_no_room_is_told_in_the_order_asked(session: Session) -> None:
    _, one = an_account(session, 5)
    _, other = an_account(session, 1)
    figures_now = figures_for_change(session, {one, other})
    first, second, third = holds(one, 3, 3, 2)
    [small] = holds(other, 2)

    assert without_room(figures_now, [first, second, third, small]) == [second, small]
    assert without_room(figures_now, [second, third, first]) == [first]


def test_where_nothing_is_known_of_an_account_there_is_no_room() -> None:
    [change] = holds(4711, 1)

    assert without_room({}, [change]) == [change]


def test_the_table_refuses_what_nobody_asked_about(session: Session) -> None:
    _, one = an_account(session, 5)

    with pytest.raises(IntegrityError, match="ck_place_accounts_ceiling"), session.begin_nested():
        change_held(session, EntryKind.HOLD, holds(one, 3, 3), cause=CAUSE)


def test_nothing_to_change_is_nothing_written(session: Session) -> None:
    change_held(session, EntryKind.HOLD, [], cause=CAUSE)

    assert lines(session) == []
    assert figures_for_change(session, set()) == {}
