"""Pages that tell of the code are held to it."""

import re
from enum import StrEnum
from pathlib import Path

from app.migrate import all_tables
from tools import draw_states
from workflow.capacity.states import Pool
from workflow.cases.states import CaseState, DecisionKind, EntryStatus, Group, Track
from workflow.kernel.actor import Role
from workflow.kernel.db import Base
from workflow.redistribution.states import RunKind
from workflow.vacancies.states import VacancyKind

DOCS = Path(__file__).parents[2] / "docs"
WORDS: tuple[type[StrEnum], ...] = (
    CaseState,
    DecisionKind,
    EntryStatus,
    Group,
    Pool,
    Role,
    RunKind,
    VacancyKind,
)


def glossary() -> set[str]:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE))


def workflow_models() -> list[str]:
    all_tables()
    names = {
        mapper.class_.__name__
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.startswith("workflow.")
    }
    return sorted(names - {"OutboxMessage"})


def test_the_states_page_is_what_the_table_draws() -> None:
    written = (DOCS / "states.md").read_text(encoding="utf-8")

    assert written == draw_states.draw(), "run `make docs`"


def test_every_word_of_a_closed_set_is_in_the_glossary() -> None:
    assert {str(word) for words in WORDS for word in words} - glossary() == set()


def test_every_table_is_in_the_glossary() -> None:
    words = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", model)
        .lower()
        .removesuffix("_version_row")
        .replace("rule_set_version", "rule_set")
        for model in workflow_models()
    }

    assert len(words) > 20
    assert words - glossary() == set()


def test_tracks_are_explained() -> None:
    text = (DOCS / "glossary.md").read_text(encoding="utf-8")

    assert all(f"{track}:" in text for track in Track)
