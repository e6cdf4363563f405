"""A stream tells what is new, says when it has ended, and does not last for ever."""

import asyncio
from dataclasses import dataclass

import pytest

from app import watching


@dataclass(frozen=True)
class Work:
    done: int
    is_open: bool = True


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(watching, "GLANCE", 0)


def told(stands, *, lasts=60.0):
    """The text of a stream of something that stands so, look by look."""
    looks = iter(stands)

    async def whole():
        answer = watching.watched(lambda: next(looks), lambda seen: str(seen.done), lasts=lasts)
        return b"".join([part async for part in answer.body_iterator]).decode(), answer

    return asyncio.run(whole())


def test_only_what_is_new_is_told_and_the_last_is_named():
    text, answer = told([Work(1), Work(1), Work(2), Work(3, is_open=False), Work(4)])

    assert text.replace("retry: 1000\n", "") == (
        "data: 1\nid: 1\n\ndata: 2\nid: 2\n\nevent: ended\ndata: 3\nid: 3\n\n"
    )
    assert answer.media_type == "text/event-stream"
    assert answer.headers["cache-control"] == "no-store"


def test_a_stream_that_has_lasted_long_enough_is_over_without_an_end():
    text, _ = told([Work(1)] * 1000, lasts=0.05)

    assert text.count("data:") == 1
    assert "ended" not in text
