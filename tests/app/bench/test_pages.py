"""`bosetting bench pages`, small."""

import re

import pytest

from app.bench import many_cases, seeding
from app.bench.database import connect
from app.bench.pages import PAGES, bench_pages
from app.bench.seeding import Scene
from tests.factories import NOW
from tests.workflow.books import faults

#: Some page of each role.
OF_EACH_ROLE = [*{page.role: page for page in reversed(PAGES)}.values()]

INDEXES_AND_CONSTRAINTS = """
    SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
"""


@pytest.mark.trial
@pytest.mark.parametrize("pages", [OF_EACH_ROLE, pytest.param(PAGES, marks=pytest.mark.soak)])
def test_a_line_for_each_page_gives_both_times_and_the_ratio(an_own_database, capsys, pages):
    bench_pages(an_own_database, sizes=(100, 300), rounds=1, pages=pages)

    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading == "pages: with 100 and 300 cases, beside an empty page"
    assert len(lines) == len(pages)
    for page, line in zip(pages, lines, strict=True):
        reach = r" \(reach 1\.5\)" if page.promised else ""
        assert re.fullmatch(
            rf"  {page.name}: \d+\.\d and \d+\.\d ms, ratio \d+\.\d\d{reach}; "
            r"\d+\.\d × the empty page",
            line,
        )


@pytest.mark.trial
def test_a_register_of_very_many_has_all_states_and_books_that_agree(an_own_database):
    with an_own_database() as database:
        with connect(database.owner) as connection:
            before = set(connection.execute(INDEXES_AND_CONSTRAINTS).fetchall())
            seeding.municipalities(connection, Scene(NOW), places=1_000)
            many_cases.fill(connection, Scene(NOW), cases=200)
            after = set(connection.execute(INDEXES_AND_CONSTRAINTS).fetchall())
            states = set(connection.execute("SELECT DISTINCT state FROM cases").fetchall())
        with database.sessions(1) as sessions, sessions() as session:
            found = faults(session)

    assert states == {(state,) for state, _ in many_cases.STATES}
    assert after == before
    # No page of the bench reads the audit, whose chains would take longer to make than all else.
    assert set(found) == {"each step of a case has its entry in the audit, of the same version"}
