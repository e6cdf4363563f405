"""/users and /delegations."""

from tests.app.users.test_users import a_user
from tests.factories import (
    a_municipality,
    administrator,
    auditor,
    centre,
    lead,
    officer,
    udi,
    writer,
)
from workflow.kernel.actor import Actor, Role


def manager(here: int) -> Actor:
    return Actor("Mia", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=here)


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_a_municipality_manages_its_own_users(as_, world):
    here, there = world(a_municipality, number="5006"), world(a_municipality, number="0301")
    theirs = world(a_user, Role.MUNICIPALITY_WRITER, there)
    api = as_(manager(here))
    body = {"name": "Ola", "role": "municipality_writer", "email": "Ola@steinkjer.example"}

    made = api.post("/users", body)

    user = made.json()
    assert made.status_code == 201
    assert made.headers["location"] == f"/api/v1/users/{user['id']}"
    assert (user["municipality_number"], user["email"]) == ("5006", "ola@steinkjer.example")
    assert [one["id"] for one in api.get("/users").json()["items"]] == [user["id"]]
    assert api.get(f"/users/{theirs}").status_code == 404
    assert api.post(f"/users/{theirs}/end").status_code == 404
    assert api.post(f"/users/{theirs}/role", {"role": "municipality_reader"}).status_code == 404
    other = body | {"municipality_number": "0301"}
    assert refused(api.post("/users", other)) == (403, "actor.not_allowed")
    assert refused(api.post("/users", body | {"role": "lead"})) == (403, "actor.not_allowed")
    assert refused(api.post("/users", body)) == (409, "user.known_already")


def test_a_user_is_given_another_role_and_ended(as_, world):
    here = world(a_municipality)
    user = world(a_user, Role.MUNICIPALITY_WRITER, here)
    api = as_(manager(here))

    changed = api.post(f"/users/{user}/role", {"role": "municipality_reader"})
    ended = api.post(f"/users/{user}/end", {"reason": "Sluttet"})
    again = api.post(f"/users/{user}/end")

    assert changed.json()["role"] == "municipality_reader"
    assert ended.json()["ended_at"] is not None
    assert again.json() == ended.json()
    assert api.get("/users").json()["items"] == []
    assert len(api.get("/users", ended="true").json()["items"]) == 1
    answer = api.post(f"/users/{user}/role", {"role": "municipality_writer"})
    assert refused(answer) == (409, "user.ended")


def test_users_are_not_for_other_roles(as_, world):
    here = world(a_municipality)

    for actor in (officer(), udi(), auditor(), centre(), writer(here)):
        assert refused(as_(actor).get("/users")) == (403, "actor.not_allowed")


def test_the_list_goes_on_where_the_page_ended(as_, world):
    users = {world(a_user, Role.CASE_OFFICER) for _ in range(3)}
    api = as_(lead())

    first = api.get("/users", limit=2).json()
    rest = api.get("/users", limit=2, cursor=first["next"]).json()

    assert {one["id"] for one in first["items"] + rest["items"]} == users
    assert rest["next"] is None


def test_a_manager_lends_for_one_who_is_away_and_a_token_has_nothing_of_its_own(as_, world):
    absent, present = (world(a_user, Role.CASE_OFFICER) for _ in range(2))
    days = {"from_on": "2100-01-01", "until_on": "2100-01-08", "reason": "Sykmeldt"}
    api = as_(lead())

    made = api.post("/delegations", days | {"delegator_id": absent, "delegate_id": present})
    nothing = api.post("/delegations", days | {"delegate_id": present})

    assert made.status_code == 201
    lent = made.json()
    assert (lent["in_force"], lent["given_by"]) == (False, "Liv Leder")
    assert refused(nothing) == (422, "input.invalid")
    assert api.get("/delegations").json()["items"] == [lent]
    assert as_(officer()).get("/delegations").json()["items"] == []
    ended = api.post(f"/delegations/{lent['id']}/end")
    assert ended.json()["ended_by"] == "Liv Leder"
    assert refused(as_(officer()).post(f"/delegations/{lent['id']}/end")) == (404, "not_found")


def test_the_states_administrator_manages_all(as_, world):
    world(a_municipality, number="5006")
    api = as_(administrator())
    body = {"name": "Eli", "email": "eli@jobb.example"}

    for role, more in (
        ("lead", {}),
        ("municipality_administrator", {"municipality_number": "5006"}),
        ("reception_centre", {"reception_centre": "Dale mottak"}),
        ("travel_officer", {"email": "eli@udi.example"}),
    ):
        answer = api.post("/users", body | {"email": f"{role}@jobb.example", "role": role} | more)
        assert answer.status_code == 201, answer.text

    assert {one["role"] for one in api.get("/users").json()["items"]} == {
        "lead",
        "municipality_administrator",
        "reception_centre",
        "travel_officer",
    }
