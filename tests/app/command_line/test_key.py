"""`bosetting key`, as it is typed."""

import csv
import io

import pytest
from typer.testing import CliRunner

from app.command_line import make_cli

STATISTICS = "code,name,county,population\n2,Malmö,M,30\n1,=1+1,M,10\n"


@pytest.fixture
def typed(tmp_path):
    table, out = tmp_path / "S.csv", tmp_path / "T.csv"

    def run(*, parameters="population", statistics=STATISTICS, total=4):
        table.write_text(statistics)
        answer = CliRunner().invoke(
            make_cli(),
            [
                *("key", "compute", "--parameters", parameters, "--statistics", str(table)),
                *("--total", str(total), "--out", str(out)),
            ],
        )
        return answer, out

    return run


def test_a_line_for_each_in_the_order_of_the_codes_safe_for_a_spreadsheet(typed):
    answer, out = typed()

    assert (answer.exit_code, answer.stdout) == (0, f"population v1: 4 to 2 rows, in {out}\n")
    assert list(csv.DictReader(io.StringIO(out.read_text()))) == [
        {"code": "1", "name": "'=1+1", "county": "M", "share": "0.250000000000"}
        | {"credit": "0.000000", "gross": "1.000000", "net": "1.000000", "target": "1"}
        | {"share_by_population": "0.250000000000"},
        {"code": "2", "name": "Malmö", "county": "M", "share": "0.750000000000"}
        | {"credit": "0.000000", "gross": "3.000000", "net": "3.000000", "target": "3"}
        | {"share_by_population": "0.750000000000"},
    ]


def test_nothing_is_written_where_a_row_is_wrong(typed, tmp_path):
    answer, _ = typed(statistics=STATISTICS + "3,Lund,M,\n")

    assert answer.exit_code == 1
    assert answer.stderr.endswith(
        "S.csv:4: population: empty, which is not 0,"
        " expected a number of at most 15 digits, like 1234 or 0.75\n"
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == ["S.csv"]


def test_a_key_that_does_not_exist_or_does_not_hold_is_said(typed, tmp_path):
    nowhere, _ = typed(parameters=str(tmp_path / "none.toml"))
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "x"\n')
    faulty, out = typed(parameters=str(wrong))

    assert "no such file, and none of the ready keys de-koenigstein" in nowhere.stderr
    assert f"{wrong}: criteria: Field required\n" in faulty.stderr
    assert not out.exists()


def test_the_ready_keys_are_listed():
    answer = CliRunner().invoke(make_cli(), ["key", "ready"])

    assert answer.exit_code == 0
    assert "se-2023          Sweden: 2023 by the places that were left\n" in answer.stdout
