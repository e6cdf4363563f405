"""Whoever watches a plan has a word for all that may be under way."""

import re
from datetime import date
from pathlib import Path

import pytest

from app import languages
from app.wording import label
from workflow.planning import progress
from workflow.ranking.criteria import CaseToPlace, RuleSet
from workflow.ranking.plan import plan

SOURCES = Path(progress.__file__).parent
TOLD = re.compile(r'\bprogress\(\s*"([^"]+)"')


def test_all_that_is_told_is_among_the_parts():
    told = {part for path in SOURCES.glob("*.py") for part in TOLD.findall(path.read_text("utf-8"))}

    assert told
    assert told <= set(progress.PARTS)


@pytest.mark.parametrize("spoken", languages.NORWEGIAN)
def test_every_part_has_words(spoken):
    with languages.speaking(spoken):
        words = [label(part.replace(" ", "_"), "planning_part") for part in progress.PARTS]

    assert len(set(words)) == len(progress.PARTS)


def test_the_published_order_tells_before_each_turn():
    shares: list[float] = []
    cases = [CaseToPlace(1, None, None, case_number=number) for number in ("1", "2")]

    plan(cases, [], RuleSet(version=1), on=date(2020, 4, 20), told=shares.append)

    assert shares == [0, 0.5]
