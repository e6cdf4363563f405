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


class VacancyNotYet(Refused):
    """The household would come before the first week in which it can move in."""

    code = "vacancy.not_yet"

    def __init__(self, *, week: str, available_from_week: str) -> None:
        super().__init__(
            f"free from {available_from_week}, not in {week}",
            week=week,
            available_from_week=available_from_week,
        )


class VacancyNoLonger(Refused):
    """The household would come after the last week in which it can move in."""

    code = "vacancy.no_longer"

    def __init__(self, *, week: str, available_until_week: str) -> None:
        super().__init__(
            f"free until {available_until_week}, not in {week}",
            week=week,
            available_until_week=available_until_week,
        )


class NothingFree(Refused):
    """Said to be free after a withdrawn case, where the rule does not see one (R27)."""

    code = "vacancy.not_after_withdrawal"

    def __init__(self) -> None:
        super().__init__("no withdrawn case with a free place and no new request")


class AvailableInPast(Refused):
    """A place is reported for this week or a later one."""

    code = "vacancy.week_past"

    def __init__(self, *, week: str, this_week: str) -> None:
        super().__init__(
            f"{week} is past, it is {this_week}", available_from_week=week, this_week=this_week
        )
