"""Server-sent events of what is under way: how it stands, each time that is something else.

What is watched is asked for in a thread, a moment at a time: a stream holds no connection to the
database and no turn among the requests. It ends by itself after a while, so that whoever watches
comes again, is let in anew, and finds another server where this one is to end.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Final, Protocol, TypeVar

from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.concurrency import run_in_threadpool

#: Between two looks, seconds.
GLANCE: Final = 0.3
#: How long one stream lasts, seconds; then the browser comes again after `RETRY`, milliseconds.
LASTS: Final = 55.0
RETRY: Final = 1000
#: The last event's name.
ENDED: Final = "ended"


class UnderWay(Protocol):
    """What can be watched."""

    @property
    def is_open(self) -> bool: ...


Seen = TypeVar("Seen", bound=UnderWay)


def watched(
    look: Callable[[], Seen], told: Callable[[Seen], str], *, lasts: float = LASTS
) -> EventSourceResponse:
    """A stream of it: events without a name, and at the end one named `ended`.

    Args:
        look: how it stands now; called in a thread.
        told: that as the text of an event.
        lasts: seconds.
    """
    return EventSourceResponse(
        _events(look, told, lasts), headers={"cache-control": "no-store", "x-accel-buffering": "no"}
    )


async def _events(
    look: Callable[[], Seen], told: Callable[[Seen], str], lasts: float
) -> AsyncIterator[bytes]:
    before: Seen | None = None
    until = monotonic() + lasts
    number = 0
    while monotonic() < until:
        seen = await run_in_threadpool(look)
        if seen != before:
            number += 1
            yield format_sse_event(
                data_str=told(seen),
                event=None if seen.is_open else ENDED,
                id=str(number),
                retry=RETRY,
            )
        if not seen.is_open:
            return
        before = seen
        await asyncio.sleep(GLANCE)
