"""Sweden's offices are told of numbers, swaps, keys and reports; each of what is its own."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.deployment import say
from app.models import User
from app.settings import Settings
from app.webhooks import commands as webhooks
from app.webhooks.catalogue import BY_EVENT
from app.webhooks.cloudevents import cloud_event
from app.webhooks.models import WebhookDelivery
from app.webhooks.queries import feed
from app.webhooks.queues import fan_out
from notifications import choosing, recipients
from notifications.deliver import deliver_some
from notifications.digests import gather
from notifications.models import Dispatch
from notifications.queries import mark_all_read, notifications, unread_count
from notifications.states import Language, Timing, Topic
from tests.accommodation import an_object, signed
from tests.swedish import (
    NOW,
    TOLD,
    YEAR,
    a_run,
    agency,
    board,
    coordinator,
    counted,
    decided,
    sweden,
    writer,
)
from workflow.accommodation import ending
from workflow.allocation import swaps, targets
from workflow.allocation.decisions import Decision
from workflow.allocation.states import VersionKind
from workflow.kernel.actor import Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.outbox import OutboxMessage
from workflow.reports import reading, reports
from workflow.reports.reports import NewReport
from workflow.reports.states import COUNTRY, ReportKind

LATER = NOW + timedelta(minutes=1)
CORRECTION = VersionKind.CORRECTION


def told(session: Session, who: Actor) -> list[str]:
    """The messages of an office since the last time, oldest first; read from then on."""
    while deliver_some(session, at=LATER, most=200):
        pass
    lines = notifications(session, actor=who, unread=True, limit=500)
    if lines:
        mark_all_read(session, lines[0].id, actor=who, at=LATER)
    return [line.message for line in reversed(lines)]


def test_a_decision_is_told_once_to_a_board_and_each_municipality_hears_of_its_own(session):
    ids = sweden(session)
    decided(session, {"1780": 227, "1784": 133, "1880": 40})

    for number in ("1780", "1784"):
        assert told(session, writer(ids[number])) == ["target_first"]
    assert told(session, board("17")) == ["targets_decided"]
    assert told(session, board("14")) == []
    assert told(session, coordinator()) == ["targets_decided"]
    assert told(session, agency()) == told(session, board("18")) == ["targets_decided"]

    decided(session, {"1780": 200}, kind=CORRECTION, reason="Fel")
    assert told(session, writer(ids["1780"])) == ["target_lowered"]
    assert told(session, writer(ids["1784"])) == []
    assert told(session, board("18")) == []


def test_a_number_raised_inside_the_notice_period_says_so_with_its_days(session):
    here = sweden(session)["1780"]
    decided(session, {"1780": 20})
    told(session, writer(here))
    early = {"effective_on": TOLD, "notice_reason": "Brådskande"}
    decided(session, {"1780": 30}, kind=CORRECTION, reason="Fel", **early)
    decided(session, {"1780": 31}, kind=CORRECTION, reason="Fel", effective_on=TOLD + timedelta(28))

    while deliver_some(session, at=LATER, most=200):
        pass
    after, early_line = notifications(session, actor=writer(here), unread=True)
    assert (after.message, early_line.message) == ("target_raised", "target_raised_early")
    facts = early_line.facts
    assert (facts["before"], facts["after"]) == (20, 30)
    assert (facts["effective_on"], facts["earliest_on"]) == ("2022-06-01", "2022-06-29")
    assert "target_raised_early" in told(session, board("17"))


def test_a_key_is_told_of_when_numbers_are_first_decided_by_it(session):
    ids = sweden(session)
    run = a_run(session)
    for year in (YEAR, YEAR + 1):
        how = Decision(VersionKind.FIRST, TOLD, TOLD + timedelta(60), run_id=run)
        given = targets.of_run(session, run, actor=agency())
        targets.decide(session, year, given, how, actor=agency(), at=NOW)

        expected = ["key_in_force"] if year == YEAR else []
        assert told(session, board("14")) == expected
    assert "key_in_force" not in told(session, writer(ids["1780"]))


def test_a_swap_is_told_to_the_other_and_to_the_board_that_confirms(session):
    ids = sweden(session)
    decided(session)
    giver, taker = writer(ids["1780"]), writer(ids["1784"])
    for who in (giver, taker, board(), agency()):
        told(session, who)

    def proposed() -> Any:
        return swaps.propose(
            session,
            year=YEAR,
            giver_id=ids["1780"],
            taker_id=ids["1784"],
            persons=3,
            reason="Lediga lägenheter",
            actor=taker,
            at=NOW,
        )

    made = proposed()
    assert (told(session, giver), told(session, taker)) == (["swap_proposed"], [])
    assert told(session, board()) == ["swap_proposed"]
    swaps.agree(session, made, actor=giver, at=NOW)
    assert (told(session, giver), told(session, taker)) == ([], ["swap_agreed"])
    assert told(session, board()) == ["swap_agreed"]
    swaps.confirm(session, made, actor=board(), at=NOW)
    assert told(session, giver) == told(session, taker) == ["swap_confirmed"]
    assert told(session, board("18")) == []

    other = proposed()
    told(session, giver)
    swaps.decline(session, other, answer="Ryms inte", actor=giver, at=NOW)
    assert (told(session, giver), told(session, taker)) == ([], ["swap_declined"])


def test_a_correction_that_waits_is_told(session):
    here = sweden(session)["1780"]
    targets.carry_over(session, 2023, here, -3, reason="Räknefel", actor=agency(), at=NOW)

    assert told(session, writer(here)) == told(session, board()) == ["target_carried_over"]


def test_a_report_is_told_of_to_those_who_sign_coordinate_and_freeze_it(session):
    ids = sweden(session)
    decided(session)
    counted(session, {"1780": 10})
    for who in (board(), coordinator(), agency(), writer(ids["1780"])):
        told(session, who)
    new = NewReport(ReportKind.INTERIM, "Delredovisning", YEAR, TOLD, "Regeringskansliet")
    made = reports.draft(session, new, actor=agency(), at=NOW)

    assert told(session, board()) == told(session, coordinator()) == ["report_to_sign"]
    parts = [x for x in reading.parts_of(session, made, actor=agency()) if x.county != COUNTRY]
    for one in parts:
        who = board(one.county)
        reports.sign(session, made, one.county, "Bra", sha256=one.sha256, actor=who, at=NOW)
    assert told(session, coordinator()) == ["report_signed"] * len(parts) + ["report_all_signed"]
    reports.coordinate(session, made, version=1, actor=coordinator(), at=NOW)
    assert told(session, agency())[-1] == "report_coordinated"
    reports.freeze(session, made, version=2, actor=agency(), at=NOW)
    assert told(session, board()) == told(session, coordinator()) == ["report_frozen"]
    assert told(session, writer(ids["1780"])) == []


def test_a_new_place_is_told_to_the_municipality_and_its_board_with_the_earliest_day(session):
    here = sweden(session)["1780"]
    house = an_object(session)
    assert told(session, writer(here)) == told(session, board()) == ["accommodation_added"]
    signed(session, object_id=house, beds=10, starts_on=TOLD + timedelta(28))
    early = signed(session, object_id=house, beds=5, starts_on=TOLD, notice_reason="Brådskande")

    while deliver_some(session, at=LATER, most=200):
        pass
    late_line, line = reversed(notifications(session, actor=writer(here), unread=True))
    assert (late_line.message, line.message) == ("places_agreed", "places_agreed_early")
    facts = line.facts
    assert (facts["beds"], facts["starts_on"], facts["earliest_on"]) == (
        *(5, TOLD.isoformat()),
        (TOLD + timedelta(28)).isoformat(),
    )
    assert told(session, board()) == ["places_agreed", "places_agreed_early"]
    ending.end(session, early, TOLD, reason="Sålt", actor=agency(), at=NOW)
    assert told(session, writer(here))[-1] == told(session, board())[-1] == "places_ended"
    assert told(session, board("18")) == told(session, agency()) == []


def test_a_webhook_of_a_board_is_told_of_its_county_and_one_of_the_agency_of_all(session):
    ids = sweden(session)
    hooks = {
        who.county or who.role: webhooks.make(
            session, url="https://x.example.se/", events=[], settings=Settings(), actor=who, at=NOW
        )[0]
        for who in (board("17"), board("18"), coordinator(), agency())
    }
    decided(session, {"1780": 227})
    targets.carry_over(session, 2023, ids["1880"], -3, reason="Räknefel", actor=agency(), at=NOW)
    fan_out(session, at=LATER)

    queued = session.execute(
        select(WebhookDelivery.webhook_id, WebhookDelivery.type).order_by(WebhookDelivery.id)
    ).all()
    types = {
        one: sorted(x.type for x in queued if x.webhook_id == id_) for one, id_ in hooks.items()
    }
    all_of_it = ["target.carried_over", "target.decided", "target.first"]
    assert types == {
        "17": ["target.decided", "target.first"],
        "18": ["target.carried_over"],
        "01": all_of_it,
        Role.MIGRATION_OFFICER: all_of_it,
    }
    seen = {one: feed(session, after=0, limit=9, actor=board(one)).events for one in ("17", "18")}
    assert [len(seen[one]) for one in ("17", "18")] == [2, 1]
    with pytest.raises(NotFound):
        webhooks.turn_off(session, hooks["18"], actor=board("17"), at=NOW)


def test_e_mail_goes_to_whom_each_office_has_chosen_in_swedish(session):
    say(session, Country.SWEDEN, at=NOW)
    here = sweden(session)["1780"]
    choosing.choose(
        session,
        here,
        topic=Topic.TARGETS,
        address="mig@karlstad.example",
        actor=writer(here),
        at=NOW,
    )
    officers = {}
    for role, county in ((Role.COUNTY_BOARD, "17"), (Role.COUNTY_BOARD, "18")):
        made = User(
            name=f"B{county}", role=role, county=county, email=f"b{county}@x.example", demo=False
        )
        session.add(made)
        session.flush()
        officers[county] = Actor(made.name, role, county=county, user_id=made.id)
        timing = Timing.AT_ONCE if county == "17" else Timing.DAILY
        choosing.prefer(
            session, {Topic.TARGETS: timing}, language=Language.SV, actor=officers[county], at=NOW
        )

    decided(session, {"1780": 227, "1880": 9})
    while deliver_some(session, at=LATER, most=200):
        pass
    sent = {(one.address, one.language) for one in session.scalars(select(Dispatch))}
    assert sent == {
        ("mig@karlstad.example", Language.SV),
        ("b17@x.example", Language.SV),
    }
    assert unread_count(session, actor=officers["18"]) == 1
    assert gather(session, at=LATER) == 1
    digest = session.scalars(select(Dispatch).where(Dispatch.address == "b18@x.example")).one()
    assert digest.facts["counts"] == {"targets": 1}
    assert set(recipients.topics_of_a_municipality(session)) == {
        *(Topic.TARGETS, Topic.SWAPS, Topic.PLACES)
    }
    for wrong in ({"topic": Topic.REQUESTS}, {"topic": Topic.SWAPS, "language": Language.NB}):
        with pytest.raises(Invalid):
            choosing.choose(
                session, here, address="a@b.example", actor=writer(here), at=NOW, **wrong
            )


def test_what_is_told_other_systems_is_without_a_word_anybody_wrote(session):
    decided(session, {"1780": 20}, reason="Hemligt namn")
    made = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()

    events = [
        cloud_event(
            outbox_id=one.id,
            position=1,
            event=one.type,
            case_id=None,
            municipality_number="1780",
            facts=one.facts,
            at=one.at,
        )
        for one in made
    ]

    assert [one["type"] for one in events] == [
        "se.bosetting.target.decided.v1",
        "se.bosetting.target.first.v1",
    ]
    assert "Hemligt namn" not in str(events)
    assert events[1]["data"]["after"] == 20
    assert {one.type for one in made} <= BY_EVENT.keys()
