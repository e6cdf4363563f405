"""Why a vacancy cannot be used or reported."""

from workflow.kernel.errors import Refused


class VacancyTaken(Refused):
    """The vacancy is not open: reserved, used, closed or expired."""

    code = "vacancy.not_open"

    def __init__(self, *, state: str) -> None:
        super().__init__(f"the vacancy is {state}", state=state)


class VacancyDoesNotFit(Refused):
    """The vacancy is another municipality's, another group's, or too small for the household."""

    code = "vacancy.does_not_fit"

    def __init__(self, *, persons: int, places: int) -> None:
        super().__init__("the vacancy does not fit the case", persons=persons, places=places)


class NothingFree(Refused):
    """A home after a withdrawn case is reported where places are free, a case was withdrawn and none asked since (R27)."""

    code = "vacancy.not_after_withdrawal"

    def __init__(self) -> None:
        super().__init__("no withdrawn case with a free place and no new request")
