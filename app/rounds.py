"""What one process does every minute beside its requests, for as long as it serves."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

#: Between two rounds, seconds.
EVERY = 60.0


@asynccontextmanager
async def rounds(do: Callable[[], object]) -> AsyncIterator[None]:
    """Do it every minute, and once more at the end; in a thread beside those of requests."""
    limiter = CapacityLimiter(1)

    async def once() -> None:
        try:
            await to_thread.run_sync(do, limiter=limiter)
        except SQLAlchemyError as fault:
            log.warning("a round failed, the next one is in a minute: %s", type(fault).__name__)

    async def go_on() -> None:
        while True:
            await asyncio.sleep(EVERY)
            await once()

    going = asyncio.create_task(go_on())
    try:
        yield
    finally:
        going.cancel()
        with suppress(asyncio.CancelledError):
            await going
        await once()
