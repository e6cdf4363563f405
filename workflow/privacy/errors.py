"""Why an erasure is refused."""

from datetime import date

from workflow.cases.states import CaseState
from workflow.kernel.errors import Refused


class StillNeeded(Refused):
    """A public task needs what is known of the person (GDPR art. 17 no. 3 b); `until` where known.

    The person is told so in writing, with the rule and the right to complain.
    """

    code = "erasure.still_needed"

    def __init__(self, *, state: CaseState, until: date | None) -> None:
        super().__init__(
            "a public task needs it still", state=state, until=until.isoformat() if until else None
        )


class ErasureWaits(Refused):
    """The person, or the whole case, is proposed for erasure already."""

    code = "erasure.waits_already"

    def __init__(self) -> None:
        super().__init__("erasure is proposed already")


class ErasureStale(Refused):
    """What was to be erased is no longer what the page showed."""

    code = "erasure.stale"

    def __init__(self) -> None:
        super().__init__("the proposals have changed since they were shown")
