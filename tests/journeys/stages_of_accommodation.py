"""What a Swedish deployment changes of accommodation: objects, offers, contracts, what is used."""

from datetime import date

from sqlalchemy.orm import Session

from tests.accommodation import (
    INVENTORY,
    a_framework,
    a_line,
    an_object,
    an_offer,
    called_off,
    conditions,
    drawn,
    signed,
)
from tests.journeys.stage import Stage, Stages
from tests.swedish import agency, board, sweden
from workflow.accommodation.states import Meals

STAGES = Stages()
HERE = {"municipality_number": "1780", "beds": 30, "starts_on": "2022-07-01"}
LATEST = "2022-12-31"


def explained(session: Session) -> dict[str, object]:
    """Places among others, told today, with every word of why."""
    above = signed(session, beds=400, excess_reason="Läger")
    return {
        "under_id": str(drawn(session, above)),
        "told_on": "2022-06-01",
        "notice_reason": "Brådskande",
        "excess_reason": "Hela huset hyrs ut",
    }


def agreed(**other: object) -> dict[str, object]:
    return {
        "kind": "procured",
        "supplier": "Hotell AB",
        "reference": "6.2-2022-1",
        "price_ore": 30000,
        "meals": "when_needed",
        "meal_ore": 15000,
        "pay_when_used": True,
        **other,
    }


@STAGES.of("addAccommodation")
def _(session: Session) -> Stage:
    sweden(session)
    near = {"metres": 300, "minutes": 4}
    body = {
        "municipality_number": "1780",
        "name": "Vandrarhemmet",
        "address": "Storgatan 1",
        "owner": "municipality",
        "standard": "house",
        "beds": 40,
        "distances": dict.fromkeys(("transit", "health_centre", "school", "service"), near),
        "provenance": "Kommunens erbjudande",
    }
    return Stage(agency(), "/accommodation", body=body)


@STAGES.of("scoreAccommodation")
def _(session: Session) -> Stage:
    at = {"accommodation_id": str(an_object(session))}
    body = {"version": 1, "points": 70, "note": "Ny busslinje"}
    return Stage(agency(), "/accommodation/{accommodation_id}/score", at, body)


@STAGES.of("changeBeds")
def _(session: Session) -> Stage:
    at = {"accommodation_id": str(an_object(session))}
    body = {"version": 1, "beds": 32, "reason": "Två rum byggs om"}
    return Stage(agency(), "/accommodation/{accommodation_id}/beds", at, body)


@STAGES.of("stateLocationWeights")
def _(session: Session) -> Stage:
    near = {"near_metres": 500, "far_metres": 5000, "near_minutes": 10, "far_minutes": 45}
    parts = {"transit": "0.35", "health_centre": "0.2", "school": "0.25", "service": "0.2"}
    features = {kind: {"weight": weight, **near} for kind, weight in parts.items()}
    body = {"valid_from": "2022-10-01", "reason": "Skolan", "features": features}
    return Stage(agency(), "/location-weights", body=body)


@STAGES.of("makeOffer")
def _(session: Session) -> Stage:
    body = {
        **agreed(object_id=str(an_object(session)), beds=30, term="six_months"),
        "min_beds": 10,
        "available_from": "2022-07-01",
        "available_until": LATEST,
    }
    return Stage(agency(), "/accommodation-offers", body=body)


@STAGES.of("endOffer")
def _(session: Session) -> Stage:
    at = {"accommodation_offer_id": str(an_offer(session, an_object(session)))}
    body = {"version": 1, "state": "rejected", "reason": "För dyrt"}
    return Stage(agency(), "/accommodation-offers/{accommodation_offer_id}/end", at, body)


@STAGES.of("acceptOffer")
def _(session: Session) -> Stage:
    at = {"accommodation_offer_id": str(an_offer(session, an_object(session)))}
    body = {
        **explained(session),
        "version": 1,
        "starts_on": "2022-07-01",
        "ends_on": LATEST,
        "beds": 20,
        "reference": "6.2-2022-2",
    }
    return Stage(agency(), "/accommodation-offers/{accommodation_offer_id}/accept", at, body)


@STAGES.of("signContract")
def _(session: Session) -> Stage:
    here = {**HERE, "starts_on": "2022-06-10", "object_id": str(an_object(session))}
    body = {**agreed(**here, ends_on=LATEST), **explained(session), "under_id": None}
    return Stage(agency(), "/accommodation-contracts", body=body)


@STAGES.of("signFramework")
def _(session: Session) -> Stage:
    sweden(session)
    body = agreed(**HERE, county="17", ends_on=LATEST)
    return Stage(agency(), "/accommodation-frameworks", body=body)


@STAGES.of("callOff")
def _(session: Session) -> Stage:
    at = {"accommodation_contract_id": str(a_framework(session, beds=30))}
    here = {"object_id": str(an_object(session, beds=50)), "ends_on": LATEST, "price_ore": 30000}
    body = {**HERE, **here, **explained(session)}
    return Stage(
        agency(), "/accommodation-contracts/{accommodation_contract_id}/call-offs", at, body
    )


@STAGES.of("endContract")
def _(session: Session) -> Stage:
    at = {"accommodation_contract_id": str(signed(session, beds=5, excess_reason="Läger"))}
    body = {"version": 1, "last_night": "2022-08-31", "reason": "Uppsagt"}
    return Stage(agency(), "/accommodation-contracts/{accommodation_contract_id}/end", at, body)


@STAGES.of("endCallOff")
def _(session: Session) -> Stage:
    made = called_off(session, a_framework(session), beds=5, excess_reason="Läger")
    at = {"call_off_id": str(made)}
    body = {"version": 1, "last_night": "2022-08-31", "reason": "Tomt"}
    return Stage(agency(), "/call-offs/{call_off_id}/end", at, body)


@STAGES.of("recordOccupancy")
def _(session: Session) -> Stage:
    why = {"excess_reason": "Läger", "notice_reason": "Läger"}
    on = conditions(meals=Meals.WHEN_NEEDED, meal_ore=14_800)
    made = drawn(session, signed(session, beds=5, on=on, starts_on=date(2022, 5, 1), **why))
    body = {
        "meal_days": 40,
        "since": "2022-05-01",
        "until": "2022-05-31",
        "place_nights": 90,
        "source": "Lista",
    }
    return Stage(agency(), "/call-offs/{call_off_id}/occupancy", {"call_off_id": str(made)}, body)


@STAGES.of("takeInOccupancy")
def _(session: Session) -> Stage:
    why = {"excess_reason": "Läger", "notice_reason": "Läger"}
    made = drawn(session, signed(session, beds=5, starts_on=date(2022, 5, 1), **why))
    table = f"call_off,since,until,place_nights\n{made},2022-05-01,2022-05-31,90\n"
    return Stage(agency(), "/occupancies", body={"source": "Lista", "table": table})


@STAGES.of("takeInInventory")
def _(session: Session) -> Stage:
    sweden(session)
    body = {"county": "17", "source": "Länsstyrelsen", "day": "2022-03-25", "table": INVENTORY}
    return Stage(board(), "/inventories", body=body)


@STAGES.of("useInventoryRow")
def _(session: Session) -> Stage:
    at = {"inventory_row_id": a_line(session)}
    body = {"object_id": str(an_object(session))}
    return Stage(agency(), "/inventory-rows/{inventory_row_id}/use", at, body)


@STAGES.of("rejectInventoryRow")
def _(session: Session) -> Stage:
    at = {"inventory_row_id": a_line(session)}
    body = {"reason": "Huset är sålt"}
    return Stage(agency(), "/inventory-rows/{inventory_row_id}/reject", at, body)
