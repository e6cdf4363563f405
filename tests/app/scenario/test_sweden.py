"""The Swedish demonstration: 290 municipalities, numbers that add up, things that wait."""

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import User
from app.scenario import sweden
from app.scenario.load import loaded
from tests.swedish import agency, board
from workflow.accommodation import costs, inventory, objects, offers, signed, standing
from workflow.accommodation.states import RowState
from workflow.allocation import runs, swaps, targets, versions
from workflow.allocation.fulfilment import fulfilment
from workflow.allocation.states import SwapState, VersionKind
from workflow.dialogue import log
from workflow.kernel.actor import ROLES_OF, Role
from workflow.kernel.country import Country
from workflow.municipalities.sweden import COUNTIES


def test_the_summer_of_2022_is_played_whole(session: Session):
    sweden.fill(session, acquiring=["17"])

    found = fulfilment(session, sweden.YEAR, actor=agency())
    assert len(found.municipalities) == 290
    assert all(one.fill.target is not None for one in found.municipalities)
    [run] = runs.runs(session, actor=agency())
    assert run.total == sum(targets.of_run(session, run.id, actor=agency()).values()) == 23_500
    made = versions.versions(session, sweden.YEAR, actor=agency())
    assert {one.kind for one in made} == set(VersionKind)
    assert sum(one.persons for one in made) == found.country.target
    assert found.evenness is not None
    assert any(one.fill.past and one.excess is None for one in found.municipalities)
    states = [one.state for one in swaps.swaps(session, actor=board("17"))]
    assert sorted(states) == [SwapState.AGREED, SwapState.CONFIRMED, SwapState.PROPOSED]
    today = sweden.STARTS_AT.date()
    assert log.entries(session, waiting_on=today, actor=agency())
    assert len(log.silent(session, days=60, on=today, actor=agency())) > 280
    roles = set(session.scalars(select(User.role)))
    assert roles == ROLES_OF[Country.SWEDEN]
    assert session.scalar(select(func.count()).where(User.role == Role.COUNTY_BOARD)) == 2
    _there_is_accommodation(session, {"17"})
    told = loaded(session)
    assert told is not None
    assert (told.seed, told.figures) == (sweden.DEFAULT_SEED, sweden.SWEDEN)


@pytest.mark.trial
def test_places_are_acquired_in_every_county(session: Session):
    sweden.fill(session)

    _there_is_accommodation(session, set(COUNTIES))
    today = sweden.STARTS_AT.date()
    stand = standing.standing(session, sweden.YEAR, on=today, actor=agency())
    assert all(0 < (one.stand.share or 0) < 1 for one in stand.counties)
    assert any(one.stand.past for one in stand.municipalities)
    drawn = signed.call_offs(session, actor=agency())
    assert any(one.framework for one in drawn)


def _there_is_accommodation(session: Session, counties: set[str]) -> None:
    """Objects, offers, contracts, used nights and lines of the inventory, decided and not."""
    today = sweden.STARTS_AT.date()
    there = objects.objects(session, actor=agency(), at=sweden.STARTS_AT)
    assert {one.municipality.county for one in there} == counties
    assert offers.offers(session, actor=agency(), at=sweden.STARTS_AT)
    cost = costs.costs(session, date(sweden.YEAR, 1, 1), today, actor=agency())
    assert {one.call_off.municipality.county for one in cost.call_offs} == counties
    assert 0 < cost.whole.empty_ore < cost.whole.whole_ore
    for one in inventory.inventories(session, actor=agency()):
        assert dict(one.lines) == {RowState.USED: 2, RowState.REJECTED: 1, RowState.WAITING: 1}
