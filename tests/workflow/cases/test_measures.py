"""Government measures that pause a group, from a day to a day (R31)."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    TODAY,
    a_case,
    a_municipality,
    accepted,
    administrator,
    asked,
    auditor,
    centre,
    lead,
    officer,
    udi,
    writer,
)
from tests.workflow.books import the_case
from workflow.cases import measures
from workflow.cases.errors import Paused
from workflow.cases.queries import paused_by
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid, NotAllowed, NotFound

DAY = timedelta(days=1)


def start(session: Session, group: Group = Group.RESETTLEMENT, **given) -> int:
    return measures.start(
        session,
        group=group,
        reason=given.pop("reason", "Innreisestans"),
        from_on=given.pop("from_on", TODAY),
        until_on=given.pop("until_on", None),
        actor=given.pop("actor", lead()),
        at=NOW,
        **given,
    )


@pytest.mark.parametrize(
    ("day", "paused"),
    [
        (TODAY - DAY, None),
        (TODAY, "Innreisestans"),
        (TODAY + 7 * DAY, "Innreisestans"),
        (TODAY + 8 * DAY, None),
    ],
)
def test_a_measure_holds_from_its_first_to_its_last_day(
    session: Session, day: date, paused: str | None
) -> None:
    start(session, until_on=TODAY + 7 * DAY)

    assert paused_by(session, Group.RESETTLEMENT, day) == paused
    assert paused_by(session, Group.RECEPTION_CENTRE, day) is None


def test_a_measure_without_an_end_holds_until_it_is_ended(session: Session) -> None:
    measure = start(session)
    assert paused_by(session, Group.RESETTLEMENT, date(2030, 1, 1)) == "Innreisestans"

    measures.end(session, measure, actor=lead(), at=NOW)
    measures.end(session, measure, actor=lead(), at=NOW + DAY)

    assert paused_by(session, Group.RESETTLEMENT, TODAY) is None
    [known] = measures.known(session, actor=auditor())
    assert known.ended_at == NOW, "ending it again changes nothing"


def test_one_that_ended_leaves_another_standing(session: Session) -> None:
    first = start(session, reason="Karantene")
    start(session)
    assert paused_by(session, Group.RESETTLEMENT, TODAY) == "Karantene"

    measures.end(session, first, actor=lead(), at=NOW)

    assert paused_by(session, Group.RESETTLEMENT, TODAY) == "Innreisestans"


def test_a_paused_group_is_asked_nothing_new_and_others_go_on(session: Session) -> None:
    here = a_municipality(session, decided=9)
    underway = a_case(session)
    asked(session, underway, here)
    start(session)

    with pytest.raises(Paused):
        asked(session, a_case(session), here)
    asked(session, a_case(session, group=Group.RECEPTION_CENTRE, entry=None), here)

    assert the_case(session, underway).state is CaseState.DISTRIBUTED, "what was asked stands"
    accepted_all_the_same = a_case(session, group=Group.PRIVATE, entry=None)
    accepted(session, accepted_all_the_same, here)


def test_measures_are_the_leads(session: Session) -> None:
    measure = start(session)

    for actor in (officer(), udi(), auditor(), writer(1), administrator()):
        with pytest.raises(NotAllowed):
            start(session, actor=actor)
        with pytest.raises(NotAllowed):
            measures.end(session, measure, actor=actor, at=NOW)


def test_a_measure_ends_after_it_begins_and_has_a_reason(session: Session) -> None:
    with pytest.raises(Invalid) as refusal:
        start(session, until_on=TODAY - DAY)
    assert refusal.value.pointer == "/until_on"
    with pytest.raises(Invalid) as refusal:
        start(session, reason=" ")
    assert refusal.value.pointer == "/reason"
    start(session, until_on=TODAY)


def test_one_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        measures.end(session, 4711, actor=lead(), at=NOW)


def test_imdi_udi_and_auditors_read_them_and_others_do_not(session: Session) -> None:
    first, second = start(session), start(session, Group.PRIVATE)

    for actor in (officer(), lead(), udi(), auditor()):
        assert [known.id for known in measures.known(session, actor=actor)] == [second, first]
    for actor in (writer(1), administrator()):
        assert measures.known(session, actor=actor) == []


def test_everybody_reads_what_is_in_force_and_a_centre_what_concerns_it(session: Session):
    def start(group: Group, from_on: date, until_on: date | None = None) -> int:
        return measures.start(
            session,
            group=group,
            reason="Smitte",
            from_on=from_on,
            until_on=until_on,
            actor=lead(),
            at=NOW,
        )

    mine = start(Group.RECEPTION_CENTRE, TODAY, TODAY)
    other = start(Group.PRIVATE, TODAY - DAY)
    start(Group.RECEPTION_CENTRE, TODAY + DAY)
    start(Group.PRIVATE, TODAY - 2 * DAY, TODAY - DAY)
    measures.end(session, start(Group.PRIVATE, TODAY), actor=lead(), at=NOW)

    def seen(actor: Actor) -> list[int]:
        return [one.id for one in measures.in_force(session, today=TODAY, actor=actor)]

    assert seen(writer(a_municipality(session))) == seen(officer()) == [mine, other]
    assert seen(centre("Testmottaket")) == [mine]
