"""`bosetting apportion`, as it is typed."""

import pytest
from typer.testing import CliRunner

from app.command_line import make_cli


@pytest.fixture
def typed(tmp_path):
    def run(content, method="adams", total=10):
        file = tmp_path / "weights.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        answer = CliRunner().invoke(
            make_cli(), ["apportion", "--method", method, "--total", str(total), str(file)]
        )
        return answer.exit_code, answer.stdout, answer.stderr.replace(str(file), "weights.csv")

    return run


COUNTIES = """name,weight
Stockholm,1795
Uppsala,276
Södermanland,136
Gotland,63
"""


def test_the_counts_come_in_the_order_of_the_file(typed):
    assert typed(COUNTIES, total=20) == (
        0,
        "name,count\nStockholm,14\nUppsala,3\nSödermanland,2\nGotland,1\n",
        "",
    )


@pytest.mark.parametrize(
    ("method", "counts"),
    [
        ("adams", [6, 3, 1]),
        ("jefferson", [8, 2, 0]),
        ("webster", [7, 3, 0]),
        ("hamilton", [7, 3, 0]),
        ("huntington-hill", [7, 2, 1]),
    ],
)
def test_every_method_has_its_own_answer(typed, method, counts):
    _, printed, _ = typed("name,weight\na,72\nb,25\nc,3\n", method=method)

    assert [int(line.split(",")[1]) for line in printed.splitlines()[1:]] == counts


def test_minimums_and_caps_bind_and_may_be_left_empty(typed):
    code, printed, _ = typed("cap,name,minimum,weight\n4,a,,8\n,b,5,1\n,c,,1/2\n")

    assert (code, printed) == (0, "name,count\na,4\nb,5\nc,1\n")


def test_weights_are_exact_whatever_they_are_written_as(typed):
    _, printed, _ = typed('name,weight\n"a, b",0.1\nc,1/10\nd,0.10\n', total=4)

    assert printed == 'name,count\n"a, b",2\nc,1\nd,1\n'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "iso-8859-1"])
def test_the_encoding_is_told_from_the_file(typed, encoding):
    code, printed, _ = typed("name,weight,cap\r\nÅs,3,\r\nBø,1,9\r\n".encode(encoding), total=4)

    assert (code, printed) == (0, "name,count\nÅs,3\nBø,1\n")


def test_each_wrong_field_is_named_with_its_line_and_nothing_is_counted(typed):
    content = (
        "name,weight,minimum,cap\na,1,0,\n,x,,\na,-2,1.5,many\n\nb,1,5,4\nc,1\nd,1e3,,\ne,1/0,,\n"
    )

    code, printed, refused = typed(content)

    number = "expected a number of at least 0, like 12, 12.5 or 1/3"
    whole = "expected a whole number of at least 0, or empty"
    assert (code, printed) == (1, "")
    assert refused.splitlines() == [
        "weights.csv:3: name: empty, expected a name",
        f'weights.csv:3: weight: "x", {number}',
        'weights.csv:4: name: "a" a second time, expected each name once',
        f'weights.csv:4: weight: "-2", {number}',
        f'weights.csv:4: minimum: "1.5", {whole}',
        f'weights.csv:4: cap: "many", {whole}',
        'weights.csv:6: cap: "4", expected at least the minimum 5',
        "weights.csv:7: 2 fields, expected 4 fields",
        f'weights.csv:8: weight: "1e3", {number}',
        f'weights.csv:9: weight: "1/0", {number}',
    ]


@pytest.mark.parametrize(
    "content", ["", "navn,vekt\na,1\n", "name,weight,minium\na,1,2\n", "name;weight\na;1\n"]
)
def test_another_header_is_refused(typed, content):
    code, printed, refused = typed(content)

    assert (code, printed) == (1, "")
    assert refused.startswith("weights.csv:1: ")
    assert "expected name,weight" in refused


def test_what_cannot_be_met_is_one_sentence(typed):
    assert typed("name,weight,cap\na,1,2\nb,1,3\n") == (
        1,
        "",
        "weights.csv: room for 5, the total is 10\n",
    )


@pytest.mark.parametrize("wrong", [{"method": "greatest"}, {"total": -1}, {"total": "ten"}])
def test_wrong_usage_is_two(typed, wrong):
    assert typed(COUNTIES, **wrong)[0] == 2
