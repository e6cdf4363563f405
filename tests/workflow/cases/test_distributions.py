"""What a municipality was asked stays its own to read, frozen."""

from datetime import timedelta

import pytest

from tests.factories import (
    NOW,
    TODAY,
    a_case,
    a_municipality,
    asked,
    auditor,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.cases import commands, distributions
from workflow.cases.states import DeclineReason, DistributionNext, DistributionState
from workflow.kernel.errors import Invalid, NotFound
from workflow.redistribution import commands as redistribution


def own(session, actor, **options):
    return list(distributions.distributions(session, actor=actor, **options).items)


def withdrawn(session, case_id):
    redistribution.withdraw(
        session, case_id, reason="ingen reise", legal_ground=None, actor=officer(), at=NOW
    )


def test_a_withdrawn_question_stays_with_why_and_what_next(session):
    here = a_municipality(session, decided=10)
    case = a_case(session)
    asked(session, case, here)
    withdrawn(session, case)

    (question,) = own(session, reader(here))

    assert question.state is DistributionState.WITHDRAWN
    assert question.outcome == "ingen reise"
    assert question.next is DistributionNext.ASKED_AGAIN_FIRST
    assert not question.case_visible


def test_what_was_shown_stays_as_it_was(session):
    here = a_municipality(session, decided=10)
    case = a_case(session, persons=2, name="Amal")
    asked(session, case, here)
    (before,) = own(session, reader(here))
    withdrawn(session, case)

    (after,) = own(session, reader(here))

    assert after.shown == before.shown
    assert len(after.shown["persons"]) == 2
    assert "Amal" not in str(after.shown)


def test_another_municipalitys_question_does_not_exist(session):
    here, there = a_municipality(session, decided=10), a_municipality(session)
    asked(session, a_case(session), here)
    (question,) = own(session, auditor())

    assert own(session, reader(there)) == []
    assert own(session, reader(there), municipality_id=here) == []
    assert own(session, udi()) == []
    with pytest.raises(NotFound):
        distributions.distribution(session, question.id, actor=reader(there))


def test_they_are_narrowed_by_state_and_by_case(session):
    here = a_municipality(session, decided=10)
    no, still_open = a_case(session), a_case(session)
    asked(session, no, here)
    asked(session, still_open, here)
    commands.decline(
        session,
        no,
        reason_code=DeclineReason.OTHER,
        text="flom",
        actor=writer(here),
        at=NOW,
    )

    (declined,) = own(session, officer(), states=frozenset({DistributionState.DECLINED}))
    (other,) = own(session, officer(), case_id=still_open)

    assert (declined.case_id, declined.reason_code, declined.answer_text) == (no, "other", "flom")
    assert other.state is DistributionState.OPEN
    assert other.is_overdue(TODAY + timedelta(days=30))
    assert not declined.is_overdue(TODAY + timedelta(days=30))


def test_the_current_question_of_a_case(session):
    here, there = a_municipality(session, decided=10), a_municipality(session)
    case = a_case(session)
    assert distributions.current(session, case, actor=officer()) is None
    placed(session, case, here)

    assert distributions.current(session, case, actor=reader(here)).state is (
        DistributionState.PLACED
    )
    assert distributions.current(session, case, actor=reader(there)) is None


def test_pages_tell_every_question_once_the_newest_first(session):
    here = a_municipality(session, decided=50)
    for hours in range(5):
        asked(session, a_case(session), here, at=NOW + timedelta(hours=hours // 2))
    whole = [question.id for question in own(session, officer())]

    told, after = [], None
    while True:
        page = distributions.distributions(session, limit=2, after=after, actor=officer())
        told += [question.id for question in page.items]
        if (after := page.next) is None:
            break

    assert told == whole
    assert len(told) == 5


def test_a_cursor_that_is_none_is_refused(session):
    with pytest.raises(Invalid):
        own(session, officer(), after="WyItYXNrZWRfYXQiLCJ4IiwieSJd")
