"""What ends before its time counts no longer, and says why."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.accommodation import FROM, LAST, a_framework, called_off, drawn, signed
from tests.swedish import NOW, agency, board, sweden, writer
from workflow.accommodation import ending
from workflow.accommodation.errors import (
    CallOffOccupied,
    ContractIsOver,
    NoFramework,
    NotTheBuyer,
)
from workflow.accommodation.models import Occupancy
from workflow.accommodation.signed import call_off, contract
from workflow.accommodation.standing import standing
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale

AUGUST = FROM.replace(month=8, day=31)


def end(session, contract_id, last_night=AUGUST, reason="Uppsagt", actor=None, **how):
    ending.end(
        session, contract_id, last_night, reason=reason, actor=actor or agency(), at=NOW, **how
    )


def end_call_off(session, call_off_id, last_night=AUGUST, reason="Tomt", actor=None, **how):
    ending.end_call_off(
        session, call_off_id, last_night, reason=reason, actor=actor or agency(), at=NOW, **how
    )


def procured(session: Session, on):
    return standing(session, on.year, on=on, actor=agency()).country.procured


def test_a_contract_counts_until_the_night_it_ends(session: Session):
    made = signed(session)

    end(session, made, version=1)

    told = contract(session, made, actor=agency())
    assert (told.ends_on, told.ended_on, told.last_night) == (LAST, AUGUST, AUGUST)
    assert (told.end_reason, told.version) == ("Uppsagt", 2)
    assert procured(session, AUGUST) == 30
    assert procured(session, AUGUST + timedelta(days=1)) == 0


def test_a_contract_that_never_comes_to_anything_counts_nothing(session: Session):
    made = signed(session)

    end(session, made, FROM - timedelta(days=1))

    assert procured(session, FROM) == 0


def test_what_is_called_off_ends_with_its_framework_and_what_has_ended_stays(session: Session):
    made = a_framework(session)
    short = called_off(session, made, beds=10, ends_on=FROM)
    long = called_off(session, made, beds=10)
    later = called_off(session, made, beds=10, starts_on=LAST)

    end(session, made)

    ends = {one: call_off(session, one, actor=agency()).ends_on for one in (short, long, later)}
    assert ends == {short: FROM, long: AUGUST, later: LAST - timedelta(days=1)}
    assert procured(session, LAST) == 0


def test_a_call_off_ends_by_itself_and_any_other_contract_as_a_whole(session: Session):
    one = called_off(session, made := a_framework(session), beds=10)
    other = called_off(session, made, beds=5)

    end_call_off(session, one, version=1)

    assert procured(session, LAST) == 5
    assert call_off(session, other, actor=agency()).ends_on == LAST
    assert contract(session, made, actor=agency()).ended_on is None
    with pytest.raises(NoFramework):
        end_call_off(session, drawn(session, signed(session)))


def test_what_ends_says_why_and_ends_earlier_than_it_would(session: Session):
    made = signed(session)
    one = called_off(session, a_framework(session), beds=10)

    for ends, of in ((end, made), (end_call_off, one)):
        with pytest.raises(ReasonMissing):
            ends(session, of, reason=None)
        with pytest.raises(ContractIsOver):
            ends(session, of, LAST)
        with pytest.raises(Invalid):
            ends(session, of, FROM - timedelta(days=2))
        with pytest.raises(Stale):
            ends(session, of, version=7)
        with pytest.raises(NotFound):
            ends(session, uuid4())
        for actor in (board(), writer(sweden(session)["1780"])):
            with pytest.raises(NotTheBuyer):
                ends(session, of, actor=actor)
        ends(session, of)
        with pytest.raises(ContractIsOver):
            ends(session, of)


def test_nothing_ends_before_somebody_has_slept_there_last(session: Session):
    made = signed(session)
    one = called_off(session, a_framework(session), beds=10)
    for its_id in (drawn(session, made), one):
        session.execute(
            insert(Occupancy).values(
                call_off_id=its_id,
                municipality_id=sweden(session)["1780"],
                county="17",
                since=FROM,
                until=AUGUST,
                place_nights=7,
                source="Anläggningen",
                at=NOW,
                actor="x",
            )
        )

    with pytest.raises(CallOffOccupied):
        end(session, made, AUGUST - timedelta(days=1))
    with pytest.raises(CallOffOccupied):
        end_call_off(session, one, AUGUST - timedelta(days=1))
    end(session, made)
    end_call_off(session, one)
