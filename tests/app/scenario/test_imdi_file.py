"""Places from IMDi's published file: what it says is taken, what it hides is not made up."""

from io import BytesIO

import pytest

from app.scenario.cases import march_2020
from app.scenario.figures import DEFAULT_SEED
from app.scenario.imdi_file import read_figures
from app.scenario.published import MINORS

ORIGINAL, FINAL, DECIDED, SETTLED = (
    "Opprinnelig anmodning",
    "Anmodning om bosetting",
    "Vedtak om bosetting",
    "Faktisk bosetting",
)


def a_file(*rows: tuple[str, str, str], year: int = 2020) -> BytesIO:
    """Rows of number, figure and count, as IMDi writes them."""
    lines = ["Enhet;År;Kommunenummer;Kommune;Bosetting;Antall"]
    lines += [
        f"Personer;{year};{number};Et sted;{figure};{count}" for number, figure, count in rows
    ]
    return BytesIO("\n".join(lines).encode("iso-8859-1"))


def read(file, register):
    return read_figures(file, register, DEFAULT_SEED)


def the_one(file, register):
    (figures,) = read(file, register).figures
    return figures


@pytest.fixture
def whole_file(figures):
    """The generated places, written as IMDi's file has them."""
    rows = []
    for one in figures:
        number, decided = one.municipality_number, one.decided_places
        rows += [
            (number, ORIGINAL, str(one.original_request)),
            (number, FINAL, str(one.adjusted_request)),
            (number, DECIDED, ":" if decided is None else str(decided)),
            (number, SETTLED, "7"),
        ]
    return a_file(*rows)


def test_requests_and_decisions_are_taken_and_a_scenario_plays_in_them(
    whole_file, figures, register
):
    taken = read(whole_file, register)

    assert taken.rejected == []
    assert [
        (one.municipality_number, one.original_request, one.adjusted_request, one.decided_places)
        for one in taken.figures
    ] == [
        (one.municipality_number, one.original_request, one.adjusted_request, one.decided_places)
        for one in figures
    ]
    assert sum(one.minors_request or 0 for one in taken.figures) == MINORS
    assert march_2020(DEFAULT_SEED, register, taken.figures).cases


def test_where_the_year_has_one_request_it_is_the_final_one_and_the_original_is_not_known(register):
    one = the_one(a_file(("0301", FINAL, "138"), ("0301", DECIDED, "137")), register)

    assert (one.original_request, one.adjusted_request, one.decided_places) == (None, 138, 137)


@pytest.mark.parametrize("hidden", [":", "."])
def test_a_decision_that_is_hidden_or_none_is_not_registered(hidden, register):
    file = a_file(("0301", ORIGINAL, "20"), ("0301", FINAL, "13"), ("0301", DECIDED, hidden))

    assert the_one(file, register).decided_places is None


def test_who_was_not_asked_is_not_in_the_scenario(register):
    file = a_file(("1135", ORIGINAL, ":"), ("1135", DECIDED, ":"), ("1135", SETTLED, "7"))

    assert read(file, register).figures == ()


def test_other_years_are_passed_over_and_a_number_nobody_has_is_told(register):
    assert read(a_file(("0301", FINAL, "250"), year=2019), register) == read(a_file(), register)

    rejected = read(a_file(("9999", FINAL, "12")), register).rejected

    assert [(row.line, row.column) for row in rejected] == [(2, "Kommunenummer")]
