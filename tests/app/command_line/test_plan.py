"""`bosetting plan`, as it is typed."""

import csv
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from app.command_line import make_cli

CASES = """case,persons,former,track,expires,allowed,related
a,4,0301,A,2020-05-01,,
b,3,,,,0301;1103,
c,2,,B,2020-04-01,,siblings
d,1,,,,,siblings
e,9,,,,,
"""
MUNICIPALITIES = """municipality,places,used,vacancies,last_distribution
0301,10,2,4;2,2020-03-01
1103,8,0,,
3001,,0,,
"""
SCORES = "case,municipality,score\na,0301,1\nb,1103,2.5\nc,0301,0.5\nc,1103,1\n"


@pytest.fixture
def typed(tmp_path):
    def run(*arguments, cases=CASES, municipalities=MUNICIPALITIES, scores=None):
        files = {"cases": cases, "municipalities": municipalities, "scores": scores}
        command = ["plan", "--out", str(tmp_path / "plan.csv")]
        for name, content in files.items():
            if content is not None:
                file = tmp_path / f"{name}.csv"
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
                command += [f"--{name}", str(file)]
        command += ["--summary", str(tmp_path / "sum.json"), *arguments]
        answer = CliRunner().invoke(make_cli(), command)
        return answer.exit_code, answer.stderr.replace(f"{tmp_path}/", "")

    return run


@pytest.fixture
def planned(tmp_path):
    def read():
        with (tmp_path / "plan.csv").open(encoding="utf-8", newline="") as file:
            lines = {line["case"]: line for line in csv.DictReader(file)}
        return lines, json.loads((tmp_path / "sum.json").read_text())

    return read


@pytest.mark.parametrize("method", ["rule", "balanced", "score"])
def test_every_case_has_a_municipality_or_a_reason(typed, planned, method):
    assert typed("--method", method, scores=SCORES)[0] == 0
    lines, summary = planned()
    assert list(next(iter(lines.values()))) == ["case", "municipality", "reason"]
    assert sorted(lines) == ["a", "b", "c", "d", "e"]
    assert lines["a"]["municipality"] == "0301"
    assert lines["e"]["municipality"] == ""
    assert lines["e"]["reason"]
    assert set(summary) == {
        "placed_cases",
        "placed_persons",
        "unplaced_cases",
        "max_placeable_persons",
        "rms_deviation_pp",
        "rms_bound_pp",
        "max_share",
        "min_share",
        "score",
        "score_bound",
        "gap",
        "seconds",
    }
    assert (summary["placed_persons"], summary["max_placeable_persons"]) == (10, 10)
    assert summary["score"] <= summary["score_bound"]


def test_a_pair_without_a_score_is_barred_when_asked(typed, planned):
    assert typed("--method", "balanced", "--scores-only-listed", scores=SCORES)[0] == 0
    lines, _ = planned()
    assert lines["b"]["municipality"] == "1103"
    assert lines["d"]["reason"].startswith("plan.nowhere_allowed")


def test_turns_can_be_those_of_the_file(typed, planned):
    cases = "case,persons\nz,5\na,6\n"
    one = "municipality,places,used\n0301,6,0\n"
    typed("--method", "rule", cases=cases, municipalities=one)
    assert planned()[0]["a"]["municipality"] == "0301"
    typed("--method", "rule", "--order", "file", cases=cases, municipalities=one)
    assert planned()[0]["z"]["municipality"] == "0301"


def test_a_file_of_a_spreadsheet_is_read_alike(typed, planned):
    typed("--method", "balanced")
    before = planned()[0]
    semicolons = MUNICIPALITIES.replace("4;2", "").replace(",", ";").replace("\n", "\r\n")
    assert typed("--method", "balanced", municipalities="\ufeff" + semicolons)[0] == 0
    assert planned()[0] == before


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"cases": "case,persons\na,two\n"},
            'cases.csv:2: persons: "two", expected a whole number',
        ),
        ({"cases": "case,persons\na,0\n"}, 'cases.csv:2: persons: "0", expected at least 1'),
        ({"cases": "case,persons\na,1\na,1\n"}, 'cases.csv:3: case: "a", expected each once'),
        ({"cases": "case\na\n"}, "cases.csv:1: not the header, expected case,persons"),
        ({"cases": b"case,persons\n\xe5,1\n"}, "cases.csv:1: not UTF-8, expected UTF-8"),
        ({"municipalities": "municipality,places,used\n0301,-1,0\n"}, '2: places: "-1"'),
        ({"scores": "case,municipality,score\nx,0301,nan\n"}, 'scores.csv:2: case: "x"'),
    ],
)
def test_a_bad_file_is_told_by_line_column_and_what_was_expected(typed, tmp_path, files, told):
    code, said = typed("--method", "balanced", **files)
    assert code == 1
    assert told in said
    assert not (tmp_path / "plan.csv").exists()


def test_a_plan_that_cannot_be_finished_leaves_the_one_before(typed, tmp_path, monkeypatch):
    typed("--method", "balanced")
    before = (tmp_path / "plan.csv").read_bytes()
    monkeypatch.setattr("csv.writer", lambda *args, **kwargs: 1 / 0)
    assert typed("--method", "rule")[0] == 1
    assert (tmp_path / "plan.csv").read_bytes() == before
    assert not list(tmp_path.glob(".plan*"))


def test_the_score_needs_scores_and_only_it_has_a_band(typed):
    assert typed("--method", "score")[0] == 2
    assert typed("--method", "balanced", "--band", "0.02")[0] == 2


def test_only_who_plans_waits_for_numpy():
    asked = "import sys, app.command_line as c; c.make_cli(); print('numpy' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout == "False\n"


def test_the_command_offers_the_methods_there_are():
    from app.command_line.plan import HowPlanned
    from workflow.planning.rule_sets import Method

    assert [one.value for one in HowPlanned] == [one.value for one in Method]
