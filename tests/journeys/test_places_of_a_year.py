"""Places: the municipality's yes to more, a lowered decision, minors apart, a merger."""

from datetime import date

import pytest

from tests.factories import lead
from tests.journeys.conftest import World
from workflow.reforms.commands import merge
from workflow.reforms.parties import NewMunicipality

pytestmark = pytest.mark.trial
ENTRY = {
    "status": "possible_from",
    "from_on": "2020-04-15",
    "permit_expires_on": "2021-06-30",
    "source": "UDI",
}


def test_more_than_decided_only_with_the_municipalitys_own_yes(world: World):
    imdi, alta = world.imdi, world.municipality("Alta", number="5403", decided=4)
    bodo = world.municipality("Bodø", number="1804", decided=4)
    world.lead.ask("GET", "/municipalities/5403/years/2020")
    full = imdi.registers("Amal", "Bilal", "Dina", "Fadi", entry=ENTRY)
    imdi.does(full, "distribute", municipality_number="5403", override_reason="x")
    more = imdi.registers("Hana", "Ida", entry=ENTRY)
    there = {"municipality_number": "5403", "override_reason": "familie i Alta"}
    assert imdi.cannot(more, "distribute", **there) == "places.none_free"

    path = "/municipalities/5403/years/2020"
    yes = {"extra_places": 2}
    assert bodo.ask("PUT", path, yes, if_match="*").status_code == 403
    assert imdi.ask("PUT", path, yes, if_match="*").status_code == 403
    assert alta.reader.ask("PUT", path, yes, if_match="*").status_code == 403
    assert world.lead.ask("PUT", path, yes, if_match="*").json()["code"] == "reason.missing"
    registered = alta.registers_places(**yes)
    assert (registered["decided_places"], registered["extra_places"]) == (4, 2)
    # The share is of the decided places, and never more than all of them.
    assert (registered["free"], registered["unused_share_exact"]) == (2, "1/2")

    imdi.does(more, "distribute", **there)
    assert alta.held_settled_free() == (6, 0, 0)
    assert alta.places()["overrun"] == 0
    assert alta.ledger() == [
        ("decided", 4, 4),
        ("hold", 4, 0),
        ("extra", 2, 2),
        ("hold", 2, 0),
    ]
    # Taken back, it leaves an overrun; who is held stays.
    assert alta.registers_places(extra_places=0)["overrun"] == 2
    assert imdi.case(more)["state"] == "distributed"


def test_a_lowered_decision_leaves_an_overrun_and_stops_new_holds(world: World):
    imdi, alta = world.imdi, world.municipality("Alta", number="5403", decided=10)
    cases = [imdi.registers(*("xxx"), entry=ENTRY) for _ in range(2)]
    for case in cases:
        imdi.does(case, "distribute", municipality_number="5403")

    lowered = alta.registers_places(decided_places=4)
    one_more = imdi.registers("Hana", entry=ENTRY)

    assert (lowered["held"], lowered["free"], lowered["overrun"]) == (6, 0, 2)
    assert lowered["unused_share_exact"] == "0/1"
    there = {"municipality_number": "5403", "override_reason": "x"}
    assert imdi.cannot(one_more, "distribute", **there) == "places.none_free"
    assert imdi.proposals(one_more)["excluded"] == [
        {"municipality_number": "5403", "code": "places.none_free"}
    ]
    # What was asked goes on all the same.
    alta.does(cases[0], "accept", settlement_week="2020-W24")
    imdi.does(cases[1], "withdraw", reason="Færre plasser")
    assert alta.places()["overrun"] == 0
    assert alta.held_settled_free() == (3, 0, 1)
    imdi.does(one_more, "distribute", municipality_number="5403")
    # No decision and a council's no are two things.
    assert alta.registers_places(decided_places=0)["unused_share"] is None
    assert alta.registers_places(decided_places=None)["decided_places"] is None
    another = imdi.registers("Ida", entry=ENTRY)
    assert imdi.cannot(another, "distribute", **there) == "places.not_registered"
    assert [line[0] for line in alta.ledger()] == [
        "decided", "hold", "hold", "decided", "release", "hold", "decided", "decided",
    ][: len(alta.ledger())]  # fmt: skip


def test_unaccompanied_minors_have_places_of_their_own(world: World):
    imdi = world.imdi
    alta = world.municipality("Alta", number="5403", decided=10)
    bodo = world.municipality("Bodø", number="1804", decided=1)
    minor = imdi.registers("Yusuf", group="unaccompanied_minor")
    there = {"municipality_number": "5403", "override_reason": "søsken i Alta"}
    assert imdi.cannot(minor, "distribute", **there) == "places.not_registered"

    alta.registers_places(minors={"decided_places": 1})
    bodo.registers_places(minors={"decided_places": 2})
    assert imdi.proposed(minor) == ["1804", "5403"]  # the larger share after placing
    imdi.does(minor, "distribute", **there)

    places = alta.places()
    assert (places["minors"]["held"], places["minors"]["free"]) == (1, 0)
    assert (places["held"], places["free"], places["unused_share_exact"]) == (0, 10, "1/1")
    assert alta.ledger(pool="minors") == [("decided", 1, 1), ("hold", 1, 0)]
    assert alta.ledger() == [("decided", 10, 10)]
    # Ten ordinary places are none for a second minor, nor a minor's place one for an adult.
    second = imdi.registers("Ali", group="unaccompanied_minor")
    assert imdi.cannot(second, "distribute", **there) == "places.none_free"
    two = imdi.registers("Amal", "Bilal", entry=ENTRY)
    assert (
        imdi.cannot(two, "distribute", municipality_number="1804", override_reason="x")
        == "places.none_free"
    )

    # Into the next year its place moves in its own pool.
    world.clock.to("2020-06-01")
    assert alta.cannot(minor, "accept", settlement_week="2021-W10") == "places.year_full"
    alta.registers_places(year=2021, decided_places=20)
    assert alta.cannot(minor, "accept", settlement_week="2021-W10") == "places.year_full"
    alta.registers_places(year=2021, minors={"decided_places": 1})
    alta.does(minor, "accept", settlement_week="2021-W10")
    assert alta.places(2020)["minors"]["held"] == 0
    assert alta.places(2021)["minors"]["held"] == 1
    assert alta.places(2021)["held"] == 0


def test_after_a_merger_the_successor_reads_on_where_its_predecessors_left_off(world: World):
    imdi = world.imdi
    ask, vik = (
        world.municipality(name, number=number, decided=10)
        for name, number in (("Askvik", "4601"), ("Vikebygd", "4602"))
    )
    ask.registers_places(year=2021, decided_places=6)
    vik.registers_places(year=2021, decided_places=5)
    elsewhere = world.municipality("Bodø", number="1804", decided=50)
    travels = imdi.registers("Amal", "Bilal", entry=ENTRY)
    withdrawn = imdi.registers("Dina", entry=ENTRY)
    for case, here in ((travels, ask), (withdrawn, vik)):
        imdi.does(case, "distribute", municipality_number=here.number, override_reason="x")
        here.does(case, "accept", settlement_week="2021-W05")
        imdi.does(case, "decide")
    imdi.does(withdrawn, "withdraw", reason="Innreisestopp", legal_ground="conditions_failed")
    world.clock.to("2020-12-18")
    home = vik.reports_home(4, week="2021-W02")["id"]
    open_still = imdi.registers("Fadi", "Hana", "Ida", entry=ENTRY)
    imdi.does(
        open_still, "distribute",
        municipality_number="4602", vacancy_id=home, override_reason="slekt",
    )  # fmt: skip

    world.clock.to("2021-01-01")
    merger = {
        "predecessors": [ask.id, vik.id],
        "successor": NewMunicipality("4699", "Askvikebygd", "Vestland"),
        "on": date(2021, 1, 1),
    }
    done = world.does(merge, **merger, actor=lead())
    new = world.known_as(done.successors[0], name="Askvikebygd")

    # The new one has the places of both, and holds them for the cases of both.
    year = new.places(2021)
    assert (year["decided_places"], year["held"], year["free"]) == (11, 5, 6)
    passed_on = new.ledger(2021)
    assert sorted(line[:2] for line in passed_on) == [("merge_in", n) for n in (2, 3, 5, 6)]
    assert passed_on[-1][2] == 6
    assert new.names(travels) == ["Amal", "Bilal"]
    assert new.history(travels) == ["distribute", "accept", "decide", "merge"]
    assert new.asked_about(travels)["state"] == "placed"
    assert new.home(home)["case_id"] == open_still
    assert elsewhere.has_no_case(travels)
    # The open question is the new one's to answer; the withdrawn case comes home to it (track A).
    new.does(open_still, "accept", settlement_week="2021-W06")
    imdi.does(open_still, "decide")
    assert imdi.case(withdrawn)["former_municipality_number"] == "4699"
    assert imdi.proposed(withdrawn)[0] == "4699"
    imdi.does(withdrawn, "redistribute", municipality_number="4699")
    new.does(withdrawn, "accept", settlement_week="2021-W07")
    assert new.history(withdrawn)[-2:] == ["redistribute", "accept"]
    assert new.held_settled_free(2021) == (6, 0, 5)
