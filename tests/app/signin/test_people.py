"""A person is kept by a keyed hash, and found again when the key is changed."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, update

from app.deployment import say
from app.models import User
from app.refusals import OrganisationUnknown, RightLacking, UserEnded
from app.signin.claims import Vouched, subject_of
from app.signin.people import admit
from app.signin.providers import Provider
from app.users.commands import NewUser, add
from tests.factories import NOW, a_municipality, administrator
from tests.swedish import sweden
from workflow.kernel.actor import Role
from workflow.kernel.country import Country
from workflow.municipalities.models import Municipality

TODAY = date(2026, 3, 12)
OLD, NEW = b"the key before", b"the key of today"
NUMBER = "840029212"
PROVIDER = Provider.model_validate(
    {
        "name": "imdi",
        "kind": "oidc",
        "title": "IMDi",
        "office": "directorate",
        "issuer": "https://imdi.test",
        "client_id": "x",
        "authentication": "client_secret_basic",
        "secret_env": "X",
        "roles": {"lead": "lead"},
    }
)
LEAD = Vouched(("somebody",), Role.LEAD, "Kari Nordmann")


def users(session):
    session.expire_all()
    return session.scalars(select(User).order_by(User.id)).all()


def test_a_person_is_made_once_and_found_by_the_key_before(session):
    first = admit(session, PROVIDER, LEAD, keys=[OLD], on=TODAY)
    again = admit(session, PROVIDER, LEAD, keys=[NEW, OLD], on=TODAY)
    without_the_old = admit(session, PROVIDER, LEAD, keys=[NEW], on=TODAY)

    (user,) = users(session)
    assert first == again == without_the_old
    assert user.subject == subject_of(NEW, PROVIDER, ("somebody",))


def test_another_person_issuer_or_key_is_another_subject():
    other = PROVIDER.model_copy(update={"issuer": "https://udi.test"})

    subjects = {
        subject_of(OLD, PROVIDER, ("a", "b")),
        subject_of(OLD, other, ("a", "b")),
        subject_of(OLD, PROVIDER, ("ab",)),
        subject_of(OLD, PROVIDER, ("a",)),
        subject_of(NEW, PROVIDER, ("a", "b")),
    }

    assert len(subjects) == 5


def test_a_name_that_is_not_told_is_not_taken_away(session):
    unnamed = Vouched(("somebody",), Role.LEAD)
    fresh = admit(session, PROVIDER, unnamed, keys=[OLD], on=TODAY)
    admit(session, PROVIDER, LEAD, keys=[OLD], on=TODAY)
    kept = admit(session, PROVIDER, unnamed, keys=[OLD], on=TODAY)

    assert fresh.name.startswith("IMDi ")
    assert kept.name == "Kari Nordmann"


def test_who_has_been_ended_stays_out_under_every_key(session):
    admit(session, PROVIDER, LEAD, keys=[OLD], on=TODAY)
    session.execute(update(User).values(ended_at=TODAY))

    for keys in ([OLD], [NEW, OLD]):
        with pytest.raises(UserEnded):
            admit(session, PROVIDER, LEAD, keys=keys, on=TODAY)
    assert len(users(session)) == 1


def test_a_municipality_that_is_no_more_opens_nothing(session):
    here = a_municipality(session, valid_to=date(2026, 1, 1))
    session.execute(
        update(Municipality).where(Municipality.id == here).values(organisation_number=NUMBER)
    )
    writer = Vouched(("x",), Role.MUNICIPALITY_WRITER, "Kari", organisation_number=NUMBER)

    admit(session, PROVIDER, writer, keys=[OLD], on=date(2025, 12, 31))
    with pytest.raises(OrganisationUnknown):
        admit(session, PROVIDER, writer, keys=[OLD], on=TODAY)

    assert users(session)[0].municipality_id == here


def test_a_role_of_another_country_lets_nobody_in(session):
    with pytest.raises(RightLacking):
        admit(session, PROVIDER, Vouched(("x",), Role.MIGRATION_OFFICER), keys=[OLD], on=TODAY)
    say(session, Country.SWEDEN, at=NOW)
    with pytest.raises(RightLacking):
        admit(session, PROVIDER, LEAD, keys=[OLD], on=TODAY)

    admit(session, PROVIDER, Vouched(("x",), Role.MIGRATION_OFFICER), keys=[OLD], on=TODAY)


def test_who_comes_from_a_county_board_is_added_first_for_it_is_not_said_which(session):
    say(session, Country.SWEDEN, at=NOW)
    came = Vouched(("x",), Role.COUNTY_BOARD, email="lena@example.se")
    with pytest.raises(RightLacking):
        admit(session, PROVIDER, came, keys=[OLD], on=TODAY)
    new = NewUser("Lena", Role.COUNTY_BOARD, email="lena@example.se", county="17")
    add(session, new, actor=administrator(), at=NOW)

    admit(session, PROVIDER, came, keys=[OLD], on=TODAY)

    (user,) = users(session)
    assert (user.role, user.county, user.provider) == (Role.COUNTY_BOARD, "17", "imdi")


def test_a_claim_says_of_which_county_and_a_new_one_moves_the_person(session):
    say(session, Country.SWEDEN, at=NOW)
    came = Vouched(("x",), Role.COUNTY_BOARD, "Lena", county="17")

    admit(session, PROVIDER, came, keys=[OLD], on=TODAY)
    assert [(one.role, one.county) for one in users(session)] == [(Role.COUNTY_BOARD, "17")]
    admit(session, PROVIDER, replace(came, county="18"), keys=[OLD], on=TODAY)
    assert [one.county for one in users(session)] == ["18"]
    agency = Vouched(("x",), Role.MIGRATION_OFFICER, "Lena")
    admit(session, PROVIDER, agency, keys=[OLD], on=TODAY)
    assert [(one.role, one.county) for one in users(session)] == [(Role.MIGRATION_OFFICER, None)]
    with pytest.raises(RightLacking):
        admit(session, PROVIDER, replace(came, county=None), keys=[OLD], on=TODAY)


def test_who_was_added_for_a_county_is_not_somebody_of_another(session):
    say(session, Country.SWEDEN, at=NOW)
    new = NewUser("Lena", Role.COUNTY_BOARD, email="lena@example.se", county="17")
    add(session, new, actor=administrator(), at=NOW)
    came = Vouched(("x",), Role.COUNTY_BOARD, email="lena@example.se", county="18")

    admit(session, PROVIDER, came, keys=[OLD], on=TODAY)

    told = [(one.county, one.provider) for one in users(session)]
    assert told == [("17", None), ("18", "imdi")]


def test_a_municipality_is_found_by_its_digits(session):
    here = sweden(session)["1780"]
    say(session, Country.SWEDEN, at=NOW)
    came = Vouched(("x",), Role.MUNICIPALITY_WRITER, "Karin", municipality_number="1780")

    admit(session, PROVIDER, came, keys=[OLD], on=TODAY)
    with pytest.raises(OrganisationUnknown):
        admit(session, PROVIDER, replace(came, municipality_number="9"), keys=[OLD], on=TODAY)

    assert [one.municipality_id for one in users(session)] == [here]
