"""On the way out: claimed by one, tried again, followed until it has arrived, seen when stuck."""

from datetime import date, timedelta

import pytest

from tests.factories import a_case, a_municipality, lead, officer, placed, reader, udi, writer
from tests.workflow.letters.made import LATER, letters, seal_all
from workflow.cases.states import LegalGround, Protection
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.letters import posting, queries
from workflow.letters.errors import NotStuck
from workflow.letters.reading import open_letter
from workflow.letters.states import Channel, Delivery, LetterState
from workflow.redistribution import commands

LEASE = timedelta(seconds=60)


@pytest.fixture
def here(session):
    """A municipality with a settlement decision sealed; the refugee's letter beside."""
    made = a_municipality(session, decided=99)
    placed(session, a_case(session, name="Amina Test-Hassan"), made)
    seal_all(session)
    return made


def claimed(session, *, at=LATER):
    return posting.claim(session, lease=LEASE, at=at)


def to_municipality(session):
    return next(one for one in letters(session) if one.holder_id is not None)


def handed_over(session, delivery=Delivery.RECEIVED):
    letter = to_municipality(session)
    posting.sent(
        session,
        letter.id,
        channel=Channel.SVARUT,
        external_id="theirs",
        delivery=delivery,
        at=LATER,
    )
    return to_municipality(session)


def test_a_letter_is_one_workers_until_its_claim_runs_out(session, here):
    both = {claimed(session).id, claimed(session).id}

    nothing = claimed(session)
    again = claimed(session, at=LATER + LEASE)

    assert both == {one.id for one in letters(session)}
    assert nothing is None
    assert again.again is True


def test_what_is_tried_in_vain_is_tried_again_later_and_then_stuck(session, here):
    letter = to_municipality(session)
    at = LATER
    waits = []
    for _ in range(posting.MOST_TRIES):
        while (got := claimed(session, at=at)).id != letter.id:
            pass
        posting.failed(session, letter.id, "letter.svarut_away", final=False, at=at)
        due = to_municipality(session).next_try_at
        waits.append(due - at if due else None)
        at = due or at

    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] is None
    assert got is not None
    stuck = to_municipality(session)
    assert (stuck.state, stuck.fault) == (LetterState.STUCK, "letter.svarut_away")


def test_a_refusal_for_good_is_stuck_at_once_and_a_person_has_it_tried_again(session, here):
    letter = to_municipality(session)
    while claimed(session):
        pass
    posting.failed(session, letter.id, "letter.no_postal_address", final=True, at=LATER)

    posting.retry(session, letter.id, actor=officer(), at=LATER)

    got = claimed(session)
    assert (got.id, got.again) == (letter.id, True)
    with pytest.raises(NotStuck):
        posting.retry(session, letter.id, actor=officer(), at=LATER)


def test_only_imdi_has_letters_tried_again(session, here):
    with pytest.raises(NotAllowed):
        posting.retry(session, to_municipality(session).id, actor=writer(here), at=LATER)


def test_sent_twice_the_first_stands(session, here):
    handed_over(session)
    posting.sent(
        session,
        to_municipality(session).id,
        channel=Channel.FOLDER,
        external_id="other",
        delivery=Delivery.IN_FOLDER,
        at=LATER,
    )

    letter = to_municipality(session)
    assert (letter.channel, letter.external_id) == (Channel.SVARUT, "theirs")


def test_how_it_fares_is_followed_until_nothing_more_is_heard(session, here):
    letter = handed_over(session)
    too_early = posting.to_ask(session, at=LATER)
    asked = posting.to_ask(session, at=LATER + posting.ASK_AGAIN)
    read_at = LATER + timedelta(hours=1)

    news = [
        posting.heard(session, {letter.id: (Delivery.READ, read_at)}, at=read_at) for _ in range(2)
    ]

    assert (too_early, asked) == ({}, {"theirs": letter.id})
    assert news == [1, 0]
    letter = to_municipality(session)
    assert (letter.delivery, letter.delivery_at, letter.next_try_at) == (
        Delivery.READ,
        read_at,
        None,
    )


def test_what_svarut_loses_is_stuck_and_sent_anew(session, here):
    letter = handed_over(session)
    posting.heard(session, {letter.id: (Delivery.NOT_DELIVERED, LATER)}, at=LATER)
    stuck = to_municipality(session)

    posting.retry(session, letter.id, actor=lead(), at=LATER + timedelta(days=1))

    assert (stuck.state, stuck.fault) == (LetterState.STUCK, "letter.not_delivered")
    again = [claimed(session, at=LATER + timedelta(days=1)) for _ in range(2)]
    assert next(one for one in again if one.id == letter.id).again is False


def test_two_working_days_unopened_are_shown_as_paper(session, here):
    letter = handed_over(session, Delivery.NOTIFIED)
    unopened = queries.letter(session, letter.id, actor=officer())
    posting.heard(session, {letter.id: (Delivery.SENT_TO_PRINT, LATER)}, at=LATER)
    printed = queries.letter(session, letter.id, actor=officer())

    assert unopened.paper_on == queries.after_working_days(LATER.date(), 2)
    assert (printed.paper_on, printed.on_paper) == (None, True)


def test_working_days_pass_over_weekends_and_easter():
    assert queries.after_working_days(date(2020, 4, 7), 2) == date(2020, 4, 14)


def test_a_municipality_reads_its_own_letters_and_no_other(session, here):
    other = a_municipality(session)
    mine = queries.letters(session, actor=reader(here)).items
    [letter] = mine

    assert letter.recipient == "municipality"
    assert queries.letters(session, actor=reader(other)).items == ()
    assert queries.letters(session, actor=udi()).items == ()
    for stranger in (reader(other), udi()):
        with pytest.raises(NotFound):
            queries.letter(session, letter.id, actor=stranger)


def test_it_keeps_its_letter_when_the_case_is_withdrawn_and_opening_is_on_record(session, here):
    case_id = to_municipality(session).case_id
    commands.withdraw(
        session,
        case_id,
        reason="Stopp",
        legal_ground=LegalGround.CONDITIONS_FAILED,
        actor=officer(),
        at=LATER,
    )
    letter_id = to_municipality(session).id

    opened = open_letter(session, letter_id, actor=writer(here), at=LATER)

    found = session.connection().exec_driver_sql(
        "SELECT actor, purpose FROM folder_openings WHERE case_id = %s", (case_id,)
    )
    assert opened.pdf is not None
    assert ("Ola Kommune", "follow_up") in {tuple(row) for row in found}


def test_a_protected_address_hides_its_letters_from_who_is_not_named(session, here):
    letter = to_municipality(session)
    session.connection().exec_driver_sql(
        "UPDATE cases SET address_protection = %s WHERE id = %s",
        (str(Protection.CONFIDENTIAL), letter.case_id),
    )

    for actor in (officer(), lead(), writer(here)):
        assert queries.letters(session, actor=actor).items == ()
        with pytest.raises(NotFound):
            queries.letter(session, letter.id, actor=actor)
