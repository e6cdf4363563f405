"""When it is tried again: the table, in seconds, as Standard Webhooks recommends it."""

from datetime import timedelta
from typing import Final

#: After the first attempt, the second ...; after the last of them it is dead, three days on.
WAITS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
#: Attempts in all.
MOST_TRIES: Final = len(WAITS) + 1
#: How long the whole queue of a receiver rests after so many attempts in a row came to nothing.
RESTS: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 5, 15, 30, 60))
#: A wait is up to so much longer, by chance: receivers that fell together are not met together.
JITTER: Final = 0.2
#: What a receiver may ask for by Retry-After.
LONGEST_ASKED: Final = timedelta(days=1)


def wait_after(tries: int, *, chance: float, asked: timedelta | None = None) -> timedelta | None:
    """How long to wait after so many tries; None: it is given up.

    Args:
        chance: from 0 up to 1.
        asked: what the receiver has asked for.
    """
    if tries >= MOST_TRIES:
        return None
    wait = WAITS[tries - 1] * (1 + JITTER * chance)
    return max(wait, min(asked or wait, LONGEST_ASKED))


def rest_after(failures: int) -> timedelta:
    """How long the receiver is left alone."""
    return RESTS[min(failures, len(RESTS)) - 1]
