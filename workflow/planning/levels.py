"""Webster's method for blocks: so many equal cases among municipalities, by the share midway.

The next case of s persons goes where (used + s/2) / places is smallest. One by one that is a
heap; here the level all are filled to is searched for, and the last few are sorted out.
"""

import numpy as np

from workflow.planning.instance import Whole


def blocks(used: Whole, places: Whole, free: Whole, size: int, count: int) -> Whole:
    """How many of `count` cases of `size` persons each gets; fewer in all where there is no room.

    Ties go to the one listed first.
    """
    room = free // size
    if count >= int(room.sum()):
        return room
    if count == 1:
        key = np.where(room > 0, (used + size / 2) / np.maximum(places, 1), np.inf)
        one = np.zeros_like(room)
        one[int(np.argmin(key))] = 1
        return one

    def at(level: float) -> Whole:
        reached = np.floor((level * places - used) / size + 0.5).astype(np.int64)
        return np.clip(reached, 0, room)

    open_to = room > 0
    high = float(np.max((used + free + size)[open_to] / places[open_to])) + 1.0
    low = 0.0
    given = np.zeros_like(room)
    for _ in range(60):
        middle = (low + high) / 2
        reached = at(middle)
        total = int(reached.sum())
        if total <= count:
            low, given = middle, reached
            if count - total <= 1:
                break
        else:
            high = middle
    return _last(used, places, room, given, size=size, count=count)


def _last(used: Whole, places: Whole, room: Whole, given: Whole, *, size: int, count: int) -> Whole:
    while (left := count - int(given.sum())) > 0:
        key = np.where(
            given < room, (used + given * size + size / 2) / np.maximum(places, 1), np.inf
        )
        if left < len(key):
            near = np.flatnonzero(key <= np.partition(key, left - 1)[left - 1])
        else:
            near = np.flatnonzero(key < np.inf)
        first = near[np.argsort(key[near], kind="stable")][:left]
        # One each in the order of the keys is what the heap gives while no second of anyone's comes
        # before another's first; the level was close, so a round or two are enough.
        second = key[first] + size / np.maximum(places[first], 1)
        safe = key[first] <= second.min(initial=np.inf)
        given[first[safe]] += 1
    return given
