"""/cases: registered, listed, read; entry information, history, persons."""

import pytest

from tests.factories import (
    a_case,
    a_municipality,
    accepted,
    administrator,
    asked,
    auditor,
    centre,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.cases import duf

DUF = duf.make(2020, 990_001)
HOUSEHOLD = {
    "group": "resettlement",
    "departure_country": "LB",
    "persons": [
        {
            "name": "Amal Haddad",
            "duf_number": DUF,
            "birth_year": 1985,
            "sex": "female",
            "nationality": "SY",
            "languages": ["arabisk"],
        },
        {"birth_year": 2014, "sex": "male", "nationality": "SY", "relation": "sønn"},
    ],
    "entry": {
        "status": "possible_from",
        "from_on": "2020-06-01",
        "permit_expires_on": "2020-09-30",
        "source": "UDI",
    },
    "needs": ["school"],
}


def test_a_household_is_registered_and_read_back(as_):
    api = as_(officer())

    made = api.post("/cases", HOUSEHOLD)
    read = api.get(f"/cases/{made.json()['id']}")

    assert made.status_code == 201
    assert made.headers["location"] == f"/api/v1/cases/{made.json()['id']}"
    assert made.json()["state"] == "registered"
    case = read.json()
    assert read.headers["etag"] == made.headers["etag"] == '"case-1"'
    assert case["case_number"] == made.json()["case_number"]
    assert case["persons_count"] == 2
    assert case["kinds"] == ["single_parent"]
    assert [person["name"] for person in case["persons"]] == ["Amal Haddad", None]
    assert case["persons"][0]["duf_number"] == DUF
    assert case["entry"] == {
        "status": "possible_from",
        "from_on": "2020-06-01",
        "permit_expires_on": "2020-09-30",
    }
    assert [choice["trigger"] for choice in case["choices"]] == ["distribute", "lapse"]


def test_related_cases_are_told(as_):
    api = as_(officer())
    one = api.post("/cases", HOUSEHOLD).json()["id"]

    other = api.post("/cases", HOUSEHOLD | {"related_case_ids": [one]}).json()["id"]

    assert api.get(f"/cases/{one}").json()["related_case_ids"] == [other]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"group": "refugees"}, "/group"),
        ({"persons": []}, "/persons"),
        ({"persons": [{"birth_year": 1850, "sex": "male", "nationality": "SY"}]}, "birth_year"),
        ({"persons": [{"birth_year": "1985", "sex": "male", "nationality": "SY"}]}, "birth_year"),
        (
            {
                "persons": [
                    {
                        "birth_year": 1985,
                        "sex": "male",
                        "nationality": "SY",
                        "duf_number": "202099000199",
                    }
                ]
            },
            "/persons/0/duf_number",
        ),
        ({"entry": {"status": "possible_from", "source": "UDI"}}, "/entry/from_on"),
        (
            {"entry": {"status": "unknown", "source": "UDI", "from_on": "2020-06-01"}},
            "/entry/from_on",
        ),
        ({"entry": {"status": "possible", "source": "U\0DI"}}, "/entry/source"),
        ({"entry": {"status": "possible", "source": "UDI", "from_on": "1.6.2020"}}, "from_on"),
        ({"related_case_ids": ["x"]}, "/related_case_ids/0"),
        (
            {"related_case_ids": ["5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"]},
            "/related_case_ids",
        ),
        ({"case_number": "2020-000001"}, "/case_number"),
        ({"departure_country": "x" * 201}, "/departure_country"),
        ({"departure_country": "  "}, "/departure_country"),
    ],
)
def test_a_malformed_household_says_where(nothing_happens, change, pointer):
    answer = nothing_happens.post("/cases", HOUSEHOLD | change)

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "input.invalid"
    assert answer.json()["errors"][0]["pointer"].endswith(pointer)


def test_who_registers(as_, world):
    here = world(a_municipality)

    assert as_(udi()).post("/cases", HOUSEHOLD).status_code == 201
    for actor in (writer(here), auditor(), administrator(), centre()):
        answer = as_(actor).post("/cases", HOUSEHOLD)
        assert (answer.status_code, answer.json()["code"]) == (403, "actor.not_allowed")


def test_a_municipality_sees_its_own_case_without_names_until_it_is_placed(as_, world):
    here, there = world(a_municipality, decided=10), world(a_municipality, decided=10)
    case = world(a_case, name="Amal Haddad", duf_number=DUF)
    world(asked, case, here)

    own = as_(reader(here)).get(f"/cases/{case}")
    others = as_(reader(there)).get(f"/cases/{case}")

    assert own.status_code == 200
    assert own.json()["persons"][0]["name"] is None
    assert "Amal" not in own.text
    assert DUF not in own.text
    assert (others.status_code, others.json()["code"]) == (404, "not_found")


def test_what_may_not_be_seen_answers_as_what_does_not_exist(as_, world):
    here, there = world(a_municipality, decided=10), world(a_municipality)
    case = world(a_case)
    world(asked, case, here)
    api = as_(reader(there))
    nobody = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"

    for path in ("", "/history", "/bookings", "/entry-information", "/proposals"):
        seen, missing = api.get(f"/cases/{case}{path}"), api.get(f"/cases/{nobody}{path}")
        assert seen.status_code == missing.status_code == 404
        assert seen.json() == missing.json()


def test_the_list_shows_what_the_contract_says(as_, world):
    here = world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    world(accepted, case, here)

    (item,) = as_(officer()).get("/cases", state="accepted", municipality="5001").json()["items"]

    assert item["id"] == str(case)
    assert item["municipality_number"] == "5001"
    assert item["distributed_on"] == "2020-04-01"
    assert item["answer_due"] == "2020-04-08"
    assert item["settlement_week"] == "2020-W24"
    assert item["entry_status"] == "possible"
    assert (item["persons_count"], item["overdue"]) == (2, False)


def test_the_list_is_filtered_and_paged(as_, world):
    here = world(a_municipality, number="5001", decided=50)
    for _ in range(3):
        world(asked, world(a_case), here)
    unknown = world(a_case, entry=None)
    api = as_(officer())

    def ids(**params):
        return [item["id"] for item in api.get("/cases", **params).json()["items"]]

    first = api.get("/cases", state=["distributed", "registered"], limit=3).json()
    rest = api.get(
        "/cases", state=["distributed", "registered"], limit=3, cursor=first["next"]
    ).json()
    assert [item["id"] for item in rest["items"]] == [str(unknown)]
    assert ids(entry="unknown") == [str(unknown)]
    assert len(ids(overdue=True)) == 3
    assert ids(municipality="9999") == []
    assert len(ids(q="20")) == 4
    assert ids(group="private") == []


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"state": "gone"}, "state"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "ø"}, "cursor"),
        ({"municipality": "51"}, "municipality"),
        ({"overdue": "perhaps"}, "overdue"),
        ({"q": "x" * 201}, "q"),
    ],
)
def test_a_malformed_question_names_the_parameter(nothing_happens, params, pointer):
    answer = nothing_happens.get("/cases", **params)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_choices_tell_in_the_readers_language_why_not(as_, world):
    case = world(a_case, entry=None)
    api = as_(officer())

    norwegian = api.get(f"/cases/{case}").json()["choices"][0]
    english = api.client.get(
        f"/api/v1/cases/{case}",
        headers={"authorization": f"Bearer {api.token}", "accept-language": "en"},
    ).json()["choices"][0]

    assert (norwegian["trigger"], norwegian["allowed"]) == ("distribute", False)
    assert norwegian["code"] == english["code"] == "entry.when_unknown"
    assert norwegian["detail"] != english["detail"]


def test_entry_information_is_kept_with_its_source(as_, world):
    case = world(a_case, entry=None)
    api = as_(udi())
    path = f"/cases/{case}/entry-information"
    tag = api.get(f"/cases/{case}").headers["etag"]

    known = api.put(path, {"status": "not_possible", "source": "UNHCR"}, if_match=tag)
    possible = api.put(
        path,
        {"status": "possible_from", "from_on": "2020-06-01", "source": "UDI"},
        if_match=known.headers["etag"],
    )

    assert known.status_code == possible.status_code == 200
    assert possible.json()["entry_status"] == "possible_from"
    assert [(line["status"], line["source"]) for line in api.get(path).json()["items"]][::2] == [
        ("not_possible", "UNHCR"),
        ("possible_from", "UDI"),
    ]


def test_entry_information_of_one_person_makes_the_case_the_least(as_, world):
    case = world(a_case)
    api = as_(officer())
    read = api.get(f"/cases/{case}")
    person = read.json()["persons"][0]["id"]

    answer = api.put(
        f"/cases/{case}/entry-information",
        {"status": "unknown", "source": "UDI", "person_ids": [person]},
        if_match=read.headers["etag"],
    )

    statuses = [one["entry"]["status"] for one in api.get(f"/cases/{case}").json()["persons"]]
    assert answer.json()["entry_status"] == "unknown"
    assert statuses == ["unknown", "possible"]


def test_entry_information_refusals(as_, world):
    here = world(a_municipality, decided=10)
    case = world(a_case)
    world(asked, case, here)
    path = f"/cases/{case}/entry-information"
    body = {"status": "unknown", "source": "UDI"}
    stranger = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"

    assert as_(udi()).put(path, body).status_code == 428
    assert as_(udi()).put(path, body, if_match='"case-1"').status_code == 412
    assert as_(writer(here)).put(path, body, if_match="*").status_code == 403
    missing = as_(udi()).put(path, body | {"status": "possible_from"}, if_match="*")
    assert missing.json()["errors"][0]["pointer"] == "/from_on"
    other = as_(udi()).put(path, body | {"person_ids": [stranger]}, if_match="*")
    assert (other.status_code, other.json()["code"]) == (409, "person.not_in_case")


def test_the_history_tells_who_did_what(as_, world):
    here = world(a_municipality, decided=10)
    case = world(a_case)
    world(placed, case, here)

    steps = as_(auditor()).get(f"/cases/{case}/history").json()["items"]

    assert [(step["trigger"], step["from"], step["to"]) for step in steps] == [
        ("register", "registered", "registered"),
        ("distribute", "registered", "distributed"),
        ("accept", "distributed", "accepted"),
        ("decide", "accepted", "placed"),
    ]
    assert steps[2]["actor"] == "Ola Kommune"
    assert steps[2]["at"] == "2020-04-02T10:00:00Z"


def test_persons_join_and_leave_and_what_is_held_follows(as_, world):
    here = world(a_municipality, number="5001", decided=3)
    case = world(a_case, persons=2)
    world(asked, case, here)
    api = as_(officer())
    baby = {"birth_year": 2020, "sex": "female", "nationality": "SY", "reason": "birth"}
    cousin = baby | {"birth_year": 1999, "reason": "later_member"}

    born = api.step(f"/cases/{case}/persons", baby)
    full = api.step(f"/cases/{case}/persons", cousin)
    gone = api.post(f"/persons/{born.json()['person_id']}/leave", {"reason": "død"})

    assert born.status_code == 201
    assert born.headers["etag"] == '"case-3"'
    assert (full.status_code, full.json()["code"]) == (409, "places.none_free")
    assert full.json()["free"] == 0
    assert (gone.status_code, gone.json()["persons_count"]) == (200, 2)
    assert api.get("/municipalities/5001", year=2020).json()["held"] == 2


def test_leaving_refusals(as_, world):
    case = world(a_case, persons=1)
    person = as_(officer()).get(f"/cases/{case}").json()["persons"][0]["id"]
    stranger = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"

    last = as_(officer()).post(f"/persons/{person}/leave", {"reason": "x"})
    blank = as_(officer()).post(f"/persons/{person}/leave", {"reason": " "})
    nobody = as_(officer()).post(f"/persons/{stranger}/leave", {"reason": "x"})

    assert (last.status_code, last.json()["code"]) == (409, "person.last")
    assert blank.json()["errors"][0]["pointer"] == "/reason"
    assert nobody.status_code == 404
