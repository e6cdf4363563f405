"""What a municipality's year looks like: pure arithmetic over persons, exact shares."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Figures:
    """The places of one municipality, year and pool, in persons.

    `decided_places` None = the municipality has registered none; 0 = it said no.
    """

    decided_places: int | None
    extra_places: int = 0
    held: int = 0
    settled: int = 0
    original_request: int | None = None
    adjusted_request: int | None = None

    @property
    def ceiling(self) -> int:
        """Decided places and the municipality's own yes to more; binds every new hold."""
        return (self.decided_places or 0) + self.extra_places

    @property
    def used(self) -> int:
        return self.held + self.settled

    @property
    def free(self) -> int:
        return max(0, self.ceiling - self.used)

    @property
    def overrun(self) -> int:
        """Persons beyond the ceiling, by facts recorded as they are."""
        return max(0, self.used - self.ceiling)

    @property
    def unused_share(self) -> Fraction | None:
        """Free places of the decided ones (R13); None where nothing, or no, was decided."""
        if not self.decided_places:
            return None
        return Fraction(min(self.free, self.decided_places), self.decided_places)

    @property
    def beyond_adjusted_request(self) -> int:
        """Persons beyond the adjusted request: a warning line, never a stop."""
        line = self.adjusted_request if self.adjusted_request is not None else self.original_request
        return 0 if line is None else max(0, self.used - line)


def share_used_since(free_then: int, free_now: int) -> Fraction | None:
    """Of the places free at the withdrawal, the share used since (R02); None where none were free.

    Places that came free later (a new withdrawal, a raised decision) cannot make it negative.
    """
    if free_then <= 0:
        return None
    return Fraction(max(0, free_then - free_now), free_then)
