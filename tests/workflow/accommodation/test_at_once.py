"""What is signed at the same moment: no bed twice, no offer twice, no number passed unsaid."""

from datetime import timedelta

import pytest

from tests.accommodation import (
    FROM,
    a_framework,
    a_line,
    an_inventory,
    an_object,
    an_offer,
    called_off,
    drawn,
    signed,
)
from tests.databases import Database
from tests.swedish import NOW, agency, decided, sweden
from tests.workflow.at_once import at_once, done, refusals
from workflow.accommodation import contracts, ending, inventory, objects, occupancy
from workflow.accommodation.contracts import Acceptance
from workflow.accommodation.nights import Slept
from workflow.accommodation.standing import standing


def procured(committed: Database) -> int | None:
    return done(
        committed.sessions,
        lambda session: standing(session, FROM.year, on=FROM, actor=agency()).country.procured,
    )


def test_two_contracts_on_one_object_are_one(committed: Database):
    here = done(committed.sessions, lambda session: an_object(session, beds=40))

    def sign(session):
        return signed(session, beds=30, object_id=here)

    assert refusals(at_once(committed.sessions, sign, sign)) == ["accommodation.object_full"]
    assert procured(committed) == 30


def test_one_offer_is_accepted_once(committed: Database):
    made = done(committed.sessions, lambda session: an_offer(session, an_object(session), beds=10))

    def accept(session):
        return contracts.accept(session, made, Acceptance(FROM), actor=agency(), at=NOW)

    assert refusals(at_once(committed.sessions, accept, accept)) == ["offer.not_open"]
    assert procured(committed) == 10


def test_two_that_each_fit_the_number_do_not_go_past_it_together_without_a_word(
    committed: Database,
):
    done(committed.sessions, decided)

    def sign(session):
        return signed(session, "1764", beds=10)

    assert refusals(at_once(committed.sessions, sign, sign)) == ["contract.past_target"]
    assert procured(committed) == 10


def test_a_framework_is_not_called_off_twice_over_in_different_municipalities(
    committed: Database,
):
    done(committed.sessions, sweden)
    made = done(committed.sessions, lambda session: a_framework(session, beds=50))

    outcomes = at_once(
        committed.sessions,
        lambda session: called_off(session, made, "1780", 30),
        lambda session: called_off(session, made, "1784", 30),
    )

    assert refusals(outcomes) == ["contract.exhausted"]
    assert procured(committed) == 30


@pytest.mark.trial
def test_a_line_of_the_inventory_is_one_object(committed: Database):
    line = done(committed.sessions, a_line)

    def use(session):
        return inventory.use(session, line, actor=agency(), at=NOW)

    assert refusals(at_once(committed.sessions, use, use)) == ["inventory.decided"]
    there = done(committed.sessions, lambda s: objects.objects(s, actor=agency(), at=NOW))
    assert len(there) == 1


@pytest.mark.trial
def test_who_slept_there_slept_there_though_the_contract_ends_just_then(committed: Database):
    contract = done(committed.sessions, lambda session: signed(session, beds=10))
    there = done(committed.sessions, lambda session: drawn(session, contract))
    then, night = NOW + timedelta(days=60), FROM + timedelta(days=9)

    def sleep(session):
        occupancy.record(session, there, Slept(FROM, night, 5), "x", actor=agency(), at=then)

    def end(session):
        ending.end(session, contract, FROM, reason="Tomt", actor=agency(), at=then)

    (refused,) = refusals(at_once(committed.sessions, sleep, end))
    assert refused in {"occupancy.unusable", "call_off.occupied"}


@pytest.mark.trial
def test_a_countys_file_is_taken_in_once(committed: Database):
    done(committed.sessions, sweden)

    assert refusals(at_once(committed.sessions, an_inventory, an_inventory)) == ["inventory.known"]
