"""What was read is compared under the lock, once, for the row it is about."""

from uuid import uuid4

import pytest

from tests.factories import NOW, a_case, officer
from workflow.cases.moves import for_change
from workflow.kernel.errors import Stale
from workflow.kernel.expectations import compare, expect
from workflow.redistribution import commands


def test_a_lock_that_finds_another_version_is_stale(session):
    case = a_case(session)
    expect(session, case, {7, 9})

    with pytest.raises(Stale) as refusal:
        for_change(session, case, actor=officer())

    assert refusal.value.facts["version"] == 1


def test_a_command_may_lock_again_after_it_has_changed_the_row(session):
    case = a_case(session)
    expectation = expect(session, case, {1})

    commands.lapse(session, case, reason="x", actor=officer(), at=NOW)

    assert expectation.compared
    assert for_change(session, case, actor=officer()).version == 2


def test_other_rows_and_other_sessions_are_not_concerned(session):
    expectation = expect(session, uuid4(), {7})

    compare(session, uuid4(), 1)
    for_change(session, a_case(session), actor=officer())

    assert not expectation.compared
