"""What a decision would change is told before it is made."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.swedish import HOLDS, NOW, TOLD, YEAR, a_run, agency, board, decided, sweden
from workflow.allocation import targets, terms
from workflow.allocation.decisions import Decision
from workflow.allocation.errors import NotThisRole
from workflow.allocation.outlook import outlook
from workflow.allocation.states import VersionKind


def test_the_counties_are_summed_before_and_after_and_notice_warns(session: Session):
    ids = sweden(session)
    decided(session)
    terms.set_notice(session, ids["1784"], 60, actor=agency(), at=NOW)
    decision = Decision(VersionKind.CORRECTION, TOLD, HOLDS, reason="Fel")
    numbers = {ids["1784"]: 140, ids["1780"]: 200, ids["1880"]: 5, ids["1785"]: 26}

    seen = outlook(session, YEAR, numbers, decision, actor=agency())

    told = [(one.code, one.before, one.after, one.changes) for one in seen.counties]
    assert told == [("17", 780, 760, 2), ("18", None, 5, 1)]
    assert (seen.before, seen.after) == (780, 765)
    assert [one.municipality.name for one in seen.raised] == ["Arvika", "Örebro"]
    assert [one.municipality.name for one in seen.inside_notice] == ["Arvika"]
    assert seen.earliest_on == TOLD + timedelta(60)


def test_numbers_of_a_run_say_what_they_come_of_then_and_now(session: Session):
    ids = sweden(session)
    first, second = a_run(session, own=3), a_run(session, own=9)
    how = Decision(VersionKind.FIRST, TOLD, HOLDS, run_id=first)
    given = targets.of_run(session, first, actor=agency())
    targets.decide(session, YEAR, given, how, actor=agency(), at=NOW)
    again = Decision(VersionKind.REVISION, TOLD, HOLDS, reason="Ny räkning", run_id=second)
    given = targets.of_run(session, second, actor=agency())

    seen = outlook(session, YEAR, given, again, actor=agency())

    filipstad = next(x for x in seen.changes if x.change.municipality.id == ids["1782"])
    assert filipstad.now is not None
    assert filipstad.then is not None
    assert (filipstad.then.credit, filipstad.now.credit) == (3, 9)
    assert filipstad.then.share == filipstad.now.share
    assert filipstad.change.after < (filipstad.change.before or 0)


def test_what_is_not_decided_is_not_a_boards_to_see(session: Session):
    ids = sweden(session)
    decision = Decision(VersionKind.FIRST, TOLD, HOLDS)

    with pytest.raises(NotThisRole):
        outlook(session, YEAR, {ids["1780"]: 1}, decision, actor=board())
