"""The Swedish demonstration: 290 municipalities, numbers that add up, things that wait."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import User
from app.scenario import sweden
from app.scenario.load import loaded
from tests.swedish import agency, board
from workflow.allocation import runs, swaps, targets, versions
from workflow.allocation.fulfilment import fulfilment
from workflow.allocation.states import SwapState, VersionKind
from workflow.dialogue import log
from workflow.kernel.actor import ROLES_OF, Role
from workflow.kernel.country import Country


def test_the_summer_of_2022_is_played_whole(session: Session):
    sweden.fill(session)

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
    told = loaded(session)
    assert told is not None
    assert (told.seed, told.figures) == (sweden.DEFAULT_SEED, sweden.SWEDEN)
