"""/rules and /measures."""

from tests.factories import (
    a_case,
    a_municipality,
    auditor,
    centre,
    lead,
    officer,
    reader,
    udi,
)

MEASURE = {
    "group": "reception_centre",
    "reason": "smittevern",
    "from_on": "2020-03-12",
    "until_on": "2020-04-30",
}


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_the_published_rules_are_everybodys_to_read(as_, world):
    here = world(a_municipality)

    for actor in (officer(), reader(here), udi(), centre(), auditor()):
        rules = as_(actor).get("/rules").json()
        assert rules["in_force"] == rules["items"][0]
        assert rules["in_force"]["version"] == 1
        assert rules["in_force"]["vacancy_window"] == 0.1
        assert rules["in_force"]["criteria"][0] == "former_municipality"


def test_a_measure_is_started_read_and_ended_by_the_lead(as_):
    api = as_(lead())

    made = api.post("/measures", MEASURE)
    (read,) = api.get("/measures").json()["items"]
    path = f"/measures/{read['id']}/end"
    ended, again = api.post(path), api.post(path)

    assert made.status_code == 201
    assert made.json() == read
    assert {name: read[name] for name in MEASURE} == MEASURE
    assert read["ended_at"] is None
    assert ended.json()["ended_at"] is not None
    assert again.json() == ended.json()


def test_a_measure_pauses_its_group(as_, world):
    world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    as_(lead()).post("/measures", {"group": "resettlement", "reason": "x", "from_on": "2020-01-01"})

    answer = as_(officer()).step(f"/cases/{case}/distribute", {"municipality_number": "5001"})

    assert refused(answer) == (409, "measure.paused")


def test_measures_are_the_leads(as_, world):
    here = world(a_municipality)
    measure = as_(lead()).post("/measures", MEASURE).json()["id"]

    for actor in (officer(), auditor(), reader(here), udi()):
        assert refused(as_(actor).post("/measures", MEASURE)) == (403, "actor.not_allowed")
        assert refused(as_(actor).post(f"/measures/{measure}/end")) == (403, "actor.not_allowed")
    assert as_(reader(here)).get("/measures").json()["items"] == []
    assert len(as_(udi()).get("/measures").json()["items"]) == 1


def test_what_a_measure_cannot_be(as_):
    api = as_(lead())

    for change, pointer in (
        ({"until_on": "2020-03-11"}, "/until_on"),
        ({"from_on": "2020-02-30"}, "/from_on"),
        ({"group": "all"}, "/group"),
        ({"reason": " "}, "/reason"),
    ):
        answer = api.post("/measures", MEASURE | change)
        assert refused(answer) == (422, "input.invalid")
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert refused(api.post("/measures/99/end")) == (404, "not_found")
    assert refused(api.post("/measures/99999999999/end")) == (422, "input.invalid")
