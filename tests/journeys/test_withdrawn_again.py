"""Withdrawal and what comes after: places left, places used by others, groups that go on."""

import pytest

from tests.factories import centre
from tests.factories import writer as writer_of
from tests.journeys.conftest import World

GROUND = {"legal_ground": "conditions_failed"}
ENTRY = {
    "status": "possible_from",
    "from_on": "2020-04-15",
    "permit_expires_on": "2020-09-30",
    "source": "UDI",
}
WHY = "familie i kommunen"


def placed(world: World, here, *names: str, week: str = "2020-W24", **of) -> str:
    """A household registered, put to a municipality, accepted and decided."""
    case = world.imdi.registers(*names, **{"entry": ENTRY, **of})
    world.imdi.does(case, "distribute", municipality_number=here.number, override_reason=WHY)
    here.does(case, "accept", settlement_week=week)
    world.imdi.does(case, "decide")
    return case


def withdraw_all(world: World, before: str) -> dict:
    """A run over everything asked for before a day, confirmed."""
    run = world.imdi.posts("/withdrawal-runs", before=before, reason="Innreisestopp", **GROUND)
    return world.imdi.posts(f"/withdrawal-runs/{run['id']}/confirm", token=run["token"])


def lines(world: World, kind: str, run_id: str) -> dict:
    """The report of a run: by case, the outcome, the code and the municipality."""
    return {
        line["case_id"]: (line["outcome"], line["code"], line["municipality_number"])
        for line in world.imdi.lists(f"/{kind}-runs/{run_id}/items", limit=500)
    }


def test_track_a_goes_home_while_its_places_last_and_then_elsewhere(world: World):
    """Two families were in Alta when all were withdrawn; then Alta took one from a centre."""
    alta = world.municipality("Alta", number="5403", decided=8)
    bodo = world.municipality("Bodø", number="1804", decided=40)
    first, second = placed(world, alta, "Amal", "Bilal"), placed(world, alta, "Dina", "Fadi")
    world.clock.to("2020-03-12")
    withdraw_all(world, "2020-03-12")
    assert world.imdi.case(first)["track"] == world.imdi.case(second)["track"] == "A"
    assert [asked["next"] for asked in alta.asked()] == ["asked_again_first"] * 2
    assert alta.held_settled_free() == (0, 0, 8)

    from_centre = world.imdi.registers(*("x" * 5), group="reception_centre")
    world.imdi.does(from_centre, "distribute", municipality_number="5403", override_reason=WHY)

    # Three places are left: enough for one family, at home though Bodø's share is larger.
    assert world.imdi.proposed(first) == world.imdi.proposed(second) == ["5403", "1804"]
    top = world.imdi.proposals(first)["items"][0]["reasons"][0]
    assert (top["criterion"], top["decisive"]) == ("former_municipality", True)
    run = world.imdi.posts("/redistribution-runs", case_ids=[second, first])
    world.imdi.posts(f"/redistribution-runs/{run['id']}/confirm", token=run["token"])
    assert lines(world, "redistribution", run["id"]) == {
        first: ("placed", None, "5403"),
        second: ("placed", None, "1804"),
    }
    assert alta.held_settled_free() == (7, 0, 1)
    assert bodo.held_settled_free() == (2, 0, 38)

    # The same places for both at once cannot be had: the second is refused at Alta itself.
    world.imdi.does(second, "withdraw", reason="Prøver Alta")
    assert {"municipality_number": "5403", "code": "places.none_free"} in world.imdi.proposals(
        second
    )["excluded"]
    assert (
        world.imdi.cannot(second, "redistribute", municipality_number="5403", override_reason=WHY)
        == "places.none_free"
    )
    # Alta must answer anew; what it said in February does not carry over.
    assert alta.cannot(first, "accept") == "week.required"
    assert alta.case(first)["settlement_week"] is None
    assert alta.has_no_case(second)
    assert [asked["state"] for asked in alta.asked() if asked["case_id"] == second] == ["withdrawn"]


def test_an_undo_restores_what_it_can_and_leaves_a_place_that_somebody_has_taken(world: World):
    imdi = world.imdi
    alta = world.municipality("Alta", number="5403", decided=4)
    bodo = world.municipality("Bodø", number="1804", decided=4)
    lost = placed(world, alta, "Amal", "Bilal", "Dina")
    kept = placed(world, bodo, "Fadi", "Hana")
    asked = imdi.registers("Ida", entry=ENTRY)
    imdi.does(asked, "distribute", municipality_number="1804", override_reason=WHY)
    booking = world.udi.does(
        kept, "book-travel", arrival_airport="TRD", arrives_at="2020-06-09T13:05:00+02:00"
    )
    world.clock.to("2020-03-12")
    run = withdraw_all(world, "2020-03-12")
    assert run["undo_until"] == "2020-03-12T10:30:00Z"
    assert world.udi.sees(f"/bookings/{booking['id']}")["state"] == "cancelled"

    taker = imdi.registers("Jan", "Kari", entry=ENTRY)
    imdi.does(taker, "distribute", municipality_number="5403", override_reason=WHY)
    world.clock.to("2020-03-12", "10:20")
    undone = imdi.posts(f"/withdrawal-runs/{run['id']}/undo")

    assert undone["state"] == "undone"
    assert lines(world, "withdrawal", run["id"]) == {
        lost: ("not_undone", "undo.no_room", "5403"),
        kept: ("restored", None, "1804"),
        asked: ("restored", None, "1804"),
    }
    assert imdi.case(lost)["state"] == "withdrawn"
    assert alta.has_no_case(lost)
    assert alta.held_settled_free() == (2, 0, 2)
    restored = bodo.case(kept)
    assert (restored["state"], restored["settlement_week"]) == ("travel_booked", "2020-W24")
    assert bodo.names(kept) == ["Fadi", "Hana"]
    assert bodo.case(asked)["state"] == "distributed"
    assert bodo.held_settled_free() == (3, 0, 1)
    assert bodo.asked_about(kept)["state"] == "placed"
    assert bodo.asked_about(kept)["outcome"] is None
    assert [
        version["change"] for version in world.udi.sees(f"/bookings/{booking['id']}")["versions"]
    ] == ["booked", "cancelled", "reinstated"]
    assert imdi.history(kept)[-2:] == ["withdraw", "restore"]
    assert bodo.history(kept)[-2:] == ["withdraw", "restore"]

    # What is undone is undone: again it changes nothing, and its token confirms nothing.
    assert imdi.posts(f"/withdrawal-runs/{run['id']}/undo") == undone
    again = imdi.is_told(f"/withdrawal-runs/{run['id']}/confirm", token=run["token"])
    assert again == "run.undone"
    # Alta hears that its case is withdrawn, Bodø only that nothing is.
    world.clock.to("2020-03-13")
    assert "withdrawn" in world.told(writer_of(alta.id))
    assert "withdrawn" not in world.told(writer_of(bodo.id))
    assert "travel_cancelled" not in world.told(writer_of(bodo.id))


def test_a_run_that_is_no_longer_what_was_shown_does_nothing(world: World):
    alta = world.municipality("Alta", number="5403", decided=8)
    first, second = placed(world, alta, "Amal"), placed(world, alta, "Bilal")
    world.clock.to("2020-03-12")
    run = world.imdi.posts("/withdrawal-runs", before="2020-03-12", reason="Stopp", **GROUND)
    world.imdi.does(first, "change-week", settlement_week="2020-W26", reason="Avtalt")

    answer = world.imdi.ask(
        "POST", f"/withdrawal-runs/{run['id']}/confirm", {"token": run["token"]}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "run.stale")
    assert [(one["case_id"], one["code"]) for one in answer.json()["changed"]] == [
        (first, "run.case_changed")
    ]
    assert [world.imdi.case(case)["state"] for case in (first, second)] == ["placed"] * 2
    assert alta.held_settled_free() == (2, 0, 6)


def test_a_centre_goes_on_through_a_run_and_is_settled_from_placed(world: World):
    imdi, here = world.imdi, world.municipality("Alta", number="5403", decided=8)
    there = world.municipality("Bodø", number="1804", decided=8)
    dale, other = world.centre("Dale mottak"), world.centre("Vik mottak")
    case = placed(
        world, here, "Samir Aziz", "Leila Aziz",
        group="reception_centre", entry=None, reception_centre="Dale mottak",
    )  # fmt: skip
    assert dale.names(case) == here.names(case) == ["Samir Aziz", "Leila Aziz"]
    assert other.has_no_case(case)
    assert world.udi.has_no_case(case)
    assert there.has_no_case(case)
    assert dale.choices(case) == {}

    world.clock.to("2020-03-12")
    run = withdraw_all(world, "2020-03-12")
    assert run["counts"]["cases"] == 0
    assert lines(world, "withdrawal", run["id"]) == {
        case: ("excluded", "group.not_resettlement", "5403")
    }
    assert (
        imdi.is_told("/withdrawal-runs", before="2020-03-12", reason="x", group="reception_centre")
        == "group.not_resettlement"
    )

    assert world.udi.does_not_see(f"/cases/{case}")
    persons = [person["id"] for person in here.case(case)["persons"]]
    early = [{"person_id": persons[0], "settled_on": "2020-02-02"}]
    assert here.cannot(case, "settle", persons=early) == "settle.before_placed"
    here.does(case, "settle", settled_on="2020-03-10")
    assert here.case(case)["state"] == "settled"
    assert here.held_settled_free() == (0, 2, 6)
    assert here.ledger() == [("decided", 8, 8), ("hold", 2, 6), ("settle", 2, 6)]
    # Corrected, not overwritten.
    assert here.cannot(case, "settle", settled_on="2020-03-11") == "settle.already"
    here.does(case, "correct-settlement", settled_on="2020-03-11", reason="Feil dato")
    assert dale.history(case)[-2:] == ["settle", "correct_settlement"]


@pytest.mark.parametrize("ends", ["by the lead", "by its last day"])
def test_a_measure_pauses_one_group_until_it_ends(world: World, ends: str):
    imdi = world.imdi
    world.municipality("Alta", number="5403", decided=8)
    world.clock.to("2020-03-12")
    measure = {"group": "reception_centre", "reason": "Smittevern", "from_on": "2020-03-12"}
    assert imdi.is_told("/measures", **measure) == "actor.not_allowed"
    last = {"until_on": "2020-03-31"} if ends == "by its last day" else {}
    started = world.lead.posts("/measures", **measure, **last)
    case = imdi.registers("Samir", group="reception_centre")
    free_to_go = imdi.registers("Amal", entry=ENTRY)
    elsewhere = {"municipality_number": "5403"}

    assert imdi.cannot(case, "distribute", **elsewhere) == "measure.paused"
    assert imdi.choices(case)["distribute"] == "measure.paused"
    assert imdi.is_told(f"/cases/{case}/distribute", read=f"/cases/{case}", **elsewhere) == (
        "measure.paused"
    )
    imdi.does(free_to_go, "distribute", **elsewhere)

    if ends == "by the lead":
        assert imdi.is_told(f"/measures/{started['id']}/end") == "actor.not_allowed"
        world.lead.posts(f"/measures/{started['id']}/end")
    else:
        world.clock.to("2020-03-31", "21:59")  # still the 31st in Norway
        assert imdi.cannot(case, "distribute", **elsewhere) == "measure.paused"
        world.clock.to("2020-03-31", "22:00")
    imdi.does(case, "distribute", **elsewhere)
    assert imdi.case(case)["state"] == "distributed"
    assert world.party(centre()).lists("/measures") == []
