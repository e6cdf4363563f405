"""A person stops a letter that waits, and hands over what no channel takes; history has who."""

from datetime import date, timedelta

import pytest

from tests.factories import a_case, a_municipality, lead, officer, placed, udi, writer
from tests.workflow.letters.made import LATER, WINDOW, letters, make, seal_all
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.letters import handling, posting, queries
from workflow.letters.errors import NotByHand, NotStopped, NotWaiting
from workflow.letters.states import Channel, Delivery, LetterState, Recipient, StopReason

WHY = StopReason.WRONG_CONTENT
TODAY = date(2020, 3, 12)


@pytest.fixture
def here(session):
    made = a_municipality(session, decided=99)
    placed(session, a_case(session), made)
    return made


def steps(session, letter_id):
    return queries.steps(session, letter_id, actor=officer())


def test_a_stopped_letter_takes_no_number_and_the_others_go(session, here):
    make(session)
    stopped, other = letters(session)
    handling.stop(session, stopped.id, WHY, actor=officer(), at=LATER)

    sealed = seal_all(session)

    stopped, other = (queries.letter(session, one.id, actor=lead()) for one in (stopped, other))
    assert sealed == 1
    assert (stopped.state, stopped.number) == (LetterState.STOPPED, None)
    assert other.state is LetterState.READY
    (last,) = steps(session, stopped.id)
    assert (last.what, last.reason, last.actor) == ("stopped", WHY, officer().name)


def test_let_go_it_waits_a_whole_window_and_leaves(session, here):
    make(session)
    letter_id = letters(session)[0].id
    handling.stop(session, letter_id, WHY, actor=officer(), at=LATER)
    handling.let_go(session, letter_id, window=WINDOW, actor=lead(), at=LATER)

    at_once = seal_all(session)
    later = seal_all(session, at=LATER + WINDOW + timedelta(minutes=3))

    assert (at_once, later) == (1, 1)
    assert [one.what for one in steps(session, letter_id)][:2] == ["stopped", "waiting"]


def test_what_has_a_number_is_not_stopped_and_what_is_not_stopped_not_let_go(session, here):
    seal_all(session)
    letter_id = letters(session)[0].id

    with pytest.raises(NotWaiting):
        handling.stop(session, letter_id, WHY, actor=officer(), at=LATER)
    with pytest.raises(NotStopped):
        handling.let_go(session, letter_id, window=WINDOW, actor=officer(), at=LATER)


@pytest.fixture
def refugees(session, here):
    """The refugee's letter, which waits for a person."""
    seal_all(session)
    found = next(one for one in letters(session) if one.recipient is Recipient.REFUGEE)
    posting.sent(
        session,
        found.id,
        channel=Channel.BY_HAND,
        external_id=None,
        delivery=Delivery.BY_HAND,
        at=LATER,
    )
    return found.id


def test_a_letter_for_a_refugee_waits_on_the_list_until_somebody_says_what_was_done(
    session, refugees
):
    before, waiting = queries.to_hand_over(session, limit=9, actor=officer())

    posted = Delivery.POSTED
    handling.hand_over(session, [refugees], posted, on=TODAY, actor=officer(), at=LATER)

    after, left = queries.to_hand_over(session, limit=9, actor=officer())
    (seen,) = queries.letters(session, deliveries=frozenset({posted}), actor=officer()).items
    assert [one.id for one in before] == [refugees]
    assert (waiting, after, left) == (1, [], 0)
    assert (seen.delivery, seen.handed_on, seen.handed_by) == (posted, TODAY, officer().name)


def test_what_was_said_wrongly_is_said_again_and_history_has_both(session, refugees):
    for how in (Delivery.POSTED, Delivery.HANDED_OVER):
        handling.hand_over(session, [refugees], how, on=TODAY, actor=lead(), at=LATER)

    seen = queries.letter(session, refugees, actor=lead())
    assert seen.delivery is Delivery.HANDED_OVER
    assert [one.what for one in steps(session, refugees)][-2:] == ["posted", "handed_over"]


def test_only_a_letter_no_channel_takes_is_handed_over_and_not_on_a_day_to_come(session, refugees):
    others = next(one.id for one in letters(session) if one.id != refugees)

    def hand_over(*letter_ids, how=Delivery.POSTED, on=TODAY):
        handling.hand_over(session, letter_ids, how, on=on, actor=lead(), at=LATER)

    with pytest.raises(NotByHand):
        hand_over(refugees, others)
    with pytest.raises(Invalid):
        hand_over(refugees, on=date(2020, 9, 1))
    with pytest.raises(Invalid):
        hand_over(refugees, how=Delivery.READ)
    with pytest.raises(Invalid):
        hand_over()
    assert queries.letter(session, refugees, actor=lead()).delivery is Delivery.BY_HAND


@pytest.mark.parametrize("actor", [writer, udi])
def test_letters_are_handled_by_imdi_alone(session, here, refugees, actor):
    who = actor(here) if actor is writer else actor()

    with pytest.raises(NotAllowed):
        handling.stop(session, refugees, WHY, actor=who, at=LATER)
    with pytest.raises(NotAllowed):
        handling.let_go(session, refugees, window=WINDOW, actor=who, at=LATER)
    with pytest.raises(NotAllowed):
        handling.hand_over(session, [refugees], Delivery.POSTED, on=TODAY, actor=who, at=LATER)


def test_a_letter_about_a_protected_address_is_none_to_who_is_not_named(session, refugees):
    session.connection().exec_driver_sql(
        "UPDATE cases SET address_protection = 'confidential'"
        " WHERE id = (SELECT case_id FROM letters WHERE id = %s)",
        (refugees,),
    )

    with pytest.raises(NotFound):
        handling.hand_over(session, [refugees], Delivery.POSTED, on=TODAY, actor=lead(), at=LATER)
    assert queries.to_hand_over(session, limit=9, actor=lead()) == ([], 0)
