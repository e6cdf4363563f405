"""The Swedish API: what is malformed is refused where it stands, what is right is done, audited.

As in test_bad_input, with the same theatre; one pass over all operations.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.clock import request_time
from app.db import transaction
from app.main import create_app
from app.request_id import HEADER
from app.settings import Settings
from app.signin import issue_token
from tests.accommodation import an_object
from tests.databases import Databases
from tests.journeys.all_stages import STAGES as NORWEGIAN
from tests.journeys.all_stages import SWEDISH as STAGES
from tests.journeys.astray import NOBODY
from tests.journeys.client import Clock
from tests.journeys.malformed import as_bytes, fields, no_such_object
from tests.journeys.stages_of_accommodation import agreed
from tests.journeys.test_bad_input import Theatre, listed, refused
from tests.swedish import NOW, agency, decided
from workflow.kernel.audit import AuditEntry
from workflow.kernel.country import Country

THEN = NOW + timedelta(days=1)
#: Fields a body has instead of others.
ALTERNATIVES = {
    "decideTargets": {"run_id"},
    "previewTargets": {"run_id"},
    "signContract": {"term"},
    "signFramework": {"term"},
    "callOff": {"term"},
}
#: Look, and change nothing.
LOOKS = {"previewTargets"}


@pytest.fixture(scope="module")
def theatre(databases: Databases) -> Iterator[Theatre]:
    with databases.fresh() as database:
        with transaction(database.sessions) as session:
            stages = {operation: make(session) for operation, make in STAGES.items()}
            tokens = {
                who: issue_token(
                    session,
                    name=who.name,
                    role=who.role,
                    municipality_id=who.municipality_id,
                    county=who.county,
                )
                for who in {stage.who for stage in stages.values()}
            }
        app = create_app(
            Settings(
                database_url=database.url,
                thread_limit=4,
                request_limit_bytes=3_000_000,
                tries_at_once=10_000,
                country=Country.SWEDEN,
            )
        )
        app.dependency_overrides[request_time] = Clock(THEN)
        with TestClient(app, raise_server_exceptions=False) as client:
            theatre = Theatre(client, database, stages, tokens)
            yield theatre
            theatre.look()


def test_every_operation_of_sweden_that_changes_something_has_a_stage(theatre: Theatre):
    """Those that both countries have are tried in Norway's."""
    assert set(theatre.operations) - set(NORWEGIAN) == set(STAGES)


#: Every fourth operation tries a tenth of what can be wrong, each another; all in the trials.
@pytest.mark.parametrize(
    ("operation", "turn", "step"),
    [
        pytest.param(operation, turn if step > 1 else 0, step, marks=marks)
        for step, marks, every in ((10, (), 4), (1, pytest.mark.trial, 1))
        for turn, operation in list(enumerate(STAGES))[::every]
    ],
)
def test_wrong_values_are_refused_where_they_stand(
    theatre: Theatre, operation: str, turn: int, step: int
):
    right = theatre.stages[operation].body
    assert right is not None
    schema = theatre.schema(operation)
    assert set(schema["properties"]) - set(right) <= ALTERNATIVES.get(operation, set())
    wrong = [*no_such_object(right)]
    wrong += fields(right, schema, theatre.document["components"]["schemas"])

    tried = wrong[turn % step :: step]

    with theatre.nothing_changes():
        faults = {one.what: fault for one in tried if (fault := refused(theatre, operation, one))}

    assert not faults, listed(faults)


@pytest.mark.parametrize(
    ("operation", "change", "status", "code", "pointer"),
    [
        ("storeKey", {"parameters": "name = 1"}, 422, "key.unusable", "/parameters"),
        ("takeInStatistics", {"table": "code,x\n9999,1"}, 422, "statistics.unusable", "/table"),
        ("takeInStatistics", {"table": "nonsense"}, 422, "statistics.unusable", "/table"),
        ("takeInStatistics", {"table": "code,x\n1780,many"}, 422, "statistics.unusable", "/table"),
        ("computeKey", {"key_id": 99999}, 404, "not_found", None),
        ("computeKey", {"statistics_id": 99999}, 404, "not_found", None),
        ("decideTargets", {"kind": "swap"}, 422, None, "/kind"),
        ("decideTargets", {"numbers": None}, 422, None, "/numbers"),
        ("decideTargets", {"kind": "revision"}, 409, "targets.missing", None),
        ("decideTargets", {"effective_on": "2022-05-01"}, 422, None, "/effective_on"),
        ("decideTargets", {"notice_reason": None}, 409, "targets.inside_notice", None),
        (
            *("decideTargets", {"numbers": [{"municipality_number": "9998", "persons": 1}]}),
            *(422, None, "/numbers/0/municipality_number"),
        ),
        ("carryOver", {"persons": 0}, 422, None, "/persons"),
        ("carryOver", {"municipality_number": "9998"}, 422, None, "/municipality_number"),
        ("explainExcess", {"municipality_number": "1784"}, 409, "excess.none", None),
        ("countPeople", {"day": "2022-12-01"}, 409, "count.in_future", None),
        ("countPeople", {"table": "code"}, 422, "statistics.unusable", "/table"),
        ("proposeSwap", {"taker_number": "1880"}, 403, None, None),
        ("proposeSwap", {"giver_number": "1880"}, 409, "swap.not_in_county", None),
        ("proposeSwap", {"persons": 500}, 409, "swap.too_large", None),
        ("proposeSwap", {"giver_number": "9998"}, 422, None, "/giver_number"),
        ("agreeSwap", {"version": 7}, 412, "stale", None),
        ("writeDialogue", {"held_on": "2022-12-01"}, 409, "dialogue.in_future", None),
        ("writeDialogue", {"county": "18"}, 422, None, "/county"),
        ("writeDialogue", {"municipality_number": None}, 422, None, "/municipality"),
        ("writeDialogue", {"follow_up_on": "2022-01-01"}, 422, None, "/follow_up_on"),
        ("addAccommodation", {"municipality_number": "9998"}, 422, None, "/municipality_number"),
        ("changeBeds", {"version": 7}, 412, "stale", None),
        ("changeBeds", {"beds": 40}, 422, None, "/beds"),
        ("scoreAccommodation", {"version": 7}, 412, "stale", None),
        ("stateLocationWeights", {"valid_from": "2022-05-01"}, 422, None, "/valid_from"),
        ("makeOffer", {"beds": 41}, 409, "accommodation.too_many_beds", None),
        ("makeOffer", {"object_id": NOBODY}, 422, None, "/object_id"),
        ("makeOffer", {"meal_ore": None}, 422, None, "/meal_ore"),
        ("endOffer", {"version": 7}, 412, "stale", None),
        ("acceptOffer", {"starts_on": "2022-06-10"}, 422, None, "/starts_on"),
        ("acceptOffer", {"under_id": NOBODY}, 422, None, "/under_id"),
        ("signContract", {"ends_on": None}, 422, None, "/ends_on"),
        ("signContract", {"term": "one_year"}, 422, None, "/ends_on"),
        (
            *("signContract", {"municipality_number": None, "object_id": None}),
            *(422, None, "/municipality_number"),
        ),
        ("signContract", {"municipality_number": "1784"}, 422, None, "/object_id"),
        (
            *("signContract", {"municipality_number": None, "object_id": NOBODY}),
            *(422, None, "/object_id"),
        ),
        ("signContract", {"told_on": "2022-07-01"}, 422, None, "/told_on"),
        ("signContract", {"notice_reason": None}, 409, "contract.inside_notice", None),
        ("signContract", {"beds": 41}, 409, "accommodation.too_many_beds", None),
        ("signFramework", {"county": "18"}, 422, None, "/municipality_number"),
        ("callOff", {"beds": 31}, 409, "contract.exhausted", None),
        ("callOff", {"price_ore": 30_001}, 422, None, "/price_ore"),
        ("endContract", {"last_night": "2023-01-01"}, 409, "contract.over", None),
        ("endContract", {"last_night": "2022-01-01"}, 422, None, "/last_night"),
        ("endCallOff", {"version": 7}, 412, "stale", None),
        ("takeInInventory", {"county": "18"}, 403, None, None),
        ("takeInInventory", {"day": "2022-06-03"}, 422, None, "/day"),
        ("takeInInventory", {"table": "nonsense"}, 422, "inventory.unusable", "/table"),
        ("useInventoryRow", {"object_id": NOBODY}, 422, None, "/object_id"),
        ("takeInOccupancy", {"table": "nonsense"}, 422, "occupancy.file_unusable", "/table"),
        ("recordOccupancy", {"since": "2022-04-30"}, 422, "occupancy.unusable", "/since"),
        ("recordOccupancy", {"until": "2022-06-02"}, 422, "occupancy.unusable", "/until"),
        ("recordOccupancy", {"meal_days": 91}, 422, "occupancy.unusable", "/meal_days"),
        ("recordOccupancy", {"place_nights": 156}, 422, "occupancy.unusable", "/place_nights"),
        ("keepPlan", {"beds": 99_999}, 409, "procurement.too_few_beds", None),
        ("keepPlan", {"chosen": 99_999}, 422, None, "/chosen"),
        ("keepPlan", {"inputs_sha256": "0" * 64}, 412, "stale", None),
    ],
)
def test_what_cannot_be_is_refused(theatre: Theatre, operation, change, status, code, pointer):
    right = theatre.stages[operation].body

    with theatre.nothing_changes():
        answer = theatre.play(operation, content=as_bytes(right | change))

    told = answer.json()["code"]
    assert answer.status_code == status, answer.text
    assert told == (code or {403: "actor.not_allowed"}.get(status, "input.invalid"))
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    "operation",
    [name for name in STAGES if name.endswith(("Swap", "gue", "Offer", "Contract", "Off", "tion"))],
)
def test_what_nobody_has_is_not_there(theatre: Theatre, operation: str):
    stage = theatre.stages[operation]
    if not stage.at:
        return
    (part,) = stage.at

    with theatre.nothing_changes():
        for other, status in ((NOBODY, 404), ("x", 422), ("%00", 422), ("9" * 5000, 422)):
            answer = theatre.play(
                operation, address=stage.address_with(**{part: other}), content=as_bytes(stage.body)
            )
            assert answer.status_code == status, (other, answer.text)


def test_what_only_looks_changes_nothing(theatre: Theatre):
    for operation in LOOKS:
        with theatre.nothing_changes():
            answer = theatre.play(operation, content=as_bytes(theatre.stages[operation].body))

        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("operation", [one for one in STAGES if one not in LOOKS])
def test_what_is_right_is_done_and_stands_in_the_audit(theatre: Theatre, operation: str):
    stage = theatre.stages[operation]

    with theatre.something_changes():
        answer = theatre.play(operation, content=as_bytes(stage.body))

    assert answer.status_code in {200, 201, 204}, answer.text
    with theatre.database.sessions() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.request_id == answer.headers[HEADER])
        ).all()
    assert entries, f"{operation} has left no entry"
    assert all(entry.actor.endswith(stage.who.name) for entry in entries)


def test_places_are_offered_looked_at_signed_counted_and_ended(theatre: Theatre):
    """From an offer in Kil, which has 36 of its number, to what is left after it."""
    theatre._known = None
    with transaction(theatre.database.sessions) as session:
        decided(session, {"1715": 36})
        house = an_object(session, "1715", beds=40)
    token = {"authorization": f"Bearer {theatre.tokens[agency()]}"}

    def ask(method: str, path: str, **body: object):
        answer = theatre.client.request(method, f"/api/v1{path}", headers=token, json=body or None)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def rows(told):
        return {one["code"]: one for one in told["rows"]}

    offer = ask(
        "POST",
        "/accommodation-offers",
        **agreed(object_id=str(house), beds=30, term="six_months", available_from="2022-07-01"),
    )
    assert offer["accommodation"]["points"] == 58
    seen = ask("GET", f"/accommodation-offers/{offer['id']}/outlook")
    assert (seen["starts_on"], seen["ends_on"]) == ("2022-07-01", "2022-12-31")
    assert (seen["inside_notice"], seen["past"]) == (False, {})
    assert rows(seen)["1715"]["before"]["procured"] == 0
    assert rows(seen)["1715"]["after"] == {
        "target": 36,
        "procured": 30,
        "remaining": 6,
        "past": 0,
        "share": 0.8333,
    }

    signed_on = ask(
        "POST", f"/accommodation-offers/{offer['id']}/accept", version=1, starts_on="2022-07-01"
    )

    assert signed_on["on"] == "2022-07-01"
    assert rows(signed_on)["1715"] == rows(seen)["1715"]
    stand = ask("GET", "/accommodation-standing/2022?on=2022-07-01")
    of_kil = next(
        one["stand"] for one in stand["municipalities"] if one["municipality"]["name"] == "Kil"
    )
    assert of_kil["remaining"] == 6
    (line,) = ask("GET", "/call-offs?since=2022-07-01&municipality=1715")["items"]
    assert line["object_name"] == "Vandrarhemmet"
    ended = ask(
        "POST",
        f"/accommodation-contracts/{signed_on['id']}/end",
        version=1,
        last_night="2022-06-30",
        reason="Drog sig ur",
    )
    assert rows(ended)["1715"]["after"]["procured"] == 0
