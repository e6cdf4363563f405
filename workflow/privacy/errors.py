"""Why an erasure is refused."""

from workflow.kernel.errors import Refused


class ErasureStale(Refused):
    """What was to be erased is no longer what the page showed."""

    code = "erasure.stale"

    def __init__(self) -> None:
        super().__init__("the proposals have changed since they were shown")
