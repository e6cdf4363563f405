"""A pause is the municipality's own to ask for, and stays on record."""

from datetime import date, timedelta

import pytest

from tests import factories
from tests.factories import NOW, TODAY
from workflow.capacity import pauses
from workflow.kernel.errors import Invalid, NotAllowed, NotFound

SUMMER = date(2020, 6, 1)


def _ask(session, here, *, from_on=SUMMER, until_on=None, reason="Få tolker", actor=None):
    return pauses.ask(
        session,
        here,
        from_on=from_on,
        until_on=until_on,
        reason=reason,
        actor=actor or factories.writer(here),
        at=NOW,
    )


def test_a_pause_is_read_by_the_municipality_and_imdi_and_by_no_other(session):
    here, there = factories.a_municipality(session), factories.a_municipality(session)
    pause_id = _ask(session, here)

    for actor in (factories.writer(here), factories.lead()):
        assert [one.id for one in pauses.asked_for(session, here, 2020, actor=actor)] == [pause_id]
    for actor in (factories.writer(there), factories.udi()):
        assert pauses.asked_for(session, here, 2020, actor=actor) == []
        with pytest.raises(NotFound):
            pauses.one(session, pause_id, actor=actor)


def test_it_counts_in_each_year_it_touches(session):
    here = factories.a_municipality(session)
    _ask(session, here, from_on=date(2020, 12, 1), until_on=date(2021, 1, 31))
    lead = factories.lead()

    counts = [len(pauses.asked_for(session, None, year, actor=lead)) for year in range(2019, 2023)]

    assert counts == [0, 1, 1, 0]


def test_it_ends_once_and_then_holds_no_longer(session):
    here = factories.a_municipality(session)
    pause_id = _ask(session, here, from_on=TODAY)
    writer, later = factories.writer(here), NOW + timedelta(days=3)

    pauses.end(session, pause_id, actor=writer, at=later)
    pauses.end(session, pause_id, actor=writer, at=later + timedelta(days=1))

    found = pauses.one(session, pause_id, actor=writer)
    assert (found.ended_at, found.ended_by) == (later, writer.name)
    assert pauses.last_day(found) == later.date()
    assert pauses.asked_for(session, here, 2021, actor=writer) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "  "},
        {"until_on": SUMMER - timedelta(days=1)},
        {"from_on": date(2020, 1, 1), "until_on": TODAY - timedelta(days=1)},
    ],
)
def test_a_pause_without_a_reason_or_without_days_is_refused(session, wrong):
    with pytest.raises(Invalid):
        _ask(session, factories.a_municipality(session), **wrong)


def test_nobody_asks_for_another(session):
    here, there = factories.a_municipality(session), factories.a_municipality(session)

    for actor in (factories.writer(there), factories.lead()):
        with pytest.raises(NotAllowed):
            _ask(session, here, actor=actor)


def test_the_successor_of_a_merger_has_it(session):
    here, heir = factories.a_municipality(session), factories.a_municipality(session)
    pause_id = _ask(session, here)

    pauses.hand_over(session, [here], heir)

    [found] = pauses.asked_for(session, heir, 2020, actor=factories.writer(heir))
    assert found.id == pause_id
