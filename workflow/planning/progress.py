"""How far a plan has come: what is under way, and how much of it is done."""

from collections.abc import Callable
from typing import Final, TypeAlias

#: Told what is under way and how much of it is done, 0 to 1; it stops the plan by raising.
Progress: TypeAlias = Callable[[str, float], None]

#: What may be under way, in no fixed order: a plan comes back to some.
PARTS: Final = (
    *("gathering", "placing", "making room", "evening out", "keeping floors", "pricing"),
    *("improving", "finding homes", "putting right", "writing"),
)


def silent(part: str, done: float) -> None:
    """Nobody is told."""
