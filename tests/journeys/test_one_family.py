"""A family from February 2020 to January 2021: withdrawn, declined, cancelled, and settled."""

from tests.factories import officer
from tests.factories import udi as udi_office
from tests.factories import writer as writer_of
from tests.journeys.conftest import World

FAMILY = ("Amal Haddad", "Bilal Haddad", "Dina Haddad", "Fadi Haddad")
UNNAMED = [None] * 4


def test_a_family_finds_its_home_at_the_third_municipality_and_in_the_next_year(world: World):
    imdi, udi = world.imdi, world.udi
    alta = world.municipality("Alta", number="5403", decided=10)
    bodo = world.municipality("Bodø", number="1804", decided=20)
    voss = world.municipality("Voss", number="4621", decided=10)
    # Somebody else has three of Alta's places, so that its share is the smallest of the three.
    others = imdi.registers(
        *("En", "To", "Tre"), group="private", reception_centre=None, departure_country="NO"
    )
    imdi.does(others, "distribute", municipality_number="5403", override_reason="slekt i Alta")

    # --- Registered, put to Alta, and placed there.
    family = imdi.registers(
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
    assert imdi.cannot(family, "distribute", municipality_number="5403") == (
        "override.reason_missing"
    )
    imdi.does(family, "distribute", municipality_number="5403", override_reason="slekt i Alta")

    assert alta.names(family) == alta.reader.names(family) == UNNAMED
    assert udi.names(family) == UNNAMED
    assert imdi.names(family) == world.auditor.names(family) == list(FAMILY)
    assert bodo.has_no_case(family)
    assert bodo.asked() == []
    assert world.administrator.has_no_case(family)
    assert world.centre("Dale mottak").has_no_case(family)
    assert alta.held_settled_free() == (7, 0, 3)
    assert alta.case(family)["answer_due"] == "2020-02-10"
    assert world.told(writer_of(alta.id)) == ["asked", "asked"]

    world.clock.to("2020-02-06")
    assert alta.cannot(family, "accept") == "week.required"
    assert alta.cannot(family, "accept", settlement_week="2020-W05") == "week.past"
    assert alta.cannot(family, "accept", settlement_week="2020-W10") == "week.before_entry"
    assert alta.cannot(family, "accept", settlement_week="2021-W40") == "week.after_permit"
    alta.does(family, "accept", settlement_week="2020-W24")
    assert alta.names(family) == UNNAMED
    world.clock.to("2020-02-07")
    imdi.does(family, "decide")
    assert alta.names(family) == alta.reader.names(family) == list(FAMILY)
    assert udi.names(family) == list(FAMILY)
    assert bodo.has_no_case(family)
    asked = alta.asked_about(family)
    assert (asked["state"], asked["settlement_week"]) == ("placed", "2020-W24")

    # --- 12 March: nobody can travel. Everything asked for before that day is withdrawn.
    world.clock.to("2020-03-12")
    udi.writes_entry(family, "not_possible")
    assert udi.is_told("/withdrawal-runs", before="2020-03-12", reason="x") == "actor.not_allowed"
    assert imdi.is_told("/withdrawal-runs", before="2020-03-12", reason="Innreisestopp") == (
        "legal_ground.missing"
    )
    run = imdi.posts(
        "/withdrawal-runs",
        before="2020-03-12",
        reason="Innreisestopp",
        legal_ground="conditions_failed",
    )
    assert run["counts"] == {
        "cases": 1,
        "persons": 4,
        "places_freed": 4,
        "reversal_decisions": 1,
        "excluded": 1,
    }
    assert imdi.case(family)["state"] == "placed"
    imdi.posts(f"/withdrawal-runs/{run['id']}/confirm", token=run["token"])

    withdrawn = imdi.case(family)
    assert (withdrawn["state"], withdrawn["track"]) == ("withdrawn", "B")
    assert withdrawn["former_municipality_number"] == "5403"
    assert withdrawn["settlement_week"] is None
    assert alta.held_settled_free() == (3, 0, 7)
    assert alta.ledger() == [
        ("decided", 10, 10),
        ("hold", 3, 7),
        ("hold", 4, 3),
        ("release", -4, 7),
    ]
    assert alta.has_no_case(family)
    assert alta.reader.has_no_case(family)
    frozen = alta.asked_about(family)
    assert (frozen["state"], frozen["outcome"], frozen["next"]) == (
        "withdrawn",
        "Innreisestopp",
        "waits_for_entry",
    )
    assert (frozen["settlement_week"], frozen["persons_count"]) == ("2020-W24", 4)
    assert udi.case(family)["state"] == "withdrawn"
    assert udi.names(family) == UNNAMED
    # Its notice waits until the run can no longer be undone.
    assert "withdrawn" not in world.told(writer_of(alta.id))
    world.clock.to("2020-03-12", "10:31")
    assert world.told(writer_of(alta.id))[-1] == "withdrawn"
    assert imdi.is_told(f"/withdrawal-runs/{run['id']}/undo") == "undo.too_late"

    # --- Nobody is asked while entry is not possible.
    assert imdi.cannot(family, "redistribute", municipality_number="1804") == "entry.not_possible"
    assert imdi.choices(family)["redistribute"] == "entry.not_possible"
    empty = imdi.posts("/redistribution-runs", scope="ready")
    assert (empty["counts"]["cases"], empty["counts"]["placed"]) == (0, 0)

    # --- It becomes possible: the order is by share, and Alta has no preference (track B).
    world.clock.to("2020-04-20")
    udi.writes_entry(
        family, "possible_from", from_on="2020-05-15", permit_expires_on="2021-06-30"
    )
    proposals = imdi.proposals(family)
    assert proposals["track"] == "B"
    assert [line["municipality_number"] for line in proposals["items"]] == ["1804", "4621", "5403"]
    told = [reason["criterion"] for reason in proposals["items"][-1]["reasons"]]
    assert "no_preference_for_former" in told
    assert "former_municipality" not in told
    assert [line["unused_share_exact"] for line in proposals["items"]] == ["1/1", "1/1", "7/10"]

    assert imdi.cannot(family, "distribute", municipality_number="1804") == "state.wrong"
    again = imdi.posts("/redistribution-runs", scope="ready")
    assert again["counts"]["placed"] == 1
    imdi.posts(f"/redistribution-runs/{again['id']}/confirm", token=again["token"])
    (line,) = imdi.lists(f"/redistribution-runs/{again['id']}/items")
    assert (line["outcome"], line["municipality_number"]) == ("placed", "1804")
    assert bodo.case(family)["state"] == "redistributed"
    assert bodo.asked_about(family)["again"] is True
    assert bodo.names(family) == UNNAMED
    assert alta.has_no_case(family)
    assert alta.asked_about(family)["state"] == "withdrawn"
    assert bodo.history(family) == ["redistribute"]

    # --- Bodø says no; a third is asked, and sets a new week.
    world.clock.to("2020-04-24")
    bodo.does(family, "decline", reason_code="no_housing", text="Ingen store boliger")
    assert bodo.held_settled_free() == (0, 0, 20)
    assert bodo.has_no_case(family)
    assert bodo.asked_about(family)["reason_code"] == "no_housing"
    assert imdi.cannot(family, "redistribute", municipality_number="1804", override_reason="x") == (
        "municipality.declined"
    )
    assert {"municipality_number": "1804", "code": "municipality.declined"} in imdi.proposals(
        family
    )["excluded"]
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
    assert voss.names(family) == list(FAMILY)

    # --- UDI books, the flight is cancelled, the next one goes in January.
    booking = udi.does(
        family,
        "book-travel",
        arrival_airport="TRD",
        arrives_at="2020-07-21T13:05:00+02:00",
        flight="SK 336",
    )
    assert voss.case(family)["state"] == "travel_booked"
    assert world.told(writer_of(voss.id))[-1] == "travel_booked"
    world.clock.to("2020-07-15")
    udi.posts(
        f"/bookings/{booking['id']}/cancel",
        read=f"/bookings/{booking['id']}",
        reason="Flyet er innstilt",
    )
    assert voss.case(family)["state"] == "placed"
    assert voss.held_settled_free() == (4, 0, 6)
    assert world.told(writer_of(voss.id))[-1] == "travel_cancelled"

    world.clock.to("2020-12-01")
    january = {"arrival_airport": "TRD", "arrives_at": "2021-01-12T13:05:00+01:00"}
    assert udi.cannot(family, "book-travel", **january) == "places.year_full"
    voss.registers_places(year=2021, decided_places=3)
    assert udi.cannot(family, "book-travel", **january) == "places.year_full"
    assert voss.held_settled_free() == (4, 0, 6)
    voss.registers_places(year=2021, decided_places=10)
    rebooked = udi.does(family, "book-travel", **january)
    assert voss.held_settled_free(2020) == (0, 0, 10)
    assert voss.held_settled_free(2021) == (4, 0, 6)
    assert [
        (each["state"], [version["change"] for version in each["versions"]])
        for each in voss.lists(f"/cases/{family}/bookings")
    ] == [("cancelled", ["booked", "cancelled"]), ("booked", ["booked"])]

    # --- They come; three are settled at once, the fourth two weeks later.
    world.clock.to("2021-01-12", "15:00")
    assert voss.cannot(family, "settle", settled_on="2021-01-12") == "settle.not_arrived"
    voss.does(family, "arrive", arrived_at="2021-01-12T13:20:00+01:00")
    assert udi.sees(f"/bookings/{rebooked['id']}")["state"] == "completed"
    persons = [person["id"] for person in voss.case(family)["persons"]]
    world.clock.to("2021-01-14")
    most = voss.does(
        family,
        "settle",
        persons=[{"person_id": one, "settled_on": "2021-01-13"} for one in persons[:3]],
    )
    assert (most["state"], most["settled_count"]) == ("arrived", 3)
    assert voss.held_settled_free(2021) == (1, 3, 6)
    assert imdi.cannot(family, "withdraw", reason="x", legal_ground="conditions_failed") == (
        "state.wrong"
    )
    world.clock.to("2021-01-28")
    last = voss.does(family, "settle", settled_on="2021-01-27")
    assert (last["state"], last["settled_count"]) == ("settled", 4)
    assert voss.held_settled_free(2021) == (0, 4, 6)
    assert voss.asked_about(family)["state"] == "settled"
    assert world.told(officer())[-1] == "settled"

    # --- What is left to be read.
    assert imdi.history(family) == [
        "register",
        "distribute",
        "accept",
        "decide",
        "entry",
        "withdraw",
        "entry",
        "redistribute",
        "decline",
        "redistribute",
        "accept",
        "decide",
        "book_travel",
        "cancel_travel",
        "book_travel",
        "arrive",
        "settle",
        "settle",
    ]
    assert voss.history(family) == imdi.history(family)[9:]
    assert voss.ledger(2020) == [
        ("decided", 10, 10),
        ("hold", 4, 6),
        ("move_out", -4, 10),
    ]
    assert voss.ledger(2021) == [
        ("decided", 3, 3),
        ("decided", 7, 10),
        ("move_in", 4, 6),
        ("settle", 3, 6),
        ("settle", 1, 6),
    ]
    assert bodo.ledger() == [("decided", 20, 20), ("hold", 4, 16), ("release", -4, 20)]
    assert voss.does_not_see(f"/municipalities/{alta.number}/years/2020/ledger")
    assert udi.does_not_see(f"/municipalities/{alta.number}/years/2020/ledger")
    assert world.told(udi_office()) == ["placed", "withdrawn", "placed"]
