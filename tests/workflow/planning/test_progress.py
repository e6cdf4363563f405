"""Whoever watches a plan has a word for all that may be under way."""

import re
from pathlib import Path

import pytest

from app import languages
from app.wording import label
from workflow.planning import progress

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
