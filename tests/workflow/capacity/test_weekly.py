"""How many a municipality settles in a week: its own word and IMDi's, beside who is to come."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests import factories
from tests.factories import NOW, TODAY
from workflow.capacity import weekly
from workflow.cases import coming
from workflow.cases.models import Case
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.kernel.weeks import Week

NEXT = Week.of(TODAY + timedelta(weeks=1))
AFTER = Week.of(TODAY + timedelta(weeks=2))


def _plan(session, here, wanted, actor=None):
    return weekly.plan_weeks(session, here, wanted, actor=actor or factories.writer(here), at=NOW)


def _said(session, here, actor):
    return {
        one.week: one.persons for one in weekly.weeks_of(session, here, since=NEXT, actor=actor)
    }


def test_the_municipality_and_imdi_say_it_and_no_other_reads_it(session):
    here, there = factories.a_municipality(session), factories.a_municipality(session)

    assert _plan(session, here, {NEXT: 5, AFTER: 0}) == 2
    assert _plan(session, here, {NEXT: 5, AFTER: None}, factories.officer()) == 1

    for actor in (factories.writer(here), factories.lead(), factories.auditor()):
        assert _said(session, here, actor) == {NEXT: 5}
    for actor in (factories.writer(there), factories.udi()):
        assert _said(session, here, actor) == {}
        with pytest.raises(NotAllowed):
            _plan(session, here, {NEXT: 1}, actor)


@pytest.mark.parametrize(
    "wrong", [{}, {Week.of(TODAY - timedelta(weeks=1)): 3}, {NEXT: -1}, {NEXT: 10_001}]
)
def test_a_week_that_is_past_or_a_number_that_is_none_is_refused(session, wrong):
    with pytest.raises(Invalid):
        _plan(session, factories.a_municipality(session), wrong)


def test_who_is_to_come_stands_beside_it(session):
    here = factories.a_municipality(session, decided=60)
    case = factories.a_case(session, persons=3)
    factories.accepted(session, case, here)
    session.execute(update(Case).where(Case.id == case).values(settlement_week=NEXT))
    _plan(session, here, {NEXT: 2})

    first, second = coming.room(session, here, since=NEXT, count=2, actor=factories.writer(here))

    assert (first.persons, first.coming, first.left) == (2, 3, -1)
    assert (second.persons, second.coming, second.left) == (None, 0, None)


def test_the_successor_of_a_merger_settles_what_they_would_have(session):
    here, there = factories.a_municipality(session), factories.a_municipality(session)
    heir = factories.a_municipality(session)
    _plan(session, here, {NEXT: 5, AFTER: 2})
    _plan(session, there, {NEXT: 4})

    weekly.hand_over(session, [here, there], heir)

    assert _said(session, heir, factories.lead()) == {NEXT: 9, AFTER: 2}
    assert _said(session, here, factories.lead()) == {}
