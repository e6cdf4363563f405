"""Our own statistics in the form of IMDi's file."""

from io import BytesIO

import pytest

from tests.factories import NOW, a_municipality, places
from workflow.capacity.imports import store_statistics
from workflow.capacity.publication import publication
from workflow.capacity.queries import years
from workflow.capacity.states import Pool
from workflow.capacity.statistics import (
    COLUMNS,
    Figure,
    Mark,
    MunicipalityYear,
    by_municipality_year,
    read_statistics,
)
from workflow.kernel.actor import SYSTEM


def figures(session, year=2020):
    """What the lines say, by municipality number and figure."""
    found = publication(session, year, actor=SYSTEM)
    return {(number, figure): count for _, _, number, _, figure, count in found}


def store(session, *figures):
    store_statistics(session, figures, actor=SYSTEM, at=NOW)


@pytest.fixture
def stored(session):
    for number, name in (("1804", "Bodø"), ("1806", "Narvik"), ("1813", "Brønnøy")):
        a_municipality(session, number=number, name=name, county="Nordland")
    store(
        session,
        MunicipalityYear(2020, "1804", 74, 48, 74, 41),
        MunicipalityYear(2020, "1806", 30, 20, 30, 11),
        MunicipalityYear(2020, "1813", 10, 10, 10, 3),
    )


def test_a_line_has_the_columns_of_the_file(session, stored):
    first = publication(session, 2020, actor=SYSTEM)[0]

    assert len(first) == len(COLUMNS)
    assert first == ("Personer", "2020", "1804", "Bodø", "Opprinnelig anmodning", "74")


def test_a_small_number_is_hidden_and_the_next_smallest_with_it(session, stored):
    found = figures(session)

    assert [found[number, Figure.SETTLED] for number in ("1804", "1806", "1813")] == [
        "41",
        ":",
        ":",
    ]
    assert found["1813", Figure.DECIDED_PLACES] == "10"


def test_the_request_is_the_one_that_stands(session, stored):
    found = figures(session)

    assert found["1804", Figure.ORIGINAL_REQUEST] == "74"
    assert found["1804", Figure.REQUEST] == "48"


def test_a_year_without_an_adjustment_has_one_request(session):
    own = a_municipality(session, number="1804")
    places(session, own, decided=20, original_request=25)

    found = figures(session)

    assert found["1804", Figure.REQUEST] == "25"
    assert ("1804", Figure.ORIGINAL_REQUEST) not in found


def test_minors_are_counted_with_the_others(session):
    own = a_municipality(session, number="1804")
    places(session, own, decided=20)
    places(session, own, decided=6, pool=Pool.MINORS)

    assert figures(session)["1804", Figure.DECIDED_PLACES] == "26"


def test_where_nothing_is_registered_it_says_none(session, stored):
    a_municipality(session, number="1811")

    found = {count for (number, _), count in figures(session).items() if number == "1811"}

    assert found == {"."}


def test_a_no_is_a_small_number_and_not_none(session, stored):
    no = a_municipality(session, number="1811", county="Nordland")
    places(session, no, decided=0)

    assert figures(session)["1811", Figure.DECIDED_PLACES] == ":"


def test_what_is_published_reads_back_and_changes_nothing(session, stored):
    before = years(session, 2020, actor=SYSTEM)
    table = [COLUMNS, *publication(session, 2020, actor=SYSTEM)]
    file = BytesIO("".join(f"{';'.join(line)}\n" for line in table).encode())

    read = read_statistics(file, lambda number, year: True)
    store(session, *by_municipality_year(read.rows))

    assert read.rejected == []
    assert any(row.count is Mark.HIDDEN for row in read.rows)
    assert years(session, 2020, actor=SYSTEM) == before
