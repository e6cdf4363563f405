"""What a municipality may report a home against: cases withdrawn from it, places left (R27)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class WithdrawnCase:
    """A case withdrawn from the municipality, and no new request to it since."""

    case_id: UUID
    case_number: str
    persons_count: int
    withdrawn_at: datetime
    #: The home that was kept for it.
    vacancy_id: UUID | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A municipality may report homes that stand free because cases were withdrawn.

    Made by workflow.redistribution.offers alone, which knows cases and requests.
    """

    municipality_id: int
    #: Places of the year not yet used, persons; at least 1.
    free: int
    #: The latest withdrawal first; at least one.
    cases: tuple[WithdrawnCase, ...]

    def is_of(self, case_id: UUID) -> bool:
        return any(case.case_id == case_id for case in self.cases)
