"""Why places cannot be taken or changed."""

from workflow.kernel.errors import Refused


class NoneFree(Refused):
    """Fewer places free than the case has persons (R08, R16)."""

    code = "places.none_free"

    def __init__(self, *, municipality: str, year: int, persons: int, free: int) -> None:
        super().__init__(
            f"{municipality} has {free} places free in {year}, {persons} asked for",
            municipality=municipality,
            year=year,
            persons=persons,
            free=free,
        )


class NotRegistered(Refused):
    """The municipality has registered no decided places for the year."""

    code = "places.not_registered"

    def __init__(self, *, municipality: str, year: int) -> None:
        super().__init__(
            f"{municipality} has registered no decided places for {year}",
            municipality=municipality,
            year=year,
        )


class YearFull(Refused):
    """A plan moved to a year that has no room for it."""

    code = "places.year_full"

    def __init__(self, *, municipality: str, year: int, persons: int, free: int) -> None:
        super().__init__(
            f"{municipality} has {free} places free in {year}, the plan needs {persons}",
            municipality=municipality,
            year=year,
            persons=persons,
            free=free,
        )


class RequestStands(Refused):
    """The original request is never overwritten; a new letter is the adjusted request (R01)."""

    code = "request.stands"

    def __init__(self, *, year: int, original_request: int) -> None:
        super().__init__(
            f"the original request for {year} is {original_request} and stands",
            year=year,
            original_request=original_request,
        )


class KindLimitClosed(Refused):
    """The wish is answered already, or is over."""

    code = "kind_limit.closed"

    def __init__(self) -> None:
        super().__init__("the wish is answered, or over")
