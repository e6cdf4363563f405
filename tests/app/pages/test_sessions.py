"""Who is signed in, ended by an administrator; a form that comes after the end says so."""

import re

import pytest
from sqlalchemy import select, update

from app import db, signin
from app.clock import machine_time
from app.models import SignIn, User
from app.signin.secret import hash_of
from tests.app.pages.conftest import Site, Visitor
from tests.factories import NORWEGIAN
from workflow.kernel.actor import MUNICIPALITY, Role

ALL = "/okter"


def number_of(site: Site, visitor: Visitor) -> int:
    secret = visitor.client.cookies[signin.COOKIE]
    with site.reading() as session:
        found = session.scalar(select(SignIn.id).where(SignIn.secret_hash == hash_of(secret)))
    assert found is not None
    return found


def forms(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"/okter/(\d+)/avslutt", text)}


def elsewhere(site: Site, visitor: Visitor) -> Visitor:
    """The same person in another browser."""
    with db.transaction(site.database.sessions) as session:
        of_this = SignIn.id == number_of(site, visitor)
        user = session.scalars(select(SignIn.user_id).where(of_this)).one()
        return Visitor(site.app, signin.sign_in(session, user, device="Firefox, Linux"))


def expire(site: Site, visitor: Visitor) -> None:
    with db.transaction(site.database.sessions) as session:
        session.execute(
            update(SignIn)
            .where(SignIn.id == number_of(site, visitor))
            .values(expires_at=machine_time())
        )


def test_an_administrator_sees_all_sessions_and_ends_one(site: Site):
    officer, administrator = site.visit(Role.CASE_OFFICER), site.visit(Role.ADMINISTRATOR)
    theirs = number_of(site, officer)
    listed = forms(administrator.text(ALL))

    answer = administrator.send(f"{ALL}/{theirs}/avslutt", page=ALL)

    assert theirs in listed
    assert (answer.status_code, answer.headers["location"]) == (303, ALL)
    assert "Økten er avsluttet" in administrator.text(ALL)
    assert officer.get("/profil").status_code == 303
    assert theirs not in forms(administrator.text(ALL))


def test_a_municipality_looks_after_its_own_sessions_only(site: Site):
    here = site.visit(Role.MUNICIPALITY_ADMINISTRATOR, "Steinkjer")
    colleague = site.visit(Role.MUNICIPALITY_WRITER, "Steinkjer")
    others = (
        site.visit(Role.MUNICIPALITY_WRITER, "Oslo"),
        site.visit(Role.CASE_OFFICER),
        site.visit(Role.ADMINISTRATOR),
    )
    listed = forms(here.text(ALL))

    refused = [here.send(f"{ALL}/{number_of(site, one)}/avslutt").status_code for one in others]
    ended = here.send(f"{ALL}/{number_of(site, colleague)}/avslutt").status_code

    assert {number_of(site, here)} <= listed
    assert listed.isdisjoint({number_of(site, one) for one in others})
    assert (set(refused), ended) == ({404}, 303)
    assert all(one.get("/profil").status_code == 200 for one in others)
    assert colleague.get("/profil").status_code == 303


def test_everybody_sees_their_own_and_ends_one_or_all_the_others(site: Site):
    here = site.visit(Role.MUNICIPALITY_READER, "Steinkjer")
    there, third = elsewhere(site, here), elsewhere(site, here)
    own = "/profil/okter"
    numbers = {name: number_of(site, one) for name, one in (("2", there), ("3", third))}

    listed = forms(here.text(own))
    ended = here.send(f"{own}/{numbers['2']}/avslutt", page=own)
    others = here.send(f"{own}/avslutt-andre", page=own)

    assert set(numbers.values()) == listed
    assert number_of(site, here) not in listed
    assert (ended.headers["location"], others.headers["location"]) == (own, own)
    assert "bare logget inn her" in here.text(own)
    assert [one.get("/profil").status_code for one in (here, there, third)] == [200, 303, 303]


def test_nobody_ends_anothers_session_as_their_own(site: Site):
    reader, lead = site.visit(Role.MUNICIPALITY_READER, "Steinkjer"), site.visit(Role.LEAD)
    theirs = number_of(site, lead)

    answer = reader.send(f"/profil/okter/{theirs}/avslutt")
    reader.send("/profil/okter/avslutt-andre")

    assert answer.status_code == 404
    assert theirs not in forms(reader.text("/profil/okter"))
    assert lead.get("/profil").status_code == 200


@pytest.mark.parametrize(
    "role",
    [
        role
        for role in NORWEGIAN
        if role not in {Role.SYSTEM, Role.ADMINISTRATOR, Role.MUNICIPALITY_ADMINISTRATOR}
    ],
)
def test_nobody_else_sees_or_ends_sessions(site: Site, role):
    visitor = site.visit(role)

    assert visitor.get(ALL).status_code == 403
    assert visitor.send(f"{ALL}/{number_of(site, visitor)}/avslutt").status_code == 403
    assert visitor.get("/profil").status_code == 200


def test_a_form_that_comes_after_the_end_says_that_nothing_is_saved(site: Site):
    lead = site.visit(Role.LEAD)
    token = re.search(r'name="csrf_token" value="([^"]+)"', lead.text("/tiltak"))[1]
    expire(site, lead)

    answer = lead.client.post(
        "/tiltak",
        data={"csrf_token": token, "reason": "x"},
        headers={"referer": "http://testserver/tiltak?vis=alle"},
    )

    assert answer.status_code == 401
    assert "ingenting er lagret" in answer.text
    assert 'href="/logg-inn?videre=%2Ftiltak%3Fvis%3Dalle"' in answer.text


def test_a_part_of_a_page_asked_for_after_the_end_leads_to_sign_in(site: Site):
    lead = site.visit(Role.LEAD)
    expire(site, lead)

    answer = lead.client.get("/saker?status=placed", headers={"hx-request": "true"})

    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/logg-inn?videre=%2Fsaker%3Fstatus%3Dplaced"


def test_who_comes_back_after_the_end_is_told_once_why_they_are_out(site: Site):
    lead = site.visit(Role.LEAD)
    expire(site, lead)

    answer = lead.get("/logg-inn")

    (cookie,) = (c for c in answer.headers.get_list("set-cookie") if c.startswith(signin.COOKIE))
    assert "Økten din varte ikke lenger" in answer.text
    assert "Max-Age=0" in cookie
    assert "Økten din varte ikke lenger" not in site.visit().text("/logg-inn")


def test_signing_out_of_what_has_ended_is_no_fault(site: Site):
    lead = site.visit(Role.LEAD)
    expire(site, lead)

    answer = lead.client.post("/logg-ut", data={"csrf_token": "of the session that was"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/logg-inn")


def test_a_page_knows_how_long_the_session_lasts_and_can_go_on(site: Site):
    lead = site.visit(Role.LEAD)
    page = lead.text("/profil")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    headers = {"accept": "application/json"}

    asked = lead.client.get("/okt", headers=headers).json()
    longer = lead.client.post("/forleng", data={"csrf_token": token}, headers=headers).json()
    plain = lead.send("/forleng")
    forged = lead.client.post("/forleng", data={"csrf_token": "x"}, headers=headers)
    expire(site, lead)
    over = lead.client.get("/okt", headers=headers)

    assert re.search(r'data-session-left="1[78]\d\d" data-session-most="7[12]\d\d"', page)
    assert 1700 < asked["left"] <= longer["left"] + 1 <= 1801
    assert plain.status_code == 303
    assert forged.status_code == 403
    assert (over.status_code, over.json()["left"]) == (401, 0)


def test_a_strangers_page_has_no_session_to_warn_of(site: Site):
    assert "data-session-left" not in site.visit().text("/hjelp")


def test_each_person_has_a_word_of_their_own_for_drafts(site: Site):
    words = {
        re.search(r'data-session-whose="([0-9a-f]{12})"', site.visit(role).text("/profil"))[1]
        for role in MUNICIPALITY
    }

    assert len(words) == len(MUNICIPALITY)
    with site.reading() as session:
        ids = session.scalars(select(User.id)).all()
    assert words.isdisjoint({str(number) for number in ids})
