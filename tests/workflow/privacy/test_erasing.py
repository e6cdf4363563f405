"""Erasure: nothing of a person is left in any column of any table, and every sum stands."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary, Text, cast, func, select, text, update
from sqlalchemy.exc import DBAPIError

import app.models  # noqa: F401  every table is looked through
import notifications.models  # noqa: F401
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    booked,
    lead,
    officer,
    writer,
)
from tests.workflow.privacy.marks import (
    DUF,
    MARKER,
    mark_what_is_written_once,
    mark_what_may_change,
)
from workflow.capacity import queries as capacity
from workflow.cases import folders
from workflow.cases.models import Case, Person
from workflow.kernel.actor import SYSTEM
from workflow.kernel.db import Base
from workflow.kernel.errors import NotAllowed, ReasonMissing
from workflow.privacy import erasing, export
from workflow.privacy.errors import ErasureStale
from workflow.privacy.models import Erasure
from workflow.privacy.register import PERSONAL, Erased
from workflow.privacy.states import ErasureState
from workflow.redistribution import commands as redistribution

LATER = NOW + timedelta(days=31 * 73)


def test_a_case_is_proposed_when_its_time_is_over_and_once(session):
    case_id = lapsed(session)

    early = erasing.propose(session, at=NOW + timedelta(days=200))
    first = erasing.propose(session, at=LATER)
    again = erasing.propose(session, at=LATER)

    assert (early, first, again) == (0, 1, 0)
    (proposal,) = erasing.proposals(session, actor=lead())
    assert (proposal.case_id, proposal.rule) == (case_id, "lapsed")


def test_nobody_but_the_lead_and_the_administrator_reads_or_answers_proposals(session):
    with pytest.raises(NotAllowed):
        erasing.proposals(session, actor=officer())


def test_other_proposals_than_were_shown_are_not_approved(session):
    lapsed(session)
    erasing.propose(session, at=LATER)
    shown = erasing.proposals(session, actor=lead())
    lapsed(session)
    erasing.propose(session, at=LATER)

    with pytest.raises(ErasureStale):
        erasing.approve(session, [shown[0].id], erasing.token_of(shown), actor=lead(), at=LATER)


def test_what_is_kept_has_a_reason_and_comes_again_in_a_year(session):
    lapsed(session)
    erasing.propose(session, at=LATER)
    (shown,) = erasing.proposals(session, actor=lead())

    with pytest.raises(ReasonMissing):
        erasing.keep(session, shown.id, reason=None, actor=lead(), at=LATER)
    erasing.keep(session, shown.id, reason="Innsynssak pågår", actor=lead(), at=LATER)

    assert erasing.propose(session, at=LATER + timedelta(days=300)) == 0
    assert erasing.propose(session, at=LATER + timedelta(days=400)) == 1


def test_an_approved_case_that_has_moved_since_is_not_erased(session):
    case_id = lapsed(session)
    approve_all(session)
    session.execute(update(Case).where(Case.id == case_id).values(version=Case.version + 1))

    erasing.erase_next(session, at=LATER)

    assert session.get_one(Case, case_id).erased_at is None
    assert session.scalars(select(Erasure.state)).all() == [ErasureState.KEPT]


def test_what_nobody_approved_the_database_refuses_to_erase(session):
    case_id = lapsed(session)

    with pytest.raises(DBAPIError, match="nobody has approved"):
        erasing.erase_case(session, case_id, at=LATER)


def test_history_can_be_changed_in_no_other_way(session):
    case_id = lapsed(session)

    session.execute(text("SELECT set_config('bosetting.erasing', 'case_steps', true)"))
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(
            text("UPDATE case_steps SET reason = NULL WHERE case_id = :case"), {"case": case_id}
        )


def test_nothing_of_a_person_is_left_in_any_column_of_any_table(seeded):
    session, case_id = seeded
    before = where_it_stands(session)
    approve_all(session)

    assert erasing.erase_next(session, at=LATER) == case_id

    wanted = {
        (kept.table, column)
        for kept in PERSONAL
        for column, how in kept.columns.items()
        if how is not Erased.DECADE
    }
    assert {place for place in before if place in wanted} == wanted - NOT_MARKED
    assert where_it_stands(session) == set()


def test_an_erased_case_keeps_its_line_its_numbers_and_its_history(seeded):
    session, case_id = seeded
    case = session.get_one(Case, case_id)
    places = capacity.one(session, case.municipality_id, 2020, actor=SYSTEM)
    steps = session.scalar(
        text("SELECT count(*) FROM case_steps WHERE case_id = :case"), {"case": case_id}
    )
    kept = (case.case_number, case.state, case.persons_count, case.settlement_week)
    approve_all(session)

    erasing.erase_next(session, at=LATER)

    session.expire_all()
    case = session.get_one(Case, case_id)
    assert (case.case_number, case.state, case.persons_count, case.settlement_week) == kept
    assert case.erased_at == LATER
    assert capacity.one(session, case.municipality_id, 2020, actor=SYSTEM) == places
    after = session.scalar(
        text("SELECT count(*) FROM case_steps WHERE case_id = :case"), {"case": case_id}
    )
    assert after == steps + 1
    assert set(session.scalars(select(Person.birth_year).where(Person.case_id == case_id))) == {
        1980
    }


def test_erased_twice_is_as_once(seeded):
    session, case_id = seeded
    approve_all(session)
    erasing.erase_case(session, case_id, at=LATER)

    erasing.erase_case(session, case_id, at=LATER)

    assert where_it_stands(session) == set()


def test_the_export_of_a_person_has_every_personal_column(seeded):
    session, case_id = seeded
    person_id = session.scalars(
        select(Person.id).where(Person.case_id == case_id).order_by(Person.position)
    ).first()

    told = export.of_person(session, person_id, actor=lead(), at=LATER)

    assert set(told["tables"]) == {kept.table for kept in PERSONAL}
    for kept in PERSONAL:
        rows = told["tables"][kept.table]["rows"]
        columns = {column.name for column in Base.metadata.tables[kept.table].columns}
        for row in rows:
            assert set(row) == columns
        for column, how in kept.columns.items():
            if (kept.table, column) in NOT_MARKED or how is Erased.DECADE:
                continue
            told_in = [str(row[column]) for row in rows]
            assert any(MARKER in one or DUF in one for one in told_in), (kept.table, column)
    (person,) = told["tables"]["persons"]["rows"]
    assert person["birth_year"] == 1985
    assert told["tables"]["folder_openings"]["rows"][-1]["purpose"] == "access_request"


def test_what_is_kept_about_a_person_is_handed_out_by_imdi_only(seeded):
    session, case_id = seeded
    person_id = session.scalars(select(Person.id).where(Person.case_id == case_id)).first()
    here = session.get_one(Case, case_id).municipality_id

    with pytest.raises(NotAllowed):
        export.of_person(session, person_id, actor=writer(here), at=LATER)


#: Personal columns that a marker cannot be written into: lists of codes, and codes.
NOT_MARKED = {("cases", "needs"), ("case_links", "kind"), ("case_links", "reach")}


def lapsed(session) -> UUID:
    case_id = a_case(session)
    redistribution.lapse(session, case_id, reason="Kom ikke", actor=officer(), at=NOW)
    return case_id


def approve_all(session) -> None:
    erasing.propose(session, at=LATER)
    shown = erasing.proposals(session, actor=lead())
    ids = [one.id for one in shown]
    assert ids
    erasing.approve(session, ids, erasing.token_of(shown), actor=lead(), at=LATER)


def where_it_stands(session) -> set[tuple[str, str]]:
    """Every column of the whole database in which the marker is found."""
    found = set()
    for table in Base.metadata.sorted_tables:
        columns = [
            func.coalesce(
                func.bool_or(_as_text(column).contains(MARKER) | _as_text(column).contains(DUF)),
                False,
            ).label(column.name)
            for column in table.columns
        ]
        row = session.execute(select(*columns)).one()
        found |= {(table.name, name) for name, is_there in row._mapping.items() if is_there}
    return found


def _as_text(column):
    if isinstance(column.type, LargeBinary):
        return func.encode(column, "escape")
    return cast(column, Text)


@pytest.fixture
def seeded(session):
    """A case that was booked, opened and settled, with a marker in all that is personal."""
    here = a_municipality(session, decided=30)
    case_id = a_case(session, persons=2)
    a_vacancy(session, here)
    booked(session, case_id, here)
    folders.open_folder(session, case_id, actor=officer(), at=NOW)
    session.execute(text("UPDATE cases SET state = 'settled' WHERE id = :case"), {"case": case_id})
    mark_what_may_change(session, case_id)
    mark_what_is_written_once(session, case_id)
    session.flush()
    return session, case_id
