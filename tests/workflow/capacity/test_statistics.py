"""IMDi's published statistics."""

from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.capacity.statistics import (
    COLUMNS,
    Figure,
    Mark,
    MunicipalityYear,
    StatisticsRow,
    by_municipality_year,
    read_statistics,
    written,
)
from workflow.municipalities.register import shipped_register

SAMPLE = Path(__file__).parents[4] / "shared" / "data" / "imdi_bosatt_anmodede_2019_2020.csv"
OSLO = "Personer;2020;0301;Oslo;Vedtak om bosetting;137"


def everyone(number: str, year: int) -> bool:
    return True


def read(*lines: str, known=everyone, encoding="iso-8859-1", ending="\n"):
    content = "".join(f"{line}{ending}" for line in (";".join(COLUMNS), *lines))
    return read_statistics(BytesIO(content.encode(encoding)), known)


@pytest.fixture(scope="module")
def sample():
    if not SAMPLE.exists():
        pytest.skip(f"{SAMPLE} is not on this machine")
    numbers = {row.number for row in shipped_register()}
    with SAMPLE.open("rb") as file:
        return read_statistics(file, lambda number, year: year == 2019 or number in numbers)


def total(rows: list[StatisticsRow], year: int, figure: Figure) -> int:
    return sum(
        row.count
        for row in rows
        if row.year == year and row.figure == figure and isinstance(row.count, int)
    )


def test_the_published_totals_of_2020_come_out(sample):
    assert total(sample.rows, 2020, Figure.ORIGINAL_REQUEST) == 5_120
    assert total(sample.rows, 2020, Figure.REQUEST) == 3_602
    assert total(sample.rows, 2020, Figure.DECIDED_PLACES) == 4_838
    assert total(sample.rows, 2020, Figure.SETTLED) == 2_759
    assert total(sample.rows, 2019, Figure.REQUEST) == 5_350
    assert total(sample.rows, 2019, Figure.DECIDED_PLACES) == 5_259
    assert total(sample.rows, 2019, Figure.SETTLED) == 4_782


def test_the_sample_is_used_to_the_last_line(sample):
    assert sample.rejected == []
    assert sample.repeated == 0
    assert sample.per_cent == len(sample.rows) == 2_723


def test_211_municipalities_were_asked_in_2020_and_12_of_their_decisions_are_hidden(sample):
    years = [one for one in by_municipality_year(sample.rows) if one.year == 2020]

    asked = [one for one in years if isinstance(one.original_request, int)]
    assert len(years) == 356
    assert len(asked) == 211
    assert sum(one.decided_places is Mark.HIDDEN for one in asked) == 12
    assert sum(one.settled is Mark.HIDDEN for one in asked) == 22
    assert all(isinstance(one.adjusted_request, int) for one in asked)


def test_a_year_without_adjustment_has_one_request(sample):
    years = [one for one in by_municipality_year(sample.rows) if one.year == 2019]

    assert all(one.adjusted_request is None for one in years)
    assert sum(isinstance(one.original_request, int) for one in years) == 235


def test_numbers_that_no_longer_exist_are_rejected_by_name():
    numbers = {row.number for row in shipped_register()}

    found = read(
        "Personer;2019;0101;;Anmodning om bosetting;12",
        OSLO,
        known=lambda number, year: number in numbers,
    )

    assert [row.municipality_number for row in found.rows] == ["0301"]
    assert [(one.line, one.column) for one in found.rejected] == [(2, "Kommunenummer")]
    assert "0101" in found.rejected[0].problem
    assert "2019" in found.rejected[0].problem


def test_the_register_is_asked_with_the_year():
    asked = []

    read(OSLO, known=lambda number, year: bool(asked.append((number, year))))

    assert asked == [("0301", 2020)]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_it_is_read_however_it_was_saved(encoding, ending):
    found = read(
        "Personer;2020;3018;Våler (Østf.);Faktisk bosetting;9", encoding=encoding, ending=ending
    )

    assert [(row.line, row.municipality_number, row.count) for row in found.rows] == [
        (2, "3018", 9)
    ]


@pytest.mark.parametrize(
    ("text", "count"), [("0", 0), ("137", 137), (":", Mark.HIDDEN), (".", Mark.NONE)]
)
def test_a_number_hidden_and_none_are_three_things(text, count):
    (row,) = read(f"Personer;2020;0301;Oslo;Vedtak om bosetting;{text}").rows

    assert row.count == count
    assert written(row.count) == text


@pytest.mark.parametrize(
    "text", ["", "-1", "12.5", "12,5", "1 234", "4*", "..", "١٢", "1e3", "9999999"]
)
def test_what_is_no_number_is_not_guessed(text):
    found = read(f"Personer;2020;0301;Oslo;Vedtak om bosetting;{text}", encoding="utf-8")

    assert found.rows == []
    assert [(one.line, one.column) for one in found.rejected] == [(2, "Antall")]
    assert "whole persons" in found.rejected[0].expected


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("Husstander;2020;0301;Oslo;Vedtak om bosetting;137", "Enhet"),
        (";2020;0301;Oslo;Vedtak om bosetting;137", "Enhet"),
        ("Personer;20;0301;Oslo;Vedtak om bosetting;137", "År"),
        ("Personer;1889;0301;Oslo;Vedtak om bosetting;137", "År"),
        ("Personer;2020;301;Oslo;Vedtak om bosetting;137", "Kommunenummer"),
        ("Personer;2020;;Hele landet;Vedtak om bosetting;137", "Kommunenummer"),
        ("Personer;2020;0301;Oslo;Avtalt bosetting;137", "Bosetting"),
        ("Personer;2020;0301;Oslo;vedtak om bosetting;137", "Bosetting"),
    ],
)
def test_an_unknown_word_is_rejected_with_the_words_there_are(line, column):
    found = read(line, OSLO)

    assert [row.count for row in found.rows] == [137]
    assert [(one.line, one.column) for one in found.rejected] == [(2, column)]
    assert found.rejected[0].expected


def test_rows_in_per_cent_are_counted_and_not_read():
    found = read("Prosent;2020;0301;Oslo;Vedtak om bosetting;65.24", OSLO)

    assert found.per_cent == 1
    assert [row.count for row in found.rows] == [137]


def test_a_row_said_again_counts_once():
    found = read(OSLO, OSLO, OSLO)

    assert [row.line for row in found.rows] == [2]
    assert found.repeated == 2
    assert found.rejected == []


@pytest.mark.parametrize("other", ["138", ":", ".", "0"])
def test_of_rows_that_contradict_each_other_none_is_used(other):
    found = read(OSLO, "Personer;2020;0301;Oslo;Faktisk bosetting;129", OSLO.replace("137", other))

    assert [row.figure for row in found.rows] == [Figure.SETTLED]
    assert [(one.line, one.column) for one in found.rejected] == [(2, "Antall"), (4, "Antall")]
    assert all("lines 2, 4" in one.problem for one in found.rejected)


def test_the_same_figure_of_another_year_is_no_contradiction():
    found = read(OSLO, OSLO.replace("2020", "2019").replace("137", "100"))

    assert [row.count for row in found.rows] == [137, 100]


def test_a_file_with_another_header_gives_nothing():
    found = read_statistics(BytesIO(b"Kommune;Antall\nOslo;137\n"), everyone)

    assert found.rows == []
    assert [one.line for one in found.rejected] == [1]
    assert found.rejected[0].expected == "Enhet;År;Kommunenummer;Kommune;Bosetting;Antall"


def test_rejected_rows_come_in_the_order_of_the_file():
    found = read(OSLO, "x;2020;0301;Oslo;Vedtak om bosetting;1", OSLO.replace("137", "1"), "x")

    assert [one.line for one in found.rejected] == [2, 3, 4, 5]


def test_a_figure_the_file_does_not_have_is_none_and_not_zero():
    (oslo,) = by_municipality_year(read(OSLO).rows)

    assert oslo == MunicipalityYear(2020, "0301", decided_places=137)


def test_an_adjusted_year_is_adjusted_for_all():
    rows = read(
        "Personer;2020;0301;Oslo;Opprinnelig anmodning;210",
        "Personer;2020;0301;Oslo;Anmodning om bosetting;138",
        "Personer;2020;1135;Sauda;Anmodning om bosetting;10",
    ).rows

    oslo, sauda = by_municipality_year(rows)

    assert (oslo.original_request, oslo.adjusted_request) == (210, 138)
    assert (sauda.original_request, sauda.adjusted_request) == (None, 10)


words = st.sampled_from
good_fields = st.tuples(
    words(["Personer", "Prosent", "Hest"]),
    words(["2019", "2020", "20x0"]),
    words(["0301", "1135", "301"]),
    words(["Oslo", "", "Våler (Østf.)"]),
    words([*Figure, "Ukjent"]),
    words(["0", "5", "17", ":", ".", "x"]),
)


@given(st.lists(good_fields, max_size=30))
def test_every_line_is_used_repeated_in_per_cent_or_rejected(lines):
    found = read(*(";".join(fields) for fields in lines))

    counted = len(found.rows) + found.repeated + found.per_cent + len(found.rejected)
    assert counted == len(lines)
    assert max(Counter(row.key for row in found.rows).values(), default=1) == 1


@given(st.lists(good_fields, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_change_what_is_said(lines, shuffler):
    shuffled = list(lines)
    shuffler.shuffle(shuffled)

    def said(order):
        found = read(*(";".join(fields) for fields in order))
        return {(row.key, row.count) for row in found.rows}

    assert said(lines) == said(shuffled)


@given(st.binary(max_size=400))
def test_no_content_breaks_the_reading(content):
    header = ";".join(COLUMNS).encode("iso-8859-1")

    found = read_statistics(BytesIO(header + b"\n" + content), everyone)

    assert all(one.problem and one.expected for one in found.rejected)


def test_none_of_a_number_nobody_had_is_no_error():
    found = read(
        "Personer;2020;0104;Moss (t.o.m. 2019);Vedtak om bosetting;.",
        "Personer;2020;0104;Moss (t.o.m. 2019);Faktisk bosetting;7",
        known=lambda number, year: False,
    )

    assert (found.nobodys, found.rows) == (1, [])
    (rejected,) = found.rejected
    assert str(rejected) == (
        "3: Kommunenummer: nobody in the register had number 0104 in 2020, "
        "expected a number of 2020"
    )


def test_one_year_alone_is_read_where_it_is_asked_for():
    content = "\n".join(
        [
            ";".join(COLUMNS),
            "Personer;2019;0301;Oslo;Vedtak om bosetting;250",
            OSLO,
            "Personer;20;0301;Oslo;Vedtak om bosetting;?",
        ]
    )

    found = read_statistics(BytesIO(content.encode()), everyone, year=2020)

    assert [row.year for row in found.rows] == [2020]
    assert (found.other_years, found.rejected) == (2, [])
