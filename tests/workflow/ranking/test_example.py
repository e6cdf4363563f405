"""The worked example of docs/ranking.md is what the program says."""

from pathlib import Path

import pytest

from workflow.ranking.criteria import Candidate, CaseToPlace, Criterion, RuleSet
from workflow.ranking.order import rank, why_not

PAGE = Path(__file__).resolve().parents[3] / "docs" / "ranking.md"


@pytest.fixture(scope="module")
def table():
    section = PAGE.read_text().partition("## A worked example")[2].partition("\n## ")[0]
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("|")
    ]
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture(params=["A", "B"])
def track(request):
    return request.param


def ranking_of(table, track):
    field = [
        Candidate(
            row["number"],
            int(row["free"]),
            int(row["decided"]),
            fitting_vacancy=f"home in {row['municipality']}" if row["vacancy"] == "home" else None,
        )
        for row in table
    ]
    return rank(CaseToPlace(4, track, "0301"), field, RuleSet(version=1))


def per_cent(share):
    return f"{float(share) * 100:.1f} %"


def test_the_ranks_are_those_of_the_page(table, track):
    ranking = ranking_of(table, track)

    ranks = {item.candidate.municipality_number: str(item.rank) for item in ranking.items}
    codes = {refusal.municipality_number: refusal.code for refusal in ranking.excluded}
    assert len(table) == 8
    assert {row["number"]: row[f"track {track}"] for row in table} == ranks | codes


def test_the_shares_are_those_of_the_page(table, track):
    rows = {row["number"]: row for row in table}

    for item in ranking_of(table, track).items:
        values = {reason.criterion: reason.value for reason in item.reasons}
        row = rows[item.candidate.municipality_number]
        assert row["share now"] == per_cent(values[Criterion.UNUSED_SHARE])
        assert row["share after"] == per_cent(values[Criterion.SHARE_AFTER])


@pytest.mark.parametrize(
    ("number", "criterion"),
    [
        ("4204", Criterion.SHARE_AFTER),
        ("1103", Criterion.VACANCY),
        ("1804", Criterion.UNUSED_SHARE),
    ],
)
def test_the_losses_are_those_of_the_page(table, number, criterion):
    lost = why_not(ranking_of(table, "B"), number)

    assert (lost.criterion, lost.compared_with) == (criterion, "5401")
