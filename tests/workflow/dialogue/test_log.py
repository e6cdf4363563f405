"""The dialogue log: who writes, who answers, what follows, who is silent."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.swedish import NOW, TODAY, agency, board, coordinator, sweden, writer
from workflow.dialogue import log
from workflow.dialogue.errors import (
    AnsweredAlready,
    ContactInFuture,
    NothingToFollow,
    NotInTheLog,
)
from workflow.dialogue.log import NewEntry
from workflow.dialogue.states import ContactChannel, Party
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale


def new(session: Session, number: str | None = "1780", **other) -> NewEntry:
    told = {
        "held_on": TODAY,
        "party": Party.MUNICIPALITY,
        "channel": ContactChannel.MEETING,
        "participants": "Karin Kommun",
        "proposal": "Tjugo platser",
        "municipality_id": sweden(session)[number] if number else None,
    }
    return NewEntry(**(told | other))


def test_a_contact_is_written_answered_and_followed_up(session: Session):
    made = log.write(session, new(session, follow_up_on=TODAY), actor=board(), at=NOW)
    here = writer(sweden(session)["1780"])

    assert log.entry(session, made, actor=here).waits(TODAY)
    log.answer(session, made, "Ja", version=1, actor=here, at=NOW)
    log.follow_up(session, made, version=2, actor=agency(), at=NOW)

    seen = log.entry(session, made, actor=coordinator())
    assert (seen.county, seen.answer, seen.answered_by) == ("17", "Ja", "Karin Kommun")
    assert seen.followed_up_by == "Maja Migration"
    assert not seen.waits(TODAY)
    with pytest.raises(AnsweredAlready):
        log.answer(session, made, "Nej", actor=here, at=NOW)
    with pytest.raises(NothingToFollow):
        log.follow_up(session, made, actor=board(), at=NOW)


def test_each_sees_its_own_and_who_coordinates_all(session: Session):
    ids = sweden(session)
    log.write(session, new(session), actor=agency(), at=NOW)
    skr = new(session, None, party=Party.SKR)
    log.write(session, skr, actor=agency(), at=NOW)

    assert len(log.entries(session, actor=agency())) == 2
    assert len(log.entries(session, actor=coordinator())) == 2
    assert len(log.entries(session, actor=board("17"))) == 1
    assert log.entries(session, actor=board("18")) == []
    assert len(log.entries(session, actor=writer(ids["1780"]))) == 1
    assert log.entries(session, actor=writer(ids["1784"])) == []


def test_a_board_writes_about_its_own_county_and_a_municipality_not_at_all(session: Session):
    made = log.write(session, new(session), actor=agency(), at=NOW)

    with pytest.raises(NotInTheLog):
        log.write(session, new(session), actor=board("18"), at=NOW)
    with pytest.raises(NotInTheLog):
        log.write(session, new(session), actor=writer(sweden(session)["1780"]), at=NOW)
    with pytest.raises(NotInTheLog):
        log.answer(session, made, "Ja", actor=coordinator(), at=NOW)
    with pytest.raises(NotFound):
        log.answer(session, made, "Ja", actor=board("18"), at=NOW)
    with pytest.raises(Stale):
        log.answer(session, made, "Ja", version=2, actor=board(), at=NOW)
    with pytest.raises(ReasonMissing):
        log.answer(session, made, "", actor=board(), at=NOW)


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"held_on": TODAY + timedelta(1)}, ContactInFuture),
        ({"county": "18"}, Invalid),
        ({"municipality_id": None}, Invalid),
        ({"municipality_id": 999_999}, Invalid),
        ({"municipality_id": None, "party": Party.COUNTY_BOARD}, Invalid),
        ({"municipality_id": None, "party": Party.SKR, "county": "99"}, Invalid),
        ({"participants": ""}, Invalid),
        ({"follow_up_on": TODAY - timedelta(1)}, Invalid),
    ],
)
def test_what_cannot_be_is_refused(session: Session, other, error):
    with pytest.raises(error):
        log.write(session, new(session, **other), actor=agency(), at=NOW)


def test_who_was_never_spoken_with_is_silent_first_then_the_longest_silent(session: Session):
    for number, days in (("1780", 70), ("1784", 60), ("1715", 59), ("1730", 200)):
        entry = new(session, number, held_on=TODAY - timedelta(days))
        log.write(session, entry, actor=agency(), at=NOW)

    found = log.silent(session, days=60, on=TODAY, actor=board("17"))

    never, spoken = found[:-3], found[-3:]
    assert len(found) == 15
    assert {one.days for one in never} == {None}
    assert [(one.municipality.name, one.days) for one in spoken] == [
        ("Eda", 200),
        ("Karlstad", 70),
        ("Arvika", 60),
    ]
    own = log.silent(session, days=60, on=TODAY, actor=writer(sweden(session)["1784"]))
    assert [one.municipality.number for one in own] == ["1784"]
