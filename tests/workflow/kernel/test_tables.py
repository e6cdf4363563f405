"""Delimited files from outside."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.kernel.tables import LONGEST_LINE, RejectedRow, Row, encoding_of, read_table

HEADER = "navn;år"


def read(content: bytes, columns=("navn", "år"), optional=()):
    return list(read_table(BytesIO(content), delimiter=";", columns=columns, optional=optional))


def rows(*lines: str, ending="\n", encoding="utf-8") -> bytes:
    return "".join(f"{line}{ending}" for line in (HEADER, *lines)).encode(encoding)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "iso-8859-1"])
def test_encoding_and_line_ends_are_told_from_the_content(encoding, ending):
    found = read(rows("Bodø;2020", "Ås;2019", encoding=encoding, ending=ending))

    assert [row.fields for row in found] == [
        {"navn": "Bodø", "år": "2020"},
        {"navn": "Ås", "år": "2019"},
    ]
    assert [row.line for row in found] == [2, 3]


def test_a_letter_cut_between_two_reads_is_still_utf_8():
    content = b"a" * ((1 << 16) - 1) + "ø".encode()

    assert encoding_of(BytesIO(content)) == "utf-8"


def test_half_a_letter_at_the_end_is_not_utf_8():
    assert encoding_of(BytesIO("Bodø".encode()[:-1])) == "iso-8859-1"


def test_the_file_is_rewound_after_its_encoding_is_known():
    file = BytesIO(rows("Bodø;2020"))

    encoding_of(file)

    assert file.tell() == 0


def test_a_zero_byte_is_no_text():
    found = read(rows("Bo\0dø;2020", "Ås;2019"))

    assert str(found[0]) == "2: a zero byte, expected text"
    assert found[1].fields == {"navn": "Ås", "år": "2019"}


def test_a_column_may_be_optional_and_is_then_empty():
    without = read(rows("Bodø;2020"), optional=("fylke",))
    having = read("navn;fylke;år\nBodø;Nordland;2020\n".encode(), optional=("fylke",))

    assert [row.fields for row in without] == [{"navn": "Bodø", "år": "2020", "fylke": ""}]
    assert [row.fields for row in having] == [{"navn": "Bodø", "år": "2020", "fylke": "Nordland"}]


def test_the_refusal_of_a_header_names_the_optional_columns_too():
    (refused,) = read("navn;år;kjønn\n".encode(), optional=("fylke",))

    assert refused.expected == "navn;år [fylke]"


def test_columns_may_stand_in_another_order():
    found = read("år;navn\n2020;Bodø\n".encode())

    assert found == [Row(2, {"år": "2020", "navn": "Bodø"})]


@pytest.mark.parametrize(
    "header",
    ["navn", "navn;år;år", "navn;navn", "navn;år;kjønn", "navn,år", "Navn;År", "", '"navn;år'],
)
def test_another_header_stops_the_reading_with_what_was_expected(header):
    found = read(f"{header}\nBodø;2020\n".encode())

    assert found == [RejectedRow(1, "", "not the header", "navn;år")]


def test_an_empty_file_says_so():
    assert read(b"") == [RejectedRow(1, "", "an empty file", "navn;år")]


def test_utf_16_is_refused_and_not_read_as_something_else():
    assert [row.problem for row in read(rows("Bodø;2020", encoding="utf-16"))] == ["UTF-16 text"]


def test_blank_lines_are_passed_over_and_still_counted_as_lines():
    found = read(rows("", "Bodø;2020", "   ", "Ås;2019"))

    assert [row.line for row in found] == [3, 5]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Bodø", "1 fields"),
        ("Bodø;2020;", "3 fields"),
        ('"Bodø;2020', "no whole fields"),
        ('"Bodø"x;2020', "no whole fields"),
    ],
)
def test_a_line_of_another_shape_is_rejected_alone(line, problem):
    found = read(rows(line, "Ås;2019"))

    assert isinstance(found[0], RejectedRow)
    assert (found[0].line, found[0].problem) == (2, problem)
    assert found[1:] == [Row(3, {"navn": "Ås", "år": "2019"})]


def test_a_quoted_field_may_hold_the_delimiter():
    assert read(rows('"Bodø; Salten";2020')) == [Row(2, {"navn": "Bodø; Salten", "år": "2020"})]


def test_a_line_without_end_is_rejected_and_the_next_one_read():
    found = read(rows("x" * (3 * LONGEST_LINE + 7), "Ås;2019"))

    assert [row.line for row in found] == [2, 3]
    assert isinstance(found[0], RejectedRow)
    assert found[1] == Row(3, {"navn": "Ås", "år": "2019"})


def test_a_rejected_row_reads_as_a_sentence():
    rejected = RejectedRow(7, "Antall", "'x'", "whole persons")

    assert str(rejected) == "7: Antall: 'x', expected whole persons"
    assert str(RejectedRow(7, "", "1 fields", "2 fields")) == "7: 1 fields, expected 2 fields"


@given(st.binary(max_size=300))
def test_no_content_breaks_the_reading(content):
    for found in read(content):
        assert isinstance(found, Row | RejectedRow)


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line), max_size=8))
def test_every_line_that_is_not_blank_comes_back_once(lines):
    content = b"\n".join([HEADER.encode("iso-8859-1"), *lines])

    found = [row.line for row in read(content)]

    decoded = "iso-8859-1" if encoding_of(BytesIO(content)) == "iso-8859-1" else "utf-8"
    filled = [n for n, line in enumerate(lines, start=2) if line.decode(decoded).strip()]
    assert found == filled
