"""A municipality wishes for how many households of a kind; IMDi confirms it, or says no."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from tests import factories
from tests.factories import NOW, TODAY, lead, officer
from workflow.capacity import kind_limits
from workflow.capacity.errors import KindLimitClosed
from workflow.capacity.kind_limits import NewLimit
from workflow.capacity.models import KindLimit
from workflow.capacity.states import HouseholdKind, KindLimitState
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.outbox import OutboxMessage

LARGE = NewLimit(HouseholdKind.LARGE_FAMILY, 0, TODAY, date(2020, 12, 31), "Ingen store boliger")


def _state(session, here, new=LARGE, actor=None):
    actor = actor or factories.writer(here)
    return kind_limits.state_limit(session, here, new, actor=actor, at=NOW)


def _answer(session, limit, *, confirmed=True, reason=None, actor=None, at=NOW):
    given = {"confirmed": confirmed, "reason": reason, "actor": actor or officer(), "at": at}
    return kind_limits.answer(session, limit, **given)


def _in_force(session, on=TODAY):
    return [one.id for one in kind_limits.in_force(session, on=on)]


def test_a_wish_binds_nothing_until_imdi_confirms_it_and_a_no_is_told(session):
    here = factories.a_municipality(session)
    wished, refused = _state(session, here), _state(session, here)

    before = _in_force(session)
    _answer(session, wished)
    _answer(session, refused, confirmed=False, reason="Kommunen har slike boliger")

    assert before == []
    assert _in_force(session) == [wished]
    seen = kind_limits.limits_of(session, here, actor=factories.writer(here))
    assert [one.state(TODAY) for one in seen] == [KindLimitState.REFUSED, KindLimitState.CONFIRMED]
    assert seen[0].limit.answer == "Kommunen har slike boliger"


def test_those_concerned_are_told_of_each_step_and_of_no_reason(session):
    here = factories.a_municipality(session)
    wished, refused = _state(session, here), _state(session, here)
    _answer(session, wished)
    _answer(session, refused, confirmed=False, reason="Kommunen har slike boliger")
    recorded = _state(session, here, actor=lead())
    kind_limits.end(session, recorded, actor=factories.writer(here), at=NOW)
    kind_limits.end(session, recorded, actor=officer(), at=NOW)

    told = session.execute(
        select(OutboxMessage.type, OutboxMessage.facts)
        .where(OutboxMessage.municipality_id == here)
        .order_by(OutboxMessage.id)
    ).all()

    assert [(kind, facts["limit_id"]) for kind, facts in told] == [
        ("kind_limit.wished", wished),
        ("kind_limit.wished", refused),
        ("kind_limit.confirmed", wished),
        ("kind_limit.refused", refused),
        ("kind_limit.confirmed", recorded),
        ("kind_limit.ended", recorded),
    ]
    assert told[0].facts == {
        "limit_id": wished,
        "kind": "large_family",
        "most": 0,
        "from_on": TODAY.isoformat(),
        "until_on": "2020-12-31",
    }


def test_what_imdi_records_holds_at_once_from_its_first_day_to_its_last(session):
    first, last = TODAY + timedelta(days=2), TODAY + timedelta(days=4)
    here = factories.a_municipality(session)

    limit = _state(session, here, replace(LARGE, from_on=first, until_on=last), lead())

    held = [_in_force(session, TODAY + timedelta(days=n)) for n in range(1, 6)]
    assert held == [[], [limit], [limit], [limit], []]
    seen = kind_limits.one(session, limit, actor=lead())
    assert seen.state(last) is KindLimitState.CONFIRMED
    assert seen.state(last + timedelta(days=1)) is KindLimitState.ENDED


def test_it_ends_once_and_is_answered_once(session):
    here = factories.a_municipality(session)
    limit, writer = _state(session, here), factories.writer(here)

    _answer(session, limit)
    with pytest.raises(KindLimitClosed):
        _answer(session, limit)
    kind_limits.end(session, limit, actor=writer, at=NOW)
    kind_limits.end(session, limit, actor=officer(), at=NOW + timedelta(days=1))
    over = _state(session, here)
    kind_limits.end(session, over, actor=writer, at=NOW)

    with pytest.raises(KindLimitClosed):
        _answer(session, over)
    found = kind_limits.one(session, limit, actor=writer).limit
    assert (found.ended_at, found.ended_by) == (NOW, writer.name)
    assert _in_force(session) == []


def test_it_is_the_municipalitys_own_and_imdis_to_state_and_imdis_alone_to_answer(session):
    here, there = factories.a_municipality(session), factories.a_municipality(session)
    limit, other = _state(session, here), factories.writer(there)

    for actor in (other, factories.udi(), factories.auditor()):
        with pytest.raises(NotAllowed):
            _state(session, here, actor=actor)
    with pytest.raises(NotAllowed):
        _answer(session, limit, actor=factories.writer(here))
    for act in (kind_limits.end, _answer):
        with pytest.raises(NotFound):
            act(session, limit, actor=other, at=NOW)
    assert kind_limits.limits_of(session, here, actor=other) == []
    assert [one.limit.id for one in kind_limits.standing(session, on=TODAY, actor=lead())] == [
        limit
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "  "},
        {"most": -1},
        {"most": 1001},
        {"until_on": TODAY - timedelta(days=1), "from_on": TODAY - timedelta(days=9)},
        {"from_on": date(2021, 1, 1)},
    ],
)
def test_what_cannot_be_is_refused(session, wrong):
    with pytest.raises(Invalid):
        _state(session, factories.a_municipality(session), replace(LARGE, **wrong))


def test_a_no_has_a_reason(session):
    limit = _state(session, factories.a_municipality(session))

    with pytest.raises(Invalid):
        _answer(session, limit, confirmed=False, reason=" ")


def test_the_successor_of_a_merger_has_it(session):
    here, heir = factories.a_municipality(session), factories.a_municipality(session)
    limit = _state(session, here)
    session.execute(update(KindLimit).values(reason="Før sammenslåingen"))

    kind_limits.hand_over(session, [here], heir)

    [found] = kind_limits.limits_of(session, heir, actor=factories.writer(heir))
    assert (found.limit.id, found.limit.reason) == (limit, "Før sammenslåingen")
