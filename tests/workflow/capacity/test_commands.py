"""Taking and giving back places; facts, and the ledger nobody rewrites (R05, R11, R16)."""

from uuid import uuid4

import pytest
from sqlalchemy import create_engine, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.databases import Database
from tests.factories import (
    NOW,
    TODAY,
    a_municipality,
    officer,
    places,
)
from tests.workflow.books import figures
from workflow.capacity import commands
from workflow.capacity.commands import Cause, YearChange
from workflow.capacity.errors import (
    NoneFree,
    NotRegistered,
    YearFull,
)
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import EntryKind, Pool
from workflow.kernel.actor import SYSTEM, Actor

CAUSE = Cause(SYSTEM, NOW, reason="Test")
ORDINARY = Pool.ORDINARY


def hold(session: Session, municipality_id: int, persons: int, *, year: int = 2020) -> int:
    return commands.hold(
        session,
        municipality_id=municipality_id,
        year=year,
        pool=ORDINARY,
        persons=persons,
        cause=CAUSE,
    )


def register(
    session: Session,
    municipality_id: int,
    actor: Actor = SYSTEM,
    *,
    reason=None,
    on=TODAY,
    **change,
) -> int:
    return commands.register_year(
        session,
        municipality_id=municipality_id,
        year=2020,
        pool=ORDINARY,
        change=YearChange(**change),
        cause=Cause(actor, NOW, reason=reason),
        on=on,
    )


def account(session: Session, account_id: int) -> PlaceAccount:
    return session.get_one(PlaceAccount, account_id, populate_existing=True)


def entries(session: Session, account_id: int) -> list[tuple[str, int, int, int, int]]:
    rows = session.execute(
        select(
            PlaceEntry.kind,
            PlaceEntry.held_change,
            PlaceEntry.settled_change,
            PlaceEntry.ceiling_change,
            PlaceEntry.free_after,
        )
        .where(PlaceEntry.account_id == account_id)
        .order_by(PlaceEntry.id)
    )
    return [tuple(row) for row in rows]


def test_a_hold_takes_places_and_writes_a_line_with_its_cause(session: Session) -> None:
    here, case = a_municipality(session, decided=5), uuid4()

    taken = commands.hold(
        session,
        municipality_id=here,
        year=2020,
        pool=ORDINARY,
        persons=3,
        cause=Cause(officer(), NOW, case_id=case, reason="Spurt"),
    )

    assert figures(session, here).free == 2
    line = session.scalars(
        select(PlaceEntry).where(PlaceEntry.account_id == taken, PlaceEntry.kind == EntryKind.HOLD)
    ).one()
    assert (line.held_change, line.free_after, line.case_id) == (3, 2, case)
    assert (line.actor, line.reason, line.at) == (officer().name, "Spurt", NOW)


def test_a_hold_may_fill_a_year_and_not_pass_it(session: Session) -> None:
    here = a_municipality(session, name="Frøya", decided=3)
    places(session, here, decided=3, extra=1)

    hold(session, here, 4)
    with pytest.raises(NoneFree) as refusal:
        hold(session, here, 1)

    assert refusal.value.facts == {"municipality": "Frøya", "year": 2020, "persons": 1, "free": 0}
    assert figures(session, here).held == 4


def test_where_nothing_is_registered_nothing_is_held_and_a_no_has_none_free(
    session: Session,
) -> None:
    silent, refuses = a_municipality(session), a_municipality(session, decided=0)
    commands.open_account(session, municipality_id=silent, year=2020, pool=ORDINARY)

    with pytest.raises(NotRegistered):
        hold(session, silent, 1)
    with pytest.raises(NoneFree):
        hold(session, refuses, 1)
    with pytest.raises(NotRegistered):
        hold(session, 4711, 1)


def test_what_is_given_back_is_free_at_once(session: Session) -> None:
    here = a_municipality(session, decided=3)
    taken = hold(session, here, 3)

    commands.release(session, taken, 2, cause=CAUSE)

    hold(session, here, 2)
    assert entries(session, taken)[-2:] == [("release", -2, 0, 0, 2), ("hold", 2, 0, 0, 0)]


def test_a_fact_is_recorded_whatever_the_ceiling_and_the_overrun_shows_it(
    session: Session,
) -> None:
    here = a_municipality(session, decided=2)
    taken = hold(session, here, 2)

    commands.record(session, taken, EntryKind.JOIN, held=1, cause=CAUSE)
    assert account(session, taken).overrun == 1
    commands.record(session, taken, EntryKind.SETTLE, held=-3, settled=3, cause=CAUSE)
    assert account(session, taken).overrun == 1
    with pytest.raises(NoneFree):
        hold(session, here, 1)
    commands.record(session, taken, EntryKind.UNSETTLE, settled=-2, cause=CAUSE)

    assert account(session, taken).overrun == 0
    assert figures(session, here).free == 1


def test_a_hold_never_hides_in_an_overrun(session: Session) -> None:
    here = a_municipality(session, decided=5)
    taken = hold(session, here, 5)
    register(session, here, decided_places=3)
    assert account(session, taken).overrun == 2

    commands.release(session, taken, 1, cause=CAUSE)
    assert account(session, taken).overrun == 1
    with pytest.raises(NoneFree):
        hold(session, here, 1)

    commands.release(session, taken, 2, cause=CAUSE)
    hold(session, here, 1)
    with pytest.raises(NoneFree):
        hold(session, here, 1)


def test_a_hold_written_around_the_command_is_refused_by_the_table(session: Session) -> None:
    here = a_municipality(session, decided=2)
    taken = hold(session, here, 2)

    with pytest.raises(IntegrityError, match="ck_place_accounts_ceiling"), session.begin_nested():
        session.execute(
            update(PlaceAccount).where(PlaceAccount.id == taken).values(held=PlaceAccount.held + 1)
        )
    with pytest.raises(IntegrityError, match="counts_never_negative"), session.begin_nested():
        commands.release(session, taken, 3, cause=CAUSE)


def test_a_plan_moves_to_another_year_in_paired_lines(session: Session) -> None:
    here = a_municipality(session, decided=3)
    places(session, here, decided=2, year=2021)
    this_year = hold(session, here, 2)

    next_year = commands.move_hold(
        session, this_year, 2, municipality_id=here, year=2021, pool=ORDINARY, cause=CAUSE
    )

    assert entries(session, this_year)[-1] == ("move_out", -2, 0, 0, 3)
    assert entries(session, next_year)[-1] == ("move_in", 2, 0, 0, 0)


@pytest.mark.parametrize("decided", [None, 0, 1])
def test_a_plan_stays_where_the_other_year_has_no_room(
    session: Session, decided: int | None
) -> None:
    here = a_municipality(session, decided=3)
    if decided is not None:
        places(session, here, decided=decided, year=2021)
    this_year = hold(session, here, 2)

    with pytest.raises(YearFull) as refusal:
        commands.move_hold(
            session, this_year, 2, municipality_id=here, year=2021, pool=ORDINARY, cause=CAUSE
        )

    assert (refusal.value.facts["year"], refusal.value.facts["free"]) == (2021, decided or 0)
    assert figures(session, here).held == 2


def test_every_change_of_an_account_moves_its_version(session: Session) -> None:
    here = a_municipality(session, decided=3)
    taken = hold(session, here, 1)
    versions = [account(session, taken).version]

    commands.release(session, taken, 1, cause=CAUSE)
    versions.append(account(session, taken).version)
    register(session, here, decided_places=4)
    versions.append(account(session, taken).version)

    assert versions == sorted(set(versions))


def test_the_ledger_is_written_once_and_not_even_its_owner_rewrites_it(
    committed: Database,
) -> None:
    with committed.sessions.begin() as session:
        hold(session, a_municipality(session, decided=3), 2)
    owner = create_engine(committed.owner_url)

    for login, why in ((committed.engine, "permission denied"), (owner, "append-only")):
        for statement in (
            "UPDATE place_entries SET held_change = 0",
            "DELETE FROM place_entries",
            "TRUNCATE place_entries",
        ):
            with pytest.raises(DBAPIError, match=why), login.begin() as connection:
                connection.execute(text(statement))
    owner.dispose()

    with committed.sessions() as session:
        assert session.scalars(select(PlaceEntry.held_change).order_by(PlaceEntry.id)).all() == [
            0,
            2,
        ]


def test_an_account_is_one_to_a_municipality_year_and_pool(session: Session) -> None:
    here = a_municipality(session)
    opened = {
        commands.open_account(session, municipality_id=here, year=2020, pool=ORDINARY)
        for _ in range(2)
    }

    assert len(opened) == 1
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            insert(PlaceAccount), {"municipality_id": here, "year": 2020, "pool": ORDINARY}
        )
