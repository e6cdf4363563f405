"""/distributions and a case's proposals."""

from datetime import timedelta

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    auditor,
    officer,
    reader,
    udi,
    writer,
)

NOBODY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"


def withdraw(api, case):
    return api.step(f"/cases/{case}/withdraw", {"reason": "ingen reise"})


def test_what_was_asked_stays_the_municipalitys_after_a_withdrawal(as_, world):
    here = world(a_municipality, number="5001", decided=10)
    case = world(a_case, name="Amal Haddad")
    world(asked, case, here)
    api = as_(reader(here))
    (before,) = api.get("/distributions").json()["items"]

    withdraw(as_(officer()), case)
    (after,) = api.get("/distributions", state="withdrawn").json()["items"]

    assert before["state"] == "open"
    assert before["case_id"] == after["case_id"] == str(case)
    assert before["shown"] == after["shown"]
    assert len(after["shown"]["persons"]) == after["persons_count"] == 2
    assert "Amal" not in str(after)
    assert (after["outcome"], after["next"]) == ("ingen reise", "asked_again_first")
    assert (after["asked_on"], after["answer_due"]) == ("2020-04-01", "2020-04-08")
    assert api.get(f"/distributions/{after['id']}").json() == after
    assert api.get(f"/cases/{case}").status_code == 404


def test_another_municipalitys_question_does_not_exist(as_, world):
    here, there = world(a_municipality, decided=10), world(a_municipality, number="5002")
    world(asked, world(a_case), here)
    (question,) = as_(auditor()).get("/distributions").json()["items"]
    foreign, path = as_(writer(there)), f"/distributions/{question['id']}"

    assert foreign.get("/distributions").json() == {"items": [], "next": None}
    assert foreign.get(path).status_code == 404
    assert foreign.get(path).json() == foreign.get(f"/distributions/{NOBODY}").json()
    assert foreign.post(f"{path}/reopen").status_code == 404
    assert as_(officer()).get("/distributions", municipality="5002").json()["items"] == []


def test_questions_come_in_pages_the_newest_first(as_, world):
    here = world(a_municipality, decided=50)
    for hours in range(3):
        world(asked, world(a_case), here, at=NOW + timedelta(hours=hours))
    api = as_(reader(here))
    whole = api.get("/distributions").json()["items"]

    first = api.get("/distributions", limit=2).json()
    rest = api.get("/distributions", limit=2, cursor=first["next"]).json()

    assert first["items"] + rest["items"] == whole
    assert rest["next"] is None
    assert api.get("/distributions", cursor="x").json()["errors"][0]["pointer"] == "cursor"
    assert api.get("/distributions", state="gone").status_code == 422


def test_proposals_tell_the_order_and_why(as_, world):
    full = world(a_municipality, number="5001", name="Fullby", decided=2)
    world(asked, world(a_case, persons=2), full)
    half = world(a_municipality, number="5002", name="Halvby", decided=8)
    world(asked, world(a_case, persons=4), half)
    free = world(a_municipality, number="5003", name="Friby", decided=10)
    home = world(a_vacancy, free)
    world(a_municipality, number="5004", name="Stilleby")
    case = world(a_case)

    told = as_(officer()).get(f"/cases/{case}/proposals", year=2020).json()

    assert (told["track"], told["rules_version"], told["year"]) == (None, 1, 2020)
    assert [
        (item["rank"], item["municipality_number"], item["free"], item["unused_share_exact"])
        for item in told["items"]
    ] == [(1, "5003", 10, "1/1"), (2, "5002", 4, "1/2")]
    assert told["items"][0]["vacancy_id"] == str(home)
    assert told["items"][0]["municipality_name"] == "Friby"
    assert {(left["municipality_number"], left["code"]) for left in told["excluded"]} == {
        ("5001", "places.none_free"),
        ("5004", "places.not_registered"),
    }
    reasons = {reason["criterion"]: reason for reason in told["items"][1]["reasons"]}
    assert reasons["unused_share"]["value"] == "1/2"
    assert reasons["unused_share"]["decisive"]
    assert reasons["unused_share"]["compared_with"] == "5003"
    assert all(reason["text"] for reason in reasons.values())
    assert "{" not in str([reason["text"] for reason in reasons.values()])


def test_proposals_speak_the_readers_language(as_, world):
    world(a_municipality, decided=10)
    case = world(a_case)
    api = as_(officer())

    def texts(language):
        headers = {"authorization": f"Bearer {api.token}", "accept-language": language}
        told = api.client.get(f"/api/v1/cases/{case}/proposals?year=2020", headers=headers).json()
        return [reason["text"] for reason in told["items"][0]["reasons"]]

    assert "10 av 10 vedtaksplasser er ledige, det er 100\xa0%." in texts("nb")
    assert "10 of 10 decided places are free, that is 100%." in texts("en")


def test_on_track_a_the_former_municipality_comes_first_and_the_reason_says_so(as_, world):
    former = world(a_municipality, number="5002", decided=10)
    world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    world(asked, case, former)
    withdraw(as_(officer()), case)

    told = as_(officer()).get(f"/cases/{case}/proposals", year=2020).json()

    assert told["track"] == "A"
    assert told["items"][0]["municipality_number"] == "5002"
    assert told["items"][0]["reasons"][0]["criterion"] == "former_municipality"


def test_why_a_case_is_proposed_to_nobody(as_, world):
    here = world(a_municipality, decided=10)
    unknown, held = world(a_case, entry=None), world(a_case)
    world(asked, held, here)

    def refused(actor, case):
        answer = as_(actor).get(f"/cases/{case}/proposals")
        return answer.status_code, answer.json()["code"]

    assert refused(officer(), unknown) == (409, "entry.when_unknown")
    assert refused(officer(), held) == (409, "state.wrong")
    assert refused(udi(), unknown) == (403, "actor.not_allowed")
    assert refused(reader(here), held)[0] in {403, 409}
    assert refused(officer(), NOBODY) == (404, "not_found")
