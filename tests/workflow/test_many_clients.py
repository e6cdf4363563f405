"""Many clients at once: never over the ceiling, every book agrees, and nobody meets a lock."""

from threading import Barrier

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError

from tests.databases import Database
from tests.factories import NOW, a_municipality
from tests.workflow.at_once import at_once, done
from tests.workflow.books import faults, figures
from tests.workflow.crowd import a_world, let_loose
from workflow.capacity.commands import Cause, hold
from workflow.capacity.errors import NoneFree
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.kernel.actor import SYSTEM

CLIENTS = 16


def everything_is_well(database: Database, world) -> None:
    with database.sessions() as session:
        assert faults(session) == {}
        over = session.scalars(select(PlaceAccount.id).where(PlaceAccount.overrun > 0)).all()
        assert over == [], "no birth, no lowered decision: nothing may be over the ceiling"
    assert sum(world.done.values()) > sum(world.refused.values()) / 4, world.refused


@pytest.mark.trial
def test_a_crowd_leaves_every_book_in_order(committed: Database) -> None:
    world = a_world(committed.sessions)

    let_loose(world, clients=CLIENTS, commands_each=25, seed=1)

    everything_is_well(committed, world)
    assert len(world.done) >= 8, world.done


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 6))
def test_two_thousand_commands_of_a_crowd_leave_every_book_in_order(
    committed: Database, seed: int
) -> None:
    world = a_world(committed.sessions)

    let_loose(world, clients=CLIENTS, commands_each=125, seed=seed)

    everything_is_well(committed, world)
    assert len(world.done) >= 12, world.done


def take(session, municipality_id: int, persons: int) -> None:
    hold(
        session,
        municipality_id=municipality_id,
        year=2020,
        pool=Pool.ORDINARY,
        persons=persons,
        cause=Cause(SYSTEM, NOW),
    )


def test_places_are_taken_one_after_the_other_to_the_last(committed: Database) -> None:
    here = done(committed.sessions, lambda session: a_municipality(session, decided=10))

    outcomes = at_once(
        committed.sessions, *[lambda session: take(session, here, 3) for _ in range(12)]
    )

    assert sum(outcome is None for outcome in outcomes) == 3
    assert {type(outcome) for outcome in outcomes if outcome} == {NoneFree}
    with committed.sessions() as session:
        assert figures(session, here).held == 9


def naively(database: Database, municipality_id: int, clients: int) -> int:
    """Read, check, then write, as nobody should; returns how many believe they have a place."""
    meet = Barrier(clients)

    def work(session) -> bool:
        account = session.execute(
            select(PlaceAccount.held, PlaceAccount.decided_places).where(
                PlaceAccount.municipality_id == municipality_id
            )
        ).one()
        meet.wait(timeout=10)
        if account.held + 1 > account.decided_places:
            return False
        session.execute(
            text("UPDATE place_accounts SET held = held + 1 WHERE municipality_id = :here"),
            {"here": municipality_id},
        )
        return True

    return sum(at_once(database.sessions, *[work] * clients))


def test_read_check_write_gives_the_same_place_to_many(committed: Database) -> None:
    """The control: were our own way not better than this, the tests above would prove nothing."""
    here = done(committed.sessions, lambda session: a_municipality(session, decided=1))
    owner = create_engine(committed.owner_url)
    with owner.begin() as connection:
        connection.execute(
            text("ALTER TABLE place_accounts DROP CONSTRAINT ck_place_accounts_ceiling")
        )
    owner.dispose()

    assert naively(committed, here, clients=8) == 8
    with committed.sessions() as session:
        assert figures(session, here).held == 8


def test_and_the_table_itself_refuses_what_the_naive_way_would_write(committed: Database) -> None:
    here = done(committed.sessions, lambda session: a_municipality(session, decided=1))

    with pytest.raises(IntegrityError, match="ck_place_accounts_ceiling"):
        naively(committed, here, clients=8)

    with committed.sessions() as session:
        assert figures(session, here).held == 1


def test_what_is_rolled_back_takes_no_place(committed: Database) -> None:
    here = done(committed.sessions, lambda session: a_municipality(session, decided=3))

    def lost_halfway(session) -> None:
        take(session, here, 3)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        done(committed.sessions, lost_halfway)

    done(committed.sessions, lambda session: take(session, here, 3))
    with committed.sessions() as session:
        assert figures(session, here).free == 0
