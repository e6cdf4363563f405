"""A municipality's own numbers: what it was asked, answered and when, and where its places went."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest

from tests import factories
from tests.factories import NOW, TODAY
from workflow.cases import commands
from workflow.cases.numbers import PlacesThen, numbers
from workflow.kernel.errors import NotFound
from workflow.redistribution import commands as redistribution


def _declined(session, here, at):
    case_id = factories.a_case(session)
    factories.asked(session, case_id, here)
    commands.decline(
        session, case_id, reason_code="no_housing", text="x", actor=factories.writer(here), at=at
    )


@pytest.fixture
def here(session):
    """Asked five times on 1 April: yes, no in time, no late, withdrawn, not answered."""
    here = factories.a_municipality(session, decided=20)
    factories.placed(session, factories.a_case(session, persons=2), here)
    _declined(session, here, NOW + timedelta(days=2))
    _declined(session, here, NOW + timedelta(days=30))
    withdrawn = factories.a_case(session, persons=3)
    factories.asked(session, withdrawn, here)
    redistribution.withdraw(
        session,
        withdrawn,
        reason="Innreise er ikke mulig",
        legal_ground=None,
        actor=factories.officer(),
        at=NOW + timedelta(days=1),
    )
    factories.asked(session, factories.a_case(session), here)
    return here


def test_each_question_is_in_one_answer(session, here):
    later = TODAY + timedelta(days=40)

    found = numbers(session, here, 2020, today=later, actor=factories.writer(here)).in_all

    told = {name: value for name, value in asdict(found).items() if value}
    assert told["asked"] == 5
    assert (told["in_time"], told["late"], told["overdue"]) == (2, 1, 1)
    assert told["taken_back"] == 1
    assert "waiting" not in told
    assert (told["yes"], told["yes_persons"], told["no"]) == (1, 2, 2)
    parts = (found.in_time, found.late, found.overdue, found.waiting, found.taken_back)
    assert sum(parts) == found.asked


def test_what_is_not_due_yet_waits(session, here):
    found = numbers(session, here, 2020, today=TODAY, actor=factories.lead()).in_all

    assert (found.waiting, found.overdue) == (1, 0)


def test_an_answer_takes_its_days(session, here):
    found = numbers(session, here, 2020, today=TODAY, actor=factories.lead()).in_all

    assert found.mean_days_to_answer == pytest.approx(found.days_to_answer / 3)
    assert found.days_to_answer >= 32


def test_the_places_stand_at_the_end_of_each_month_that_has_begun(session, here):
    found = numbers(session, here, 2020, today=date(2020, 5, 20), actor=factories.lead())

    april, may, june = (found.months[month - 1].places for month in (4, 5, 6))
    assert april == PlacesThen(settled=0, held=6, ceiling=20)
    assert april.free == 14
    assert may == PlacesThen(settled=0, held=4, ceiling=20)
    assert june is None


def test_all_municipalities_are_counted_for_who_reads_all(session, here):
    other = factories.a_municipality(session, decided=5)
    factories.asked(session, factories.a_case(session), other)

    own = numbers(session, here, 2020, today=TODAY, actor=factories.lead()).in_all
    everybody = numbers(session, None, 2020, today=TODAY, actor=factories.lead()).in_all

    assert everybody.asked == own.asked + 1


def test_a_neighbour_and_udi_are_told_that_there_is_nothing(session, here):
    other = factories.a_municipality(session)

    for actor, of in (
        (factories.writer(other), here),
        (factories.writer(here), None),
        (factories.udi(), here),
    ):
        with pytest.raises(NotFound):
            numbers(session, of, 2020, today=TODAY, actor=actor)
