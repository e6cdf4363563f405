"""An object's beds change with a reason, never below what is contracted; the past stays."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.accommodation import FROM, LAST, an_object, new_places, signed
from tests.swedish import NOW, agency, board, sweden, writer
from workflow.accommodation import beds, ledger, lines, objects, places
from workflow.accommodation.errors import BedsContracted, MoreThanTheObject, NotTheBuyer
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale

LATER = NOW + timedelta(days=365)


def change(session: Session, here, many: int, at=NOW, **how):
    told = {"reason": "Två rum byggs om", "actor": agency(), "at": at}
    beds.change(session, here, many, **(told | how))


def test_beds_change_and_what_was_before_is_kept(session: Session):
    here = an_object(session, beds=40)

    change(session, here, 32)
    change(session, here, 44, version=2)

    assert objects.one(session, here, actor=agency(), at=NOW).beds == 44
    for reader in (agency(), board("17"), writer(sweden(session)["1780"])):
        seen = [(one.before, one.after) for one in beds.changes(session, here, actor=reader)]
        assert seen == [(32, 44), (40, 32)]
    assert beds.changes(session, here, actor=board("18")) == []


def test_no_fewer_than_are_contracted_on_any_day_to_come(session: Session):
    here = an_object(session, beds=40)
    signed(session, object_id=here, beds=30, starts_on=FROM)

    with pytest.raises(BedsContracted) as refused:
        change(session, here, 29)
    change(session, here, 30)

    assert refused.value.facts["taken"] == 30
    with pytest.raises(MoreThanTheObject):
        places.outlook(session, new_places(session, object_id=here, beds=31), at=NOW)


def test_what_was_counted_while_there_were_more_stays_counted(session: Session):
    here, municipality = an_object(session, beds=40), sweden(session)["1780"]
    signed(session, object_id=here, beds=40, starts_on=FROM, ends_on=LAST)

    change(session, here, 10, at=LATER)

    there = lines.of_municipality(session, municipality)
    assert ledger.counted(there, LAST) == {municipality: 40}
    assert ledger.counted(there, date(2023, 1, 1)) == {}


@pytest.mark.parametrize(
    ("how", "many", "refusal"),
    [
        ({"actor": board("17")}, 30, NotTheBuyer),
        ({"reason": None}, 30, ReasonMissing),
        ({"version": 2}, 30, Stale),
        ({}, 40, Invalid),
        ({}, 0, Invalid),
        ({}, 10_001, Invalid),
    ],
)
def test_what_is_refused(session: Session, how, many, refusal):
    here = an_object(session, beds=40)

    with pytest.raises(refusal):
        change(session, here, many, **how)


def test_an_object_that_is_not_there(session: Session):
    with pytest.raises(NotFound):
        change(session, "00000000-0000-0000-0000-000000000000", 3)
