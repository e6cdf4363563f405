"""Keys and statistics that do not hold are refused with where and what was expected."""

import io

import pytest

from workflow.keys import parameters, statistics
from workflow.keys.errors import KeyIsWrong
from workflow.keys.targets import compute

HEAD = """
name = "k"
title = "K"
valid_from = 2022-01-01
source = "test"
"""
PEOPLE = '{ name = "people", weight = 1, value = "people" }'
HALF = '{ name = "people", weight = 0.5, value = "people" }'


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("criteria = []", "criteria: Tuple should have at least 1 item"),
        (f"criteria = [{HALF}]", "the weights of the criteria sum to 1/2, expected 1"),
        (f"criteria = [{HALF}, {HALF}]", "people: a name is used once"),
        ('criteria = [{ name = "a", weight = "1/0", value = "p" }]', "criteria.0.weight: expected"),
        (
            'criteria = [{ name = "a", weight = 1e999999, value = "p" }]',
            "criteria.0.weight: expected",
        ),
        ('criteria = [{ name = "a", weight = inf, value = "p" }]', "criteria.0.weight: expected"),
        ('criteria = [{ name = "a", weight = true, value = "p" }]', "criteria.0.weight: expected"),
        (
            'criteria = [{ name = "a", weight = 1, value = "p", index = "w" }]',
            'criteria.0: "index" belongs to kind = "modulated" and to no other',
        ),
        (
            'criteria = [{ name = "a", weight = 1, value = "p", kind = "relief" }]',
            'criteria.0: "base" belongs to kind = "relief" and to no other',
        ),
        (
            'criteria = [{ name = "a", weight = 1, value = "p", cap = { times = 1, of = ["b"] } }]',
            "the cap of a is of b, expected criteria without a cap",
        ),
        (f'criteria = [{PEOPLE}]\nresidual = {{ by = ["x"] }}', "the residual goes by x"),
        (f"criteria = [{PEOPLE}]\nwieght = 1", "wieght: Extra inputs are not permitted"),
        (f'criteria = [{PEOPLE}]\nrounding = {{ method = "best" }}', "rounding.method: Input"),
        (
            f"criteria = [{PEOPLE}]\ncounty_targets = {{ X = 3 }}",
            "county_targets belong to rounding",
        ),
        ("criteria = [", "no TOML"),
    ],
)
def test_parameters_say_what_is_wrong_and_where(body, problem):
    with pytest.raises(KeyIsWrong) as refused:
        parameters.parse(HEAD + body)

    assert any(said.startswith(problem) for said in refused.value.problems), refused.value.problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "1: an empty file, expected code,people [name] [county]"),
        (b"code,persons\n1,2\n", "1: not the header, expected code,people,persons [name] [county]"),
        (b"code,people\n", "2: no rows, expected one for each municipality"),
        (b"code,people\n1,\n", "2: people: empty, which is not 0, expected a number"),
        (b"code,people\n1,many\n", '2: people: "many", expected a number'),
        (b'code,people\n1,"1,5"\n', '2: people: "1,5", expected a number'),
        (b"code,people\n1,1e5\n", '2: people: "1e5", expected a number'),
        (b"code,people\n,5\n", "2: code: empty, expected a code"),
        (b"code,people\n1,5\n1,6\n", '3: code: "1" a second time, expected line 2 only'),
        (b"code,people\n1,5\n2\n", "3: 1 fields, expected 2 fields"),
        (b"code,people\n1,5\x00\n", "2: a zero byte, expected text"),
    ],
)
def test_rows_say_what_is_wrong_and_where(text, problem):
    table, rejected = statistics.read(io.BytesIO(text), ["people"])

    assert table is None
    assert str(rejected[0]).startswith(problem)


def test_a_file_from_a_nordic_spreadsheet_is_read_as_it_is():
    text = "\ufeffcode;name;people;other\n1;Malmö;1,5;x\n2;Ystad;2;\n".encode()

    table, rejected = statistics.read(io.BytesIO(text), ["people"])

    assert rejected == []
    assert (table.names, [str(table.columns["people"][i]) for i in (0, 1)]) == (
        ["Malmö", "Ystad"],
        ["3/2", "2"],
    )


@pytest.mark.parametrize(
    ("more", "text", "problem"),
    [
        ("", "code,people\n1,0\n", "people: every row is 0, so nobody has a share"),
        ("", "code,people\n1,-1\n2,5\n", "people: 1 rows are below 0, expected at least 0"),
        ('zero_targets = ["9"]', "code,people\n1,5\n", "zero_targets: no row has the code 9"),
        ('zero_targets = ["1"]', "code,people\n1,5\n", "zero_targets: every row is 0"),
        ("bounds = { most = 3 }", "code,people\n1,5\n2,5\n", "the total: room for 6"),
        ("bounds = { least_share = 0.6 }", "code,people\n1,5\n2,5\n", "bounds: 2 shares between"),
        (
            "rounding = { by_county = true }\ncounty_targets = { A = 10 }",
            "code,county,people\n1,A,5\n2,B,5\n",
            "county_targets: B: expected every county, and no other",
        ),
        (
            "rounding = { by_county = true }\ncounty_targets = { A = 9 }",
            "code,county,people\n1,A,5\n",
            "county_targets: they sum to 9, the total is 10",
        ),
    ],
)
def test_what_the_statistics_do_not_carry_is_said(more, text, problem):
    key = parameters.parse(f"{HEAD}criteria = [{PEOPLE}]\n{more}")
    table, _ = statistics.read(io.BytesIO(text.encode()), key.columns)

    with pytest.raises(KeyIsWrong) as refused:
        compute(key, table, 10)

    assert refused.value.problems[0].startswith(problem)
