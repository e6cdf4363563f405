"""Why a reform is not recorded, or a case not moved by it."""

from datetime import date

from workflow.kernel.errors import Invalid, Refused


class ReformAhead(Refused):
    """A reform is recorded when it has come: until then the old municipalities answer."""

    code = "reform.ahead"

    def __init__(self, *, on: date, today: date) -> None:
        super().__init__(
            f"the reform comes on {on}; record it then", on=on.isoformat(), today=today.isoformat()
        )


class ReformTooEarly(Refused):
    """On that day the municipality did not exist yet."""

    code = "reform.too_early"

    def __init__(self, *, municipality: str, valid_from: date, on: date) -> None:
        super().__init__(
            f"{municipality} has existed only since {valid_from}",
            municipality=municipality,
            valid_from=valid_from.isoformat(),
            on=on.isoformat(),
        )


class SuccessorIsPredecessor(Refused):
    """A municipality that goes on is the successor alone, not one of those that end."""

    code = "reform.successor_is_predecessor"

    def __init__(self, *, municipality: str) -> None:
        super().__init__(
            f"{municipality} cannot both end and go on: name it as successor alone",
            municipality=municipality,
        )


class NobodyToMerge(Invalid):
    """At least one municipality ends in a merger, each named once."""

    code = "reform.no_predecessor"

    def __init__(self) -> None:
        super().__init__("name each municipality that ends, once", pointer="/predecessors")


class TooFewSuccessors(Invalid):
    """A split has at least two successors; with one it is a merger or a new name."""

    code = "reform.too_few_successors"

    def __init__(self) -> None:
        super().__init__("name at least two successors, each once", pointer="/successors")


class NotASuccessor(Refused):
    """The case's municipality was not split into this one."""

    code = "reform.not_a_successor"

    def __init__(self, *, municipality: str) -> None:
        super().__init__(
            f"the case's municipality was not split into {municipality}", municipality=municipality
        )


class NotLeftBehind(Refused):
    """The case stands in no municipality that was split."""

    code = "reform.case_not_left_behind"

    def __init__(self) -> None:
        super().__init__("the case stands in no municipality that was split")
