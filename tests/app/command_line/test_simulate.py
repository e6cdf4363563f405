"""`bosetting simulate`, as it is typed."""

import json
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from app.command_line import make_cli
from app.plots import line_plot

CASES = """case,persons,expires,arrives
a,4,2020-06-01,2020-W02
b,3,2020-06-01,2020-W03
c,2,,
"""
MUNICIPALITIES = """municipality,places,used,accepts
0301,10,2,1
1103,8,0,0
"""
SCORES = "case,municipality,score\na,0301,1\nb,1103,2.5\nc,0301,0.5\nc,1103,1\nz,0301,1\n"
HISTORY = "case,persons\nz,2\n"


@pytest.fixture
def typed(tmp_path):
    def run(*arguments, **files):
        command = ["simulate", "--out", str(tmp_path / "report.html")]
        for name, content in files.items():
            file = tmp_path / f"{name}.csv"
            file.write_text(content)
            command += [f"--{name}", str(file)]
        command += ["--figures", str(tmp_path / "figures.json"), *arguments]
        answer = CliRunner().invoke(make_cli(), command)
        return answer.exit_code, answer.stderr + str(answer.exception or "")

    return run


def test_a_report_compares_the_methods_with_plots(typed, tmp_path):
    given = {"cases": CASES, "municipalities": MUNICIPALITIES}
    code, said = typed("--weeks=12", scores=SCORES, history=HISTORY, **given)
    assert (code, said) == (0, "")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert list(figures) == ["rule", "balanced", "score"]
    # 1103 says no to everybody, 0301 yes.
    assert all(0 < one["placed_persons"] <= 8 for one in figures.values())
    assert figures["balanced"]["declined"] > 0
    page = (tmp_path / "report.html").read_text()
    svg = [part.partition("</svg>")[0] + "</svg>" for part in page.split("<figure>")[1:]]
    assert len(svg) == 4
    for one in svg:
        assert len(ET.fromstring(one).findall("{*}polyline")) == 3  # noqa: S314 - our own
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_rule_sets_of_files_are_compared_by_their_names(typed, tmp_path):
    for name, method in (("now", "rule"), ("later", "balanced")):
        (tmp_path / f"{name}.toml").write_text(f'version = 1\nmethod = "{method}"\n')
    rules = [f"--rules={tmp_path / name}.toml" for name in ("now", "later")]
    out = tmp_path / "report.md"
    code, _ = typed(
        *rules,
        *("--weeks=8", "--plan-weeks", "--out", str(out)),
        cases=CASES,
        municipalities=MUNICIPALITIES,
    )
    assert code == 0
    report = out.read_text()
    assert "| | now | later |" in report
    assert "- **later**: version 1: balanced (webster)" in report


def test_a_year_can_be_invented(typed, tmp_path):
    assert typed("--invented=60", "--weeks=6") == (0, "")
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["score"]["score"] > figures["rule"]["score"]
    assert figures["balanced"]["deviation_pp"] < figures["rule"]["deviation_pp"]


@pytest.mark.parametrize(
    ("files", "arguments", "told"),
    [
        ({}, [], "--invented"),
        ({"cases": CASES}, [], "--invented"),
        ({"cases": "case,persons,arrives\na,1,May\n"}, [], '2: arrives: "May"'),
        ({"municipalities": "municipality,places,used,accepts\n1,2,0,2\n"}, [], '2: accepts: "2"'),
        ({"history": "case,persons\na,1\n"}, [], "both have a"),
    ],
)
def test_what_cannot_be_replayed(typed, tmp_path, files, arguments, told):
    given = {"cases": CASES, "municipalities": MUNICIPALITIES} | files if len(files) == 1 else {}
    if files == {"cases": CASES}:
        given = files
    code, said = typed(*arguments, **given)
    assert code in {1, 2}
    assert told in said
    assert not (tmp_path / "report.html").exists()


def test_a_plot_says_in_words_what_it_shows():
    root = ET.fromstring(line_plot("A & B", [1, 2, 3], {"x": [0, 5, 10], "<y>": [3, 2, 1]}))  # noqa: S314 - our own
    assert root.get("aria-label") == "A & B: x from 0 to 10; <y> from 3 to 1"
    points = [line.get("points").split() for line in root.findall("{*}polyline")]
    heights = [float(point.split(",")[1]) for point in points[0]]
    assert heights == sorted(heights, reverse=True)
    assert len({line.get("stroke-dasharray") for line in root.findall("{*}polyline")}) == 2
