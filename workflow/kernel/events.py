"""What an event is."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `facts` holds identifiers and codes, never a name or a free text."""

    type: str
    case_id: UUID | None = None
    municipality_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
