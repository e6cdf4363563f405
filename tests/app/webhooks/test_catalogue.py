"""Every kind of event is published or kept within for a reason, and the page tells of it."""

import importlib
import pkgutil
from enum import StrEnum
from pathlib import Path

import pytest

import workflow
from app.webhooks.catalogue import BY_EVENT, KEPT_WITHIN, PUBLISHED, SWEDISH, TEST
from app.webhooks.retries import LONGEST_ASKED, MOST_TRIES, WAITS, rest_after, wait_after
from app.wording import table
from tools import draw_events

ROOT = Path(__file__).parents[3]
WORDS_OF_PEOPLE = {"name", "duf_number", "text", "reason", "comment", "flight", "birth_year"}


def kinds():
    for module in pkgutil.walk_packages(workflow.__path__, "workflow."):
        if module.name.endswith(".events"):
            for found in vars(importlib.import_module(module.name)).values():
                if isinstance(found, type) and issubclass(found, StrEnum) and found is not StrEnum:
                    yield from map(str, found)


def test_every_event_of_the_workflow_is_published_or_kept_within():
    known = set(kinds())

    assert len(known) > 30
    assert known == BY_EVENT.keys() | KEPT_WITHIN.keys()
    assert not BY_EVENT.keys() & KEPT_WITHIN.keys()


def test_no_event_hands_on_what_may_name_a_person():
    assert not {fact for one in BY_EVENT.values() for fact in one.data} & WORDS_OF_PEOPLE


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_published_event_has_words(language):
    assert table(language)["event"].keys() == {one.event for one in PUBLISHED} | {TEST}


def test_every_event_of_sweden_has_swedish_words():
    assert table("sv")["event"].keys() == {one.event for one in SWEDISH} | {TEST}


def test_the_page_of_events_is_what_the_catalogue_draws():
    written = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")

    assert written == draw_events.draw(), "run `make docs`"


def test_waits_grow_by_the_table_with_some_chance_and_end():
    waits = [wait_after(tries, chance=0) for tries in range(1, MOST_TRIES + 1)]

    assert waits == [*WAITS, None]
    assert sorted(WAITS) == list(WAITS)
    assert wait_after(1, chance=1) == 1.2 * WAITS[0]
    assert wait_after(1, chance=0, asked=10 * LONGEST_ASKED) == LONGEST_ASKED
    assert rest_after(1) < rest_after(3) < rest_after(50) == rest_after(51)
