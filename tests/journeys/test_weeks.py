"""A settlement week that changes: the municipality's to say until IMDi's decision stands on it."""

from tests.factories import officer, udi
from tests.factories import writer as writer_of
from tests.journeys.conftest import World

ENTRY = {
    "status": "possible_from",
    "from_on": "2020-04-15",
    "permit_expires_on": "2021-03-31",
    "source": "UDI",
}


def test_a_week_is_the_municipalitys_until_placed_and_then_imdis_and_udi_is_told(world: World):
    imdi = world.imdi
    alta = world.municipality("Alta", number="5403", decided=4)
    bodo = world.municipality("Bodø", number="1804", decided=4)
    case = imdi.registers("Amal", "Bilal", entry=ENTRY)
    imdi.does(case, "distribute", municipality_number="5403", override_reason="x")
    assert imdi.cannot(case, "accept", settlement_week="2020-W24") == "actor.not_allowed"
    assert alta.cannot(case, "change-week", settlement_week="2020-W24") == "state.wrong"
    alta.does(case, "accept", settlement_week="2020-W24")

    # Accepted: the municipality's own, also into a year that has room.
    assert bodo.is_told(f"/cases/{case}/change-week", settlement_week="2020-W25") == "not_found"
    assert alta.reader.cannot(case, "change-week", settlement_week="2020-W25") == (
        "actor.not_allowed"
    )
    for week, code in {
        None: "week.required",
        "2020-W05": "week.past",
        "2020-W15": "week.before_entry",
        "2021-W14": "week.after_permit",
        "2021-W02": "places.year_full",
    }.items():
        assert alta.cannot(case, "change-week", settlement_week=week) == code
    alta.does(case, "change-week", settlement_week="2020-W53")
    assert alta.case(case)["settlement_week"] == "2020-W53"
    assert alta.case(case)["places_year"] == 2020
    assert alta.asked_about(case)["settlement_week"] == "2020-W53"
    assert imdi.cannot(case, "change-week", settlement_week="2020-W26") == "reason.missing"

    # Placed: only IMDi, with a reason.
    imdi.does(case, "decide")
    assert alta.cannot(case, "change-week", settlement_week="2020-W25") == "week.needs_consent"
    assert alta.choices(case)["change_week"] == "week.needs_consent"
    assert imdi.cannot(case, "change-week", settlement_week="2020-W25") == "reason.missing"
    before = world.told(udi()), world.told(writer_of(alta.id))
    imdi.does(case, "change-week", settlement_week="2020-W25", reason="Avtalt med kommunen")
    assert world.told(udi()) == [*before[0], "week_changed"]
    assert world.told(writer_of(alta.id)) == [*before[1], "week_changed"]
    assert alta.asked_about(case)["settlement_week"] == "2020-W25"

    # Booked: still IMDi's; the booked arrival stays what it is.
    booking = world.udi.does(
        case, "book-travel", arrival_airport="TRD", arrives_at="2020-06-16T13:05:00+02:00"
    )
    assert alta.cannot(case, "change-week", settlement_week="2020-W26") == "week.needs_consent"
    imdi.does(case, "change-week", settlement_week="2020-W26", reason="Senere innflytting")
    assert world.told(udi())[-1] == "week_changed"
    assert world.udi.sees(f"/bookings/{booking['id']}")["version"] == 1
    (waiting,) = world.udi.lists("/travel/queue")
    assert (waiting["settlement_week"], waiting["arrives_at"]) == (
        "2020-W26",
        "2020-06-16T11:05:00Z",
    )

    changes = [
        step["facts"] | {"reason": step["reason"], "by": step["actor"]}
        for step in imdi.lists(f"/cases/{case}/history")
        if step["trigger"] == "change_week"
    ]
    assert changes == [
        {"from": "2020-W24", "to": "2020-W53", "reason": None, "by": "Ola Kommune"},
        {
            "from": "2020-W53",
            "to": "2020-W25",
            "reason": "Avtalt med kommunen",
            "by": officer().name,
        },
        {
            "from": "2020-W25",
            "to": "2020-W26",
            "reason": "Senere innflytting",
            "by": officer().name,
        },
    ]
    assert alta.history(case) == imdi.history(case)[1:]
    assert alta.held_settled_free() == (2, 0, 2)
