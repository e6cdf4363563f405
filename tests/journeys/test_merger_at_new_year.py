"""New year 2021: two municipalities become one while households are on their way to both."""

import pytest

from app.acting import acting_of
from app.db import reading
from notifications.queries import notifications
from tests.factories import udi
from tests.journeys.conftest import World

pytestmark = pytest.mark.trial
ENTRY = {
    "status": "possible_from",
    "from_on": "2020-04-15",
    "permit_expires_on": "2021-12-31",
    "source": "UDI",
}
WHY = "familie i kommunen"


def asked(world: World, here, *names: str, year: int = 2020, **of) -> str:
    case = world.imdi.registers(*names, **{"entry": ENTRY, **of})
    world.imdi.does(
        case,
        "distribute",
        municipality_number=here.number,
        year=year,
        override_reason=WHY,
    )
    return case


def placed(world: World, here, *names: str, week: str, **of) -> str:
    case = asked(world, here, *names, **of)
    here.does(case, "accept", settlement_week=week)
    world.imdi.does(case, "decide")
    return case


def test_everything_open_goes_on_in_the_new_one_and_history_stays_under_the_old_numbers(
    world: World,
):
    """Tysfjord's neighbours, invented: Nordby and Sørby become Fjordby; Bodø looks on."""
    nordby = world.municipality("Nordby", number="1811", decided=20)
    sorby = world.municipality("Sørby", number="1812", decided=10)
    world.municipality("Bodø", number="1804", decided=40)
    nordby.registers_places(year=2021, decided_places=8)
    sorby.registers_places(year=2021, decided_places=6)

    # Settled in 2020, on its way in January, and delayed since December; one has not been answered.
    settled = placed(world, nordby, "Amal", "Bilal", week="2020-W20", group="private")
    world.clock.to("2020-05-20")
    nordby.does(settled, "settle", settled_on="2020-05-18")
    on_its_way = placed(world, nordby, "Dina", "Fadi", "Ghada", week="2021-W03")
    world.udi.does(
        on_its_way,
        "book-travel",
        arrival_airport="TRD",
        arrives_at="2021-01-19T12:00:00+01:00",
    )
    delayed = placed(world, sorby, "Hana", "Idris", week="2020-W50")
    withdrawn = placed(world, sorby, "Jamal", "Karim", "Lina", week="2020-W45")
    world.clock.to("2020-10-01")
    world.imdi.does(withdrawn, "withdraw", reason="Innreisestopp", legal_ground="conditions_failed")
    world.clock.to("2020-12-28")
    unanswered = asked(world, sorby, "Mona", year=2021)
    assert world.imdi.case(withdrawn)["track"] == "A"
    assert sorby.held_settled_free(2021) == (1, 0, 5)

    world.clock.to("2021-01-04")
    world.lead.posts(
        "/municipality-mergers",
        predecessors=["1811", "1812"],
        successor={
            "municipality_number": "1899",
            "official_name": "Fjordby",
            "county": "Nordland",
        },
        on="2021-01-01",
    )

    # Fjordby has the places of both, and holds for all that is open, also from the old year.
    fjordby = world.imdi.sees("/municipalities/1899/years/2021")
    assert (fjordby["decided_places"], fjordby["held"], fjordby["free"]) == (14, 6, 8)
    numbers = [
        line["municipality_number"] for line in world.imdi.lists("/municipalities", year=2021)
    ]
    assert numbers == ["1804", "1899"]

    # Who worked for Sørby answers for Fjordby; Nordby's and Sørby's years are still there to read.
    sorby.does(unanswered, "accept", settlement_week="2021-W06")
    assert sorby.case(delayed)["municipality_number"] == "1899"
    assert world.imdi.history(on_its_way)[-1] == "merge"
    assert world.imdi.sees("/municipalities/1811/years/2020")["settled"] == 2
    assert nordby.case(settled)["state"] == "settled"

    # The withdrawn household was on track A, and Fjordby is where it would have been.
    proposals = world.imdi.proposals(withdrawn)
    assert proposals["track"] == "A"
    assert next(line["municipality_number"] for line in proposals["items"]) == "1899"
    world.imdi.does(withdrawn, "redistribute", municipality_number="1899")
    sorby.does(withdrawn, "accept", settlement_week="2021-W08")
    world.imdi.does(withdrawn, "decide")

    # The booked journey arrives, and both delayed and travelling households are settled there.
    world.clock.to("2021-01-20")
    nordby.does(on_its_way, "arrive", arrived_at="2021-01-19T12:00:00+01:00")
    nordby.does(on_its_way, "settle", settled_on="2021-01-20")
    after = world.imdi.sees("/municipalities/1899/years/2021")
    assert (after["held"], after["settled"], after["free"]) == (6, 3, 5)

    # UDI books into Fjordby from now on, and is told, though it is about no case.
    assert "municipality_merged" in world.told(udi())
    with reading(world.database.sessions, acting_of(udi())) as session:
        seen = {line.message for line in notifications(session, actor=udi(), limit=500)}
    assert "municipality_merged" in seen
