"""`bosetting procure`, as it is typed."""

import csv

import pytest
from typer.testing import CliRunner

from app.command_line import make_cli

OFFERS = """offer,code,beds,price,points
cheap,1780,30,199,80
dear,1784,30,347,80
"""
TARGETS = """code,name,county,target,procured
1780,Karlstad,17,227,220
1784,Arvika,17,133,10
"""
CLAIMS = """code,kind,quantity,since,until,printed
1780,initial_place,30,2022-04-01,,
1780,initial_night,30,2022-04-16,2022-06-15,849000
"""


@pytest.fixture
def typed(tmp_path):
    """Runs a command in a folder with the files; what it said, and a file it wrote as rows."""
    for name, content in (("o.csv", OFFERS), ("t.csv", TARGETS), ("c.csv", CLAIMS)):
        (tmp_path / name).write_text(content)

    def run(command, *options, **changed):
        for name, content in changed.items():
            (tmp_path / f"{name}.csv").write_text(content)
        files = [str(tmp_path / one) if "." in one and one[0].isalpha() else one for one in options]
        answer = CliRunner().invoke(make_cli(), ["procure", command, *files])
        return answer.exit_code, (answer.stdout + answer.stderr).replace(f"{tmp_path}/", "")

    return run


MARKET = ("--offers", "o.csv", "--targets", "t.csv")


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_offers_are_ranked_with_every_part_of_the_price_they_are_compared_by(typed, tmp_path):
    code, said = typed("rank", *MARKET, "--out", "r.csv", "--evenness-price", "2.50")

    first, second = rows(tmp_path / "r.csv")
    assert (code, first["offer"], second["offer"]) == (0, "dear", "cheap")
    assert (second["used"], second["location"], second["evenness"]) == ("199.00", "10.00", "275.33")
    assert second["compared"] == "484.33"
    assert "evenness 2.50 kr a percentage point" in said


def test_a_plan_is_written_as_what_it_buys_as_a_table_and_as_a_picture(typed, tmp_path):
    written = ("--out", "p.csv", "--efficient", "e.csv", "--chart", "e.svg")
    code, said = typed("plan", *MARKET, "--beds", "30", *written)

    assert code == 0
    assert [one["offer"] for one in rows(tmp_path / "p.csv")] == ["cheap"]
    assert [one["offers"] for one in rows(tmp_path / "e.csv")][:2] == ["cheap:30", "dear:30"]
    assert (tmp_path / "e.svg").read_text().count("<circle") == len(rows(tmp_path / "e.csv"))
    assert "30 places for 5970.00 kr a night" in said


def test_meals_that_are_paid_apart_are_reckoned_with_where_it_is_said(typed, tmp_path):
    offers = "offer,code,beds,price,meal\nbare,1780,30,199,148.50\nwhole,1784,30,300,\n"
    without = typed("rank", *MARKET, "--out", "r.csv", o=offers)
    first = [one["used"] for one in rows(tmp_path / "r.csv")]
    with_meals = typed("rank", *MARKET, "--out", "r.csv", "--meals", o=offers)

    assert sorted(first) == ["199.00", "300.00"]
    assert sorted(one["used"] for one in rows(tmp_path / "r.csv")) == ["300.00", "347.50"]
    assert (without[0], with_meals[0]) == (0, 0)
    assert ("with meals" in with_meals[1], "with meals" in without[1]) == (True, False)


@pytest.mark.parametrize(
    ("command", "files", "said"),
    [
        (("plan", *MARKET, "--beds", "500", "--out", "p.csv"), {}, "o.csv: 60 places can be"),
        (
            ("surge", *MARKET, "--beds", "5", "--out", "s.csv"),
            {"t": "code,target\n1780,0\n1784,0\n"},
            "t.csv: no number to share the need by",
        ),
        (
            ("rank", *MARKET, "--out", "r.csv"),
            {"t": "code,amount,other\n1780,0,1\n"},
            "t.csv:1: not the header, expected code,target [name] [county] [procured]\n",
        ),
    ],
)
def test_what_cannot_be_reckoned_is_said_with_its_file(typed, command, files, said):
    code, told = typed(*command, **files)

    assert (code, told.startswith(said)) == (1, True), told


def test_needs_of_different_size_stand_beside_each_other(typed, tmp_path):
    more = ("--also", "30", "--also", "60", "--compare", "n.csv")
    code, said = typed("surge", *MARKET, "--beds", "500", "--out", "s.csv", *more)

    found = [(one["wanted"], one["beds"], one["missing"]) for one in rows(tmp_path / "n.csv")]
    assert (code, found) == (0, [("30", "30", "0"), ("60", "60", "0"), ("500", "60", "440")])
    assert said.startswith("30: 30 places for ")


def test_a_surge_tells_what_nobody_offers(typed, tmp_path):
    code, said = typed("surge", *MARKET, "--beds", "500", "--out", "s.csv", "--missing", "m.csv")

    assert code == 0
    assert [one["beds_in_all"] for one in rows(tmp_path / "s.csv")] == ["30", "60"]
    assert [one["level"] for one in rows(tmp_path / "m.csv")] == ["county", *["municipality"] * 2]
    assert "60 places of 500" in said


def test_compensation_is_reckoned_anew_and_what_was_printed_set_beside_it(typed, tmp_path):
    code, said = typed("compensation", "--claims", "c.csv", "--out", "k.csv")

    assert code == 0
    assert [one["amount"] for one in rows(tmp_path / "k.csv")] == ["549000.00", "300000.00"]
    assert "c.csv:3: printed 849000.00, comes to 549000.00" in said


@pytest.mark.parametrize(
    ("options", "files", "told"),
    [
        (("rank", *MARKET, "--out", "r.csv"), {"o": OFFERS + "x,1,1,1,1\n"}, "o.csv:4: code"),
        (("rank", *MARKET, "--out", "r.csv"), {"t": TARGETS + "1,x,,many,\n"}, "t.csv:4: target"),
        (("rank", *MARKET, "--out", "r.csv", "--evenness-price", "1e"), {}, "expected kronor"),
        (("rank", *MARKET, "--out", "r.csv", "--measure", "even"), {}, "expected one of"),
        (("plan", *MARKET, "--out", "no/p.csv", "--beds", "9"), {}, "cannot be written"),
    ],
)
def test_what_cannot_be_used_is_told_line_by_line(typed, options, files, told):
    code, said = typed(*options, **files)

    assert code == 1
    assert told in said
