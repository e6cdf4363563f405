"""What is signed at the same moment: no bed twice, no offer twice, no number passed unsaid."""

from tests.accommodation import (
    FROM,
    a_framework,
    an_object,
    an_offer,
    called_off,
    signed,
)
from tests.databases import Database
from tests.swedish import NOW, agency, decided, sweden
from tests.workflow.at_once import at_once, done, refusals
from workflow.accommodation import contracts
from workflow.accommodation.contracts import Acceptance
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
