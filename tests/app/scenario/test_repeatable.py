"""The same seed gives the same cases; a load that ends in the middle has left nothing."""

import hashlib

import pytest
from sqlalchemy import func, select, update

from app.db import transaction
from app.errors import CannotStart
from app.models import User
from app.scenario.cases import march_2020
from app.scenario.figures import DEFAULT_SEED, generate
from app.scenario.load import load
from tests.app.scenario.part import cut
from workflow.cases.models import Case
from workflow.municipalities.commands import ensure_shipped_register
from workflow.municipalities.models import Municipality


def digest(session) -> str:
    """Of every case's number, municipality, state and size."""
    cases = session.execute(
        select(Case.case_number, Municipality.number, Case.state, Case.persons_count)
        .outerjoin(Municipality, Municipality.id == Case.municipality_id)
        .order_by(Case.case_number)
    )
    return hashlib.sha256("\n".join(str(tuple(row)) for row in cases).encode()).hexdigest()


def loaded_digest(databases, plan) -> str:
    with databases.fresh(connections=1) as database:
        with transaction(database.sessions) as session:
            load(session, plan, figures="generated")
        with database.sessions() as session:
            return digest(session)


@pytest.mark.trial
def test_the_same_seed_gives_the_same_cases_and_another_one_others(databases, plan, register):
    another = march_2020(7, register, generate(register, 7))
    again = march_2020(DEFAULT_SEED, register, generate(register, DEFAULT_SEED))

    first = loaded_digest(databases, cut(plan))

    assert loaded_digest(databases, cut(again)) == first
    assert loaded_digest(databases, cut(another)) != first


def test_a_load_that_ends_in_the_middle_leaves_nothing(committed, plan):
    def end_in_the_middle(happenings):
        yield from happenings[: len(happenings) // 2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), transaction(committed.sessions) as session:
        load(session, cut(plan), figures="generated", watch=end_in_the_middle)

    with committed.sessions() as session:
        for table in (Case, User, Municipality):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_the_register_of_another_year_is_refused(session, plan, register):
    ensure_shipped_register(session, plan.starts_at)
    session.execute(update(Municipality).where(Municipality.number == "0301").values(number="0399"))

    with pytest.raises(CannotStart, match="0301"):
        load(session, cut(plan), figures="generated")
