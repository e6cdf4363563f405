"""A family from February 2020 to January 2021: withdrawn, declined, cancelled, and settled.

One story in chapters; each is told with what the three groups see of it.
"""

from dataclasses import dataclass

from tests.factories import officer
from tests.factories import udi as udi_office
from tests.factories import writer as writer_of
from tests.journeys.client import Municipality
from tests.journeys.conftest import World

FAMILY = ("Amal Haddad", "Bilal Haddad", "Dina Haddad", "Fadi Haddad")
NAMED, UNNAMED = list(FAMILY), [None] * 4
JANUARY = {"arrival_airport": "TRD", "arrives_at": "2021-01-12T13:05:00+01:00"}


@dataclass
class Story:
    world: World
    alta: Municipality
    bodo: Municipality
    voss: Municipality
    family: str = ""


def test_a_family_finds_its_home_at_the_third_municipality_and_in_the_next_year(world: World):
    story = Story(
        world,
        alta=world.municipality("Alta", number="5403", decided=10),
        bodo=world.municipality("Bodø", number="1804", decided=20),
        voss=world.municipality("Voss", number="4621", decided=10),
    )
    somebody_else_has_three_places_of_alta(story)
    asked_and_seen_without_names(story)
    accepted_and_placed_with_names(story)
    withdrawn_with_all_others(story)
    told_of_the_withdrawal_when_it_can_no_longer_be_undone(story)
    asked_of_nobody_while_entry_is_not_possible(story)
    proposed_by_share_without_preference_for_alta(story)
    declined_by_bodo(story)
    accepted_anew_by_voss(story)
    booked_and_cancelled(story)
    booked_into_a_year_that_has_to_have_room(story)
    arrived_and_settled_one_by_one(story)
    the_whole_of_it_is_told(story)


def somebody_else_has_three_places_of_alta(story: Story):
    """So that Alta's share is the smallest of the three."""
    imdi = story.world.imdi
    others = imdi.registers("En", "To", "Tre", group="private")
    imdi.does(others, "distribute", municipality_number="5403", override_reason="slekt i Alta")


def asked_and_seen_without_names(story: Story):
    world, imdi, alta = story.world, story.world.imdi, story.alta
    family = story.family = imdi.registers(
        *FAMILY,
        departure_country="LB",
        entry={
            "status": "possible_from",
            "from_on": "2020-04-01",
            "permit_expires_on": "2021-06-30",
            "source": "UDI",
        },
    )
    assert imdi.proposed(family) == ["1804", "4621", "5403"]
    there = {"municipality_number": "5403"}
    assert imdi.cannot(family, "distribute", **there) == "override.reason_missing"
    imdi.does(family, "distribute", **there, override_reason="slekt i Alta")

    assert alta.names(family) == alta.reader.names(family) == UNNAMED
    assert world.udi.names(family) == UNNAMED
    assert imdi.names(family) == NAMED
    assert world.auditor.names(family) == UNNAMED
    assert world.auditor.names(family, purpose="supervision") == NAMED
    assert story.bodo.has_no_case(family)
    assert story.bodo.asked() == []
    assert world.administrator.has_no_case(family)
    assert world.centre("Dale mottak").has_no_case(family)
    assert alta.held_settled_free() == (7, 0, 3)
    assert alta.case(family)["answer_due"] == "2020-02-10"
    assert world.told(writer_of(alta.id)) == ["asked", "asked"]


def accepted_and_placed_with_names(story: Story):
    world, alta, family = story.world, story.alta, story.family
    world.clock.to("2020-02-06")
    for week, code in {
        None: "week.required",
        "2020-W05": "week.past",
        "2020-W10": "week.before_entry",
        "2021-W40": "week.after_permit",
    }.items():
        assert alta.cannot(family, "accept", settlement_week=week) == code
    alta.does(family, "accept", settlement_week="2020-W24")
    assert alta.names(family) == UNNAMED
    world.clock.to("2020-02-07")
    world.imdi.does(family, "decide")
    assert alta.names(family) == alta.reader.names(family) == NAMED
    assert world.udi.names(family) == NAMED
    assert story.bodo.has_no_case(family)
    asked = alta.asked_about(family)
    assert (asked["state"], asked["settlement_week"]) == ("placed", "2020-W24")


def withdrawn_with_all_others(story: Story):
    world, imdi, family = story.world, story.world.imdi, story.family
    run = {"before": "2020-03-12", "reason": "Innreisestopp"}
    world.clock.to("2020-03-12")
    world.udi.writes_entry(family, "not_possible")
    assert world.udi.is_told("/withdrawal-runs", **run) == "actor.not_allowed"
    assert story.alta.is_told("/withdrawal-runs", **run) == "actor.not_allowed"
    assert imdi.is_told("/withdrawal-runs", **run) == "legal_ground.missing"
    shown = imdi.posts("/withdrawal-runs", **run, legal_ground="conditions_failed")
    assert shown["counts"] == {
        "cases": 1,
        "persons": 4,
        "places_freed": 4,
        "reversal_decisions": 1,
        "excluded": 1,
    }
    assert imdi.case(family)["state"] == "placed"
    imdi.posts(f"/withdrawal-runs/{shown['id']}/confirm", token=shown["token"])

    withdrawn = imdi.case(family)
    assert (withdrawn["state"], withdrawn["track"]) == ("withdrawn", "B")
    assert withdrawn["former_municipality_number"] == "5403"
    assert withdrawn["settlement_week"] is None
    assert story.alta.held_settled_free() == (3, 0, 7)
    assert story.alta.ledger() == [
        ("decided", 10, 10),
        ("hold", 3, 7),
        ("hold", 4, 3),
        ("release", -4, 7),
    ]


def told_of_the_withdrawal_when_it_can_no_longer_be_undone(story: Story):
    world, alta, family = story.world, story.alta, story.family
    assert alta.has_no_case(family)
    assert alta.reader.has_no_case(family)
    frozen = alta.asked_about(family)
    assert (frozen["state"], frozen["outcome"], frozen["next"]) == (
        "withdrawn",
        "Innreisestopp",
        "waits_for_entry",
    )
    assert (frozen["settlement_week"], frozen["persons_count"]) == ("2020-W24", 4)
    assert world.udi.case(family)["state"] == "withdrawn"
    assert world.udi.names(family) == UNNAMED
    assert "withdrawn" not in world.told(writer_of(alta.id))
    world.clock.to("2020-03-12", "10:31")
    assert world.told(writer_of(alta.id))[-1] == "withdrawn"
    (run,) = world.imdi.lists("/withdrawal-runs")
    assert world.imdi.is_told(f"/withdrawal-runs/{run['id']}/undo") == "undo.too_late"


def asked_of_nobody_while_entry_is_not_possible(story: Story):
    imdi, family = story.world.imdi, story.family
    there = {"municipality_number": "1804"}
    assert imdi.cannot(family, "redistribute", **there) == "entry.not_possible"
    assert imdi.choices(family)["redistribute"] == "entry.not_possible"
    empty = imdi.posts("/redistribution-runs", scope="ready")
    assert (empty["counts"]["cases"], empty["counts"]["placed"]) == (0, 0)


def proposed_by_share_without_preference_for_alta(story: Story):
    world, imdi, family = story.world, story.world.imdi, story.family
    world.clock.to("2020-04-20")
    world.udi.writes_entry(
        family, "possible_from", from_on="2020-05-15", permit_expires_on="2021-06-30"
    )
    proposals = imdi.proposals(family)
    assert proposals["track"] == "B"
    assert [line["municipality_number"] for line in proposals["items"]] == ["1804", "4621", "5403"]
    assert [line["unused_share_exact"] for line in proposals["items"]] == ["1/1", "1/1", "7/10"]
    told = [reason["criterion"] for reason in proposals["items"][-1]["reasons"]]
    assert "no_preference_for_former" in told
    assert "former_municipality" not in told
    assert imdi.cannot(family, "distribute", municipality_number="1804") == "state.wrong"

    run = imdi.posts("/redistribution-runs", scope="ready")
    assert run["counts"]["placed"] == 1
    imdi.posts(f"/redistribution-runs/{run['id']}/confirm", token=run["token"])
    (line,) = imdi.lists(f"/redistribution-runs/{run['id']}/items")
    assert (line["outcome"], line["municipality_number"]) == ("placed", "1804")
    assert story.bodo.case(family)["state"] == "redistributed"
    assert story.bodo.asked_about(family)["again"] is True
    assert story.bodo.names(family) == UNNAMED
    assert story.bodo.history(family) == ["redistribute"]
    assert story.alta.has_no_case(family)
    assert story.alta.asked_about(family)["state"] == "withdrawn"


def declined_by_bodo(story: Story):
    world, imdi, bodo, family = story.world, story.world.imdi, story.bodo, story.family
    world.clock.to("2020-04-24")
    bodo.does(family, "decline", reason_code="no_housing", text="Ingen store boliger")
    assert bodo.held_settled_free() == (0, 0, 20)
    assert bodo.has_no_case(family)
    assert bodo.asked_about(family)["reason_code"] == "no_housing"
    again = {"municipality_number": "1804", "override_reason": "x"}
    assert imdi.cannot(family, "redistribute", **again) == "municipality.declined"
    assert {"municipality_number": "1804", "code": "municipality.declined"} in imdi.proposals(
        family
    )["excluded"]


def accepted_anew_by_voss(story: Story):
    world, imdi, voss, family = story.world, story.world.imdi, story.voss, story.family
    imdi.does(family, "redistribute", municipality_number="4621")
    assert voss.case(family)["settlement_week"] is None
    assert voss.cannot(family, "accept") == "week.required"
    # A week on is the first of May, a holiday before a weekend. A late yes counts.
    assert voss.case(family)["answer_due"] == "2020-05-04"
    world.clock.to("2020-05-04")
    assert voss.case(family)["overdue"] is False
    world.clock.to("2020-05-05")
    assert voss.case(family)["overdue"] is True
    voss.does(family, "accept", settlement_week="2020-W30", quarantine_confirmed=True)
    imdi.does(family, "decide")
    assert voss.names(family) == NAMED


def booked_and_cancelled(story: Story):
    world, udi, voss, family = story.world, story.world.udi, story.voss, story.family
    july = {"arrival_airport": "TRD", "arrives_at": "2020-07-21T13:05:00+02:00"}
    booking = udi.does(family, "book-travel", **july, flight="SK 336")
    path = f"/bookings/{booking['id']}"
    assert voss.case(family)["state"] == "travel_booked"
    assert world.told(writer_of(voss.id))[-1] == "travel_booked"
    assert story.bodo.does_not_see(path)
    world.clock.to("2020-07-15")
    udi.posts(f"{path}/cancel", read=path, reason="Flyet er innstilt")
    assert voss.case(family)["state"] == "placed"
    assert voss.held_settled_free() == (4, 0, 6)
    assert world.told(writer_of(voss.id))[-1] == "travel_cancelled"
    assert udi.is_told(f"{path}/cancel", read=path, reason="Igjen") == "state.wrong"


def booked_into_a_year_that_has_to_have_room(story: Story):
    world, udi, voss, family = story.world, story.world.udi, story.voss, story.family
    world.clock.to("2020-12-01")
    assert udi.cannot(family, "book-travel", **JANUARY) == "places.year_full"
    voss.registers_places(year=2021, decided_places=3)
    assert udi.cannot(family, "book-travel", **JANUARY) == "places.year_full"
    assert voss.held_settled_free() == (4, 0, 6)
    voss.registers_places(year=2021, decided_places=10)
    udi.does(family, "book-travel", **JANUARY)
    assert voss.held_settled_free(2020) == (0, 0, 10)
    assert voss.held_settled_free(2021) == (4, 0, 6)
    assert [
        (booking["state"], [version["change"] for version in booking["versions"]])
        for booking in voss.lists(f"/cases/{family}/bookings")
    ] == [("cancelled", ["booked", "cancelled"]), ("booked", ["booked"])]


def arrived_and_settled_one_by_one(story: Story):
    world, imdi, voss, family = story.world, story.world.imdi, story.voss, story.family
    world.clock.to("2021-01-12", "15:00")
    assert voss.cannot(family, "settle", settled_on="2021-01-12") == "settle.not_arrived"
    voss.does(family, "arrive", arrived_at="2021-01-12T13:20:00+01:00")
    assert voss.lists(f"/cases/{family}/bookings")[-1]["state"] == "completed"
    persons = [person["id"] for person in voss.case(family)["persons"]]
    world.clock.to("2021-01-14")
    dates = [{"person_id": person, "settled_on": "2021-01-13"} for person in persons]
    most = voss.does(family, "settle", persons=dates[:3])
    assert (most["state"], most["settled_count"]) == ("arrived", 3)
    assert voss.held_settled_free(2021) == (1, 3, 6)
    assert voss.cannot(family, "settle", persons=dates) == "settle.already"
    reversal = {"reason": "x", "legal_ground": "conditions_failed"}
    assert imdi.cannot(family, "withdraw", **reversal) == "state.wrong"
    world.clock.to("2021-01-28")
    last = voss.does(family, "settle", settled_on="2021-01-27")
    assert (last["state"], last["settled_count"]) == ("settled", 4)
    assert voss.held_settled_free(2021) == (0, 4, 6)
    assert voss.asked_about(family)["state"] == "settled"
    assert world.told(officer())[-1] == "settled"


def the_whole_of_it_is_told(story: Story):
    world, voss, family = story.world, story.voss, story.family
    in_alta = ["register", "distribute", "accept", "decide", "entry", "withdraw", "entry"]
    in_bodo = ["redistribute", "decline"]
    in_voss = ["redistribute", "accept", "decide", "book_travel", "cancel_travel"]
    in_voss += ["book_travel", "arrive", "settle", "settle"]
    assert world.imdi.history(family) == in_alta + in_bodo + in_voss
    assert world.auditor.history(family) == in_alta + in_bodo + in_voss
    assert voss.history(family) == in_voss
    assert voss.ledger(2020) == [("decided", 10, 10), ("hold", 4, 6), ("move_out", -4, 10)]
    assert voss.ledger(2021) == [
        ("decided", 3, 3),
        ("decided", 7, 10),
        ("move_in", 4, 6),
        ("settle", 3, 6),
        ("settle", 1, 6),
    ]
    assert story.bodo.ledger() == [("decided", 20, 20), ("hold", 4, 16), ("release", -4, 20)]
    for stranger in (voss, world.udi):
        assert stranger.does_not_see(f"/municipalities/{story.alta.number}/years/2020/ledger")
    assert world.told(udi_office()) == ["placed", "withdrawn", "placed"]
