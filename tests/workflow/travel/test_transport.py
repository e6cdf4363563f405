"""From a reception centre to the municipality: the centre plans, the municipality answers."""

from datetime import timedelta

import pytest

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    booked,
    centre,
    officer,
    placed,
    reader,
    writer,
)
from workflow.cases.errors import WrongState
from workflow.cases.states import Group
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing, Stale
from workflow.travel import transport
from workflow.travel.errors import ArrivesInPast, NotFromCentre, NoTransport
from workflow.travel.states import Means

THEN = NOW + timedelta(days=9)
COMES = THEN + timedelta(days=5)


@pytest.fixture
def here(session):
    return a_municipality(session, decided=20)


@pytest.fixture
def case(session, here):
    made = a_case(session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale mottak")
    placed(session, made, here)
    return made


def plan(session, case, actor=None, **given):
    said = {"arrives_at": COMES, "means": Means.TRAIN} | given
    return transport.plan(session, case, **said, actor=actor or centre(), at=THEN)


def answer(session, case, here, **given):
    said = {"agreed": True, "version": 1} | given
    transport.answer(session, case, **said, actor=writer(here), at=THEN)


def test_the_centre_plans_and_the_municipality_agrees(session, case, here):
    plan(session, case, note="Perrongen")
    answer(session, case, here)

    seen = transport.transport(session, case, actor=officer())
    assert (seen.means, seen.note, seen.agreed, seen.version) == (Means.TRAIN, "Perrongen", True, 1)


def test_a_changed_plan_asks_for_a_new_answer(session, case, here):
    plan(session, case)
    answer(session, case, here, agreed=False, text="Kontoret er stengt")
    no = transport.transport(session, case, actor=centre())
    plan(session, case, arrives_at=COMES + timedelta(days=1), version=1)
    anew = transport.transport(session, case, actor=writer(here))

    assert (no.agreed, no.answer) == (False, "Kontoret er stengt")
    assert (anew.agreed, anew.answer, anew.version) == (None, None, 2)


def test_who_has_read_an_older_plan_neither_changes_nor_answers_it(session, case, here):
    plan(session, case)
    plan(session, case, version=1)

    with pytest.raises(Stale):
        plan(session, case, version=1)
    with pytest.raises(Stale):
        plan(session, case)
    with pytest.raises(Stale):
        answer(session, case, here, version=1)


def test_what_a_plan_and_an_answer_need(session, case, here):
    with pytest.raises(NoTransport):
        answer(session, case, here)
    with pytest.raises(ArrivesInPast):
        plan(session, case, arrives_at=THEN)
    with pytest.raises(Invalid):
        plan(session, case, note="x" * 501)
    plan(session, case)
    with pytest.raises(ReasonMissing):
        answer(session, case, here, agreed=False)


def test_each_does_its_own_part(session, case, here):
    with pytest.raises(NotAllowed):
        plan(session, case, actor=writer(here))
    with pytest.raises(NotAllowed):
        plan(session, case, actor=officer())
    with pytest.raises(NotFound):
        plan(session, case, actor=centre("Et annet mottak"))
    plan(session, case)
    for actor, refusal in (
        (centre(), NotAllowed),
        (reader(here), NotAllowed),
        (writer(a_municipality(session)), NotFound),
    ):
        with pytest.raises(refusal):
            transport.answer(session, case, agreed=True, version=1, actor=actor, at=THEN)


def test_a_neighbour_sees_no_plan(session, case):
    plan(session, case)

    assert transport.transport(session, case, actor=writer(a_municipality(session))) is None
    assert transport.transport(session, case, actor=centre("Et annet mottak")) is None


def test_udi_books_for_resettlement_and_nobody_plans_before_the_decision(session, here):
    resettled = a_case(session, reception_centre="Dale mottak")
    booked(session, resettled, here)
    waits = a_case(
        session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale mottak"
    )

    with pytest.raises(NotFromCentre):
        plan(session, resettled)
    with pytest.raises(WrongState):
        plan(session, waits)
