"""Runs that were begun before a merger and end after it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import a_case, accepted, officer, placed
from tests.workflow.books import faults, the_case
from tests.workflow.reforms.reforming import ENTERS, JANUARY, merging
from workflow.cases.states import CaseState, LegalGround
from workflow.redistribution import commands, queries, redistribution_runs, withdrawal_runs
from workflow.redistribution.errors import RunStale
from workflow.redistribution.states import ItemOutcome

THEN = datetime(2021, 1, 4, 9, tzinfo=UTC)
WINDOW = timedelta(hours=4)


def test_an_undo_leaves_what_the_merger_has_moved(session, two):
    case_id = a_case(session, persons=3, entry=ENTERS)
    placed(session, case_id, two[0], week=JANUARY)
    by = {"actor": officer(), "at": THEN}
    run = withdrawal_runs.preview(
        session,
        before=THEN.date(),
        reason="borders closed",
        legal_ground=LegalGround.CONDITIONS_FAILED,
        **by,
    )
    withdrawal_runs.confirm(session, run.id, run.token, undo_window=WINDOW, **by)

    successor = merging(session, two, at=THEN + timedelta(hours=1)).successors[0]
    withdrawal_runs.undo(session, run.id, actor=officer(), at=THEN + timedelta(hours=2))

    (line,) = queries.items(session, run.id, kind=run.kind, actor=officer()).items
    assert (line.outcome, line.code) == (ItemOutcome.NOT_UNDONE, "undo.moved")
    case = the_case(session, case_id)
    assert (case.state, case.former_municipality_id) == (CaseState.WITHDRAWN, successor)
    assert faults(session) == {}


def test_a_preview_from_before_the_merger_is_stale(session, two):
    case_id = a_case(session, persons=3, entry=ENTERS)
    accepted(session, case_id, two[0], week=JANUARY)
    commands.withdraw(
        session,
        case_id,
        reason="borders closed",
        legal_ground=None,
        actor=officer(),
        at=THEN - timedelta(days=7),
    )
    run = redistribution_runs.preview(session, case_ids=[case_id], actor=officer(), at=THEN)

    merging(session, two)

    with pytest.raises(RunStale):
        redistribution_runs.confirm(
            session, run.id, run.token, actor=officer(), at=THEN, undo_window=WINDOW
        )
