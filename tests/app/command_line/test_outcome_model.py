"""`bosetting outcome`: a model that can be read, its card, and scores from it."""

import csv
import json
import random
from math import exp

import pytest
from typer.testing import CliRunner

from app import outcome_fitting as fitting
from app.command_line import make_cli
from app.outcome_files import Seen
from workflow.planning.outcomes import (
    EVERYWHERE,
    BadModel,
    LogisticModel,
    Person,
    Term,
    household_scores,
    model_from_json,
    of_household,
)
from workflow.planning.rule_sets import HouseholdScore

GROUPS = {"0301": "city", "1103": "city", "5401": "coast"}


@pytest.fixture(scope="module")
def sklearn():
    """Loaded once: a second of CPU, which only who fits pays."""
    return pytest.importorskip("sklearn.linear_model")


def invented(count=900):
    """School counts for work in the city, age against it everywhere; families are as others."""
    draw = random.Random(1)
    rows = []
    for index in range(count):
        sex = draw.choice(["f", "m"])
        age, school = draw.randint(18, 66), draw.choice(["none", "primary", "upper"])
        where = draw.choice(list(GROUPS))
        logit = 0.5 - 0.03 * (age - 40) + 1.5 * (school == "upper" and where != "5401")
        outcome = draw.random() < 1 / (1 + exp(-logit))
        family = draw.choice(["single_parent", "couple"])
        rows.append((f"p{index}", f"c{index // 2}", where, int(outcome), sex, age, school, family))
    return rows


COLUMNS = "person,case,municipality,outcome,sex,age,school,family_type"


@pytest.fixture
def files(tmp_path):
    lines = [COLUMNS, *(",".join(map(str, row)) for row in invented())]
    (tmp_path / "history.csv").write_text("\n".join(lines) + "\n")
    groups = ["municipality,group", *(f"{n},{g}" for n, g in GROUPS.items())]
    (tmp_path / "groups.csv").write_text("\n".join(groups) + "\n")
    return tmp_path


def typed(folder, what, *arguments):
    given = {"fit": ["history", "groups"], "report": ["history", "groups"], "score": ["groups"]}
    command = ["outcome", what]
    for name in given[what]:
        command += [f"--{name}", str(folder / f"{name}.csv")]
    answer = CliRunner().invoke(make_cli(), [*command, *map(str, arguments)])
    return answer.exit_code, answer.stderr + str(answer.exception or "")


@pytest.mark.trial
def test_a_model_is_fitted_told_of_and_scores(sklearn, files):
    model, card = files / "model.json", files / "card.md"
    assert typed(files, "fit", f"--out={model}", f"--card={card}") == (0, "")
    fitted = model_from_json(model.read_text())
    assert set(fitted.coefficients) == {EVERYWHERE, "city", "coast"}
    slope = dict(zip(fitted.terms, fitted.coefficients["city"][1:], strict=True))
    by_name = {(term.feature, term.word): value for term, value in slope.items()}
    assert by_name["school", "upper"] > 0.8
    assert by_name["age", None] < -0.2
    told = card.read_text()
    for heading in ("How good", "What counts", "For whom", "Who gains", "What it is not"):
        assert f"## {heading}" in told
    for group in ("| sex | f |", "| age | 18–29 |", "| family_type | single_parent |"):
        assert group in told
    important = [line.split(" | ")[0] for line in told.splitlines() if line.startswith("| ")]
    assert important.index("| school") < important.index("| family_type")

    persons = files / "persons.csv"
    header = "person,case,sex,age,school,family_type\n"
    persons.write_text(header + "a,c1,f,30,upper,couple\nb,c1,m,60,upper,couple\n")
    scores = {}
    for kind in HouseholdScore:
        out = files / "scores.csv"
        asked = (f"--model={model}", f"--persons={persons}", f"--household={kind}", f"--out={out}")
        assert typed(files, "score", *asked) == (0, "")
        with out.open(newline="") as file:
            scores[kind] = {
                row["municipality"]: float(row["score"]) for row in csv.DictReader(file)
            }
    assert set(scores["mean"]) == set(GROUPS)
    assert scores["mean"]["0301"] > scores["mean"]["5401"]
    assert scores["sum"]["0301"] == pytest.approx(2 * scores["mean"]["0301"], abs=1e-5)
    assert scores["mean"]["0301"] < scores["at_least_one"]["0301"] < scores["sum"]["0301"]


@pytest.mark.trial
def test_what_leaving_a_feature_out_changes(sklearn, files):
    out = files / "report.md"
    assert typed(files, "report", "--without=school", f"--out={out}") == (0, "")
    told = out.read_text()
    assert told.startswith("# Without school")
    rows = {line.split(" | ")[0]: line.split(" | ") for line in told.splitlines()}
    assert float(rows["| with"][4]) < float(rows["| without"][4])  # Brier
    changed = told.split("is best for ")[1].split("%")[0]
    assert float(changed) > 10
    assert "stake without" in told


@pytest.mark.trial
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--without=shoes"], "no feature is called shoes"),
        (
            ["--without=sex", "--without=age", "--without=school", "--without=family_type"],
            "no feat",
        ),
    ],
)
def test_what_cannot_be_fitted(sklearn, files, arguments, told):
    code, said = typed(files, "fit", *arguments, f"--out={files / 'm'}", f"--card={files / 'c'}")
    assert code == 1
    assert told in said
    assert not (files / "m").exists()


def test_bad_lines_are_told(files):
    (files / "history.csv").write_text("person,case,municipality,outcome,age\na,c,9999,2,3\nb,c\n")
    code, said = typed(files, "report", "--without=age", f"--out={files / 'r'}")
    assert (code, "history.csv:3: 2 fields" in said) == (1, True)
    (files / "history.csv").write_text("person,case,municipality,outcome,age\na,c,9999,2,3\n")
    _, said = typed(files, "report", "--without=age", f"--out={files / 'r'}")
    assert 'history.csv:2: outcome: "2", expected 0 or 1' in said
    assert 'history.csv:2: municipality: "9999"' in said


MODEL = LogisticModel((Term("age", None, 40.0, 10.0), Term("sex", "m")), {EVERYWHERE: (0.0, -1, 1)})


def test_a_chance_can_be_worked_out_by_hand():
    one = Person("a", "c", {"age": 50.0, "sex": "m"})
    assert MODEL.chance(one, "anywhere") == pytest.approx(0.5)
    assert MODEL.chance(Person("a", "c", {"age": "", "sex": "f"}), "x") == pytest.approx(0.5)
    assert MODEL.chance(Person("a", "c", {"age": 40.0, "sex": "m"}), "x") == pytest.approx(0.731059)
    assert model_from_json(MODEL.to_json()) == MODEL


def test_how_a_household_is_scored():
    chances = [0.5, 0.2]
    assert of_household(chances, HouseholdScore.MEAN) == pytest.approx(0.35)
    assert of_household(chances, HouseholdScore.AT_LEAST_ONE) == pytest.approx(0.6)
    assert of_household(chances, HouseholdScore.SUM) == pytest.approx(0.7)
    table = household_scores(MODEL, [Person("a", "c", {})], GROUPS, HouseholdScore.MEAN)
    assert table == {("c", number): pytest.approx(0.5) for number in GROUPS}


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"terms": [], "coefficients": {}})])
def test_what_is_no_model(text):
    with pytest.raises(BadModel):
        model_from_json(text)


def test_how_good_is_worked_out_by_hand():
    seen = [
        Seen(Person("a", "c", {"age": age, "sex": "f"}), "0301", outcome)
        for age, outcome in ((20.0, True), (40.0, False), (60.0, False), (50.0, True))
    ]
    quality = fitting.judge(MODEL, seen, GROUPS, 0.5)
    assert (quality.rows, quality.rate, quality.brier_of_rate) == (4, 0.5, 0.25)
    # Of the four pairs of one with and one without, three are in the right order.
    assert quality.auc == pytest.approx(0.75)
    # Nothing tells municipalities apart, so nobody has anything at stake.
    assert all(one.stake == 0 for one in fitting.by_group(MODEL, seen, GROUPS))
    assert fitting.best_changed(MODEL, MODEL, seen, GROUPS) == 0


def test_a_household_is_held_out_whole():
    seen = [Seen(Person(f"p{i}", f"c{i // 3}", {}), "0301", True) for i in range(300)]
    kept, out = fitting.split(seen)
    assert {one.person.case_number for one in kept}.isdisjoint(
        one.person.case_number for one in out
    )
    assert 30 < len(out) < 90


@pytest.fixture
def made(tmp_path):
    """A plan by scores that a model makes of the persons of two households."""
    texts = {
        "cases": "case,persons\nbig,2\nsmall,1\n",
        "municipalities": "municipality,places,used\n0301,2,0\n5401,2,0\n",
        "groups": "municipality,group\n0301,city\n5401,coast\n",
        "persons": "person,case,sex\na,big,m\nb,big,m\nc,small,m\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text)
    # In the city 0.6 and on the coast 0.5 for each of them.
    model = LogisticModel((Term("sex", "m"),), {EVERYWHERE: (0.0, 0.0), "city": (0.405465, 0.0)})
    (tmp_path / "model.csv").write_text(model.to_json())

    def plan(*arguments, leave_out=()):
        command = ["plan", f"--out={tmp_path / 'plan'}", f"--summary={tmp_path / 'sum'}"]
        names = [*texts, "model"]
        command += [f"--{name}={tmp_path / name}.csv" for name in names if name not in leave_out]
        answer = CliRunner().invoke(make_cli(), [*command, *arguments])
        said = " ".join((answer.stderr + str(answer.exception or "")).split())
        score = json.loads((tmp_path / "sum").read_text())["score"] if not answer.exit_code else 0
        return answer.exit_code, said, score

    return plan


@pytest.mark.parametrize(
    ("household", "score"),
    # The city takes one of them: who gains it differs.
    [("mean", 0.6 + 0.5), ("at_least_one", 0.6 + 0.75), ("sum", 1.2 + 0.5)],
)
def test_a_plan_scores_households_as_its_rule_set_says(made, tmp_path, household, score):
    rules = tmp_path / "rules.toml"
    rules.write_text(f'version = 2\nmethod = "score"\nhousehold_score = "{household}"\n')
    assert made(f"--rules={rules}")[::2] == (0, pytest.approx(score, abs=1e-4))
    asked = made("--method=score", f"--household={household}")
    assert asked[::2] == (0, pytest.approx(score, abs=1e-4))


@pytest.mark.parametrize(
    ("arguments", "leave_out", "told"),
    [
        (["--method=score"], (), "say how a household is scored"),
        (["--method=score", "--household=sum"], ("persons",), "all three or none"),
        (["--method=balanced", "--household=sum"], ("model", "persons", "groups"), "only with"),
    ],
)
def test_scores_of_a_model_that_cannot_be_made(made, arguments, leave_out, told):
    code, said, _ = made(*arguments, leave_out=leave_out)
    assert (code, told in said) == (2, True)


def test_a_stranger_among_the_persons_is_told(made, tmp_path):
    (tmp_path / "persons.csv").write_text("person,case,sex\na,other,m\n")
    assert "other is no case" in made("--method=score", "--household=sum")[1]
    (tmp_path / "persons.csv").write_text("person,case,sex\na,big,m\n")
    (tmp_path / "groups.csv").write_text("municipality,group\n0301,city\n")
    assert "5401 has no group" in made("--method=score", "--household=sum")[1]
