"""Cases one by one for a file, without names."""

from datetime import timedelta

from sqlalchemy import update

from tests.factories import (
    NOW,
    WEEK,
    a_case,
    a_municipality,
    lead,
    placed,
    udi,
    writer,
)
from workflow.cases.extract import extract
from workflow.cases.models import Case
from workflow.cases.states import CaseState, Group, Protection, Track
from workflow.redistribution import commands as redistribution


def the_only(session, *, actor=None, year=None):
    (found,) = extract(session, year=year, actor=actor or lead())
    return found


def test_a_placed_case_says_where_and_when(session):
    own = a_municipality(session, number="1804", name="Bodø", decided=10)
    placed(session, a_case(session, persons=3, name="Test-Haddad, Rima"), own)

    found = the_only(session)

    assert (found.municipality_number, found.municipality) == ("1804", "Bodø")
    assert (found.state, found.persons, found.settled) == (CaseState.PLACED, 3, 0)
    assert found.settlement_week == WEEK
    assert "Haddad" not in repr(found)


def test_a_withdrawn_case_says_from_where_and_on_which_track(session):
    own = a_municipality(session, number="1804", name="Bodø", decided=10)
    case_id = a_case(session)
    placed(session, case_id, own)
    redistribution.withdraw(
        session,
        case_id,
        reason="borders closed",
        legal_ground="not_notified",
        actor=lead(),
        at=NOW + timedelta(days=3),
    )

    found = the_only(session)

    assert (found.municipality_number, found.former_municipality_number) == (None, "1804")
    assert found.track is Track.A


def test_a_case_with_a_protected_address_is_left_out(session):
    a_case(session)
    session.execute(update(Case).values(address_protection=Protection.CONFIDENTIAL))

    assert not list(extract(session, year=None, actor=lead()))


def test_a_year_is_that_of_the_case_number(session):
    a_case(session)
    a_case(session, at=NOW.replace(year=2021))

    assert the_only(session, year=2021).case_number.startswith("2021-")
    assert len(list(extract(session, year=None, actor=lead()))) == 2


def test_an_actor_extracts_what_it_may_see(session):
    own, other = (a_municipality(session, decided=10) for _ in range(2))
    placed(session, a_case(session), own)
    a_case(session, group=Group.PRIVATE)

    assert len(list(extract(session, year=None, actor=writer(own)))) == 1
    assert len(list(extract(session, year=None, actor=writer(other)))) == 0
    assert len(list(extract(session, year=None, actor=udi()))) == 1
