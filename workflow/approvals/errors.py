"""Why an action waits for another person, or cannot be confirmed."""

from typing import Any
from uuid import UUID

from workflow.approvals.asked import Asked
from workflow.approvals.states import ApprovalState
from workflow.kernel.errors import Refused


class SecondPersonNeeded(Refused):
    """The action is right, and takes two; nothing is written when this is raised."""

    code = "approvals.second_person_needed"

    def __init__(self, asked: Asked) -> None:
        super().__init__("another person has to confirm it", action=asked.action, count=asked.count)
        self.asked = asked


class SamePerson(Refused):
    """Who prepared it, in person or through another, does not confirm it."""

    code = "approvals.same_person"

    def __init__(self, *, prepared_by: str, roles: list[str]) -> None:
        super().__init__(
            "another than the one who prepared it has to confirm it",
            prepared_by=prepared_by,
            needed="another person",
            roles=roles,
        )


class DelegateOfPreparer(Refused):
    """Who holds the preparer's authority is no second person, not in their own name either."""

    code = "approvals.delegate_of_preparer"

    def __init__(self, *, prepared_by: str, roles: list[str]) -> None:
        super().__init__(
            "the confirming person holds the authority of the one who prepared it",
            prepared_by=prepared_by,
            needed="a person without the preparer's authority",
            roles=roles,
        )


class AlreadyWaits(Refused):
    """Another has prepared an action on the same subject, and it waits."""

    code = "approvals.waits_already"

    def __init__(self, *, approval_id: UUID, prepared_by: str) -> None:
        super().__init__(
            f"{prepared_by} has prepared this already",
            approval_id=str(approval_id),
            prepared_by=prepared_by,
        )


class ApprovalSettled(Refused):
    """It waits no longer: somebody has confirmed it, rejected it or taken it back."""

    code = "approvals.settled"

    def __init__(self, *, state: ApprovalState, settled_by: str) -> None:
        super().__init__(f"{settled_by} has {state} it", state=state, settled_by=settled_by)


class ApprovalStale(Refused):
    """What it stands on is no longer so; reject it and prepare it anew. `changed` says what."""

    code = "approvals.stale"

    def __init__(self, *, changed: list[dict[str, Any]]) -> None:
        super().__init__("what it stands on has changed since it was prepared", changed=changed)
