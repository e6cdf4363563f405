"""Days of quarantine, counted from the arrival, by the rule of that day (R22)."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from tests.factories import lead, officer, udi
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.kernel.outbox import OutboxMessage
from workflow.travel import quarantine, queries

NOW = datetime(2020, 4, 10, 9, tzinfo=UTC)


def set_days(session, **changes):
    given = {"valid_from": date(2020, 5, 1), "days": 14, "actor": lead(), "at": NOW}
    quarantine.set_quarantine_days(session, **(given | changes))


@pytest.mark.parametrize(
    ("arrived_on", "quarantine"),
    [
        (date(2020, 3, 11), None),
        (date(2020, 3, 12), (date(2020, 3, 12), date(2020, 3, 22))),
        (date(2020, 12, 28), (date(2020, 12, 28), date(2021, 1, 7))),
    ],
)
def test_ten_days_from_the_twelfth_of_march(session, arrived_on, quarantine):
    assert queries.quarantine(session, arrived_on) == quarantine


def test_a_new_rule_holds_from_its_day_on(session):
    set_days(session)

    assert queries.quarantine(session, date(2020, 4, 30))[1] == date(2020, 5, 10)
    assert queries.quarantine(session, date(2020, 5, 1))[1] == date(2020, 5, 15)


def test_a_rule_of_no_days_ends_the_quarantine(session):
    set_days(session, days=0)

    assert queries.quarantine(session, date(2020, 5, 1)) is None


def test_a_rule_of_the_same_day_is_replaced_and_both_are_told(session):
    set_days(session)
    set_days(session, days=7)

    rules = queries.quarantine_rules(session, actor=udi())
    told = session.scalars(
        select(OutboxMessage.facts)
        .where(OutboxMessage.type == "travel.quarantine_changed")
        .order_by(OutboxMessage.id)
    ).all()
    assert rules[0] == (date(2020, 5, 1), 7)
    assert [day for day, _ in rules].count(date(2020, 5, 1)) == 1
    assert [(facts["before"], facts["days"]) for facts in told] == [(None, 14), (14, 7)]


def test_only_the_lead_sets_the_days(session):
    for actor in (officer(), udi()):
        with pytest.raises(NotAllowed):
            set_days(session, actor=actor)


@pytest.mark.parametrize("days", [-1, 61])
def test_days_no_rule_would_say_are_malformed(session, days):
    with pytest.raises(Invalid) as refusal:
        set_days(session, days=days)

    assert refusal.value.pointer == "/days"
