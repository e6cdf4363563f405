"""What is asked of a second person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from workflow.approvals.states import Action


@dataclass(frozen=True, slots=True)
class Asked:
    """One action on one subject, as JSON has it."""

    action: Action
    #: The name of its audit chain: `case:<uuid>`, `run:<uuid>`.
    subject: str
    #: How much it touches, in the unit of the action's threshold.
    count: int
    #: What the command is given again when it is confirmed.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: What has to be as it was for the confirmation to hold.
    stands_on: Mapping[str, Any] = field(default_factory=dict)
    #: Whose second person it takes; None: IMDi's.
    municipality_id: int | None = None
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """A waiting action whose second person is carrying it out, its row locked."""

    id: UUID
    asked: Asked
    prepared_by: str
    #: The signs of all who stand behind that, as `Actor.persons` has them.
    prepared_persons: tuple[str, ...] = ()
