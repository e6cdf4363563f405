"""What one process does again and again beside its requests, for as long as it serves."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

#: Between two rounds where nothing else is said, seconds.
EVERY = 60.0


@asynccontextmanager
async def rounds(do: Callable[[], object], *, every: float = EVERY) -> AsyncIterator[None]:
    """Do it every so many seconds, and once more at the end; in a thread beside the requests'."""
    limiter = CapacityLimiter(1)

    async def once() -> None:
        try:
            await to_thread.run_sync(do, limiter=limiter)
        except SQLAlchemyError as fault:
            log.warning("a round failed, the next one is in %s s: %s", every, type(fault).__name__)

    async def go_on() -> None:
        while True:
            await asyncio.sleep(every)
            await once()

    going = asyncio.create_task(go_on())
    try:
        yield
    finally:
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going
        await once()
