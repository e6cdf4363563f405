"""Why the register is not changed."""

from datetime import date

from workflow.kernel.errors import Invalid, Refused


class MunicipalityEnded(Refused):
    """The municipality is no more: what is done to it is done to its successor."""

    code = "municipality.ended"

    def __init__(self, *, municipality: str, ended_on: date) -> None:
        super().__init__(
            f"{municipality} has not existed since {ended_on}",
            municipality=municipality,
            ended_on=ended_on.isoformat(),
        )


class NumberTaken(Refused):
    """Two municipalities never have the same number on one day."""

    code = "municipality.number_taken"

    def __init__(self, *, number: str, municipality: str) -> None:
        super().__init__(
            f"{municipality} has number {number}", number=number, municipality=municipality
        )


class PreferredAirportUnknown(Invalid):
    """There is no such airport in the register."""

    code = "municipality.airport_unknown"

    def __init__(self, *, iata: str) -> None:
        super().__init__(f"no airport {iata}", pointer="/preferred_airport", airport=iata)


class RegisterTooEarly(Refused):
    """A register older than the first one stored says nothing that could be put in its place."""

    code = "register.too_early"

    def __init__(self, *, valid_from: date, begins_on: date) -> None:
        super().__init__(
            f"the register begins on {begins_on}: a file of {valid_from} comes before any later",
            valid_from=valid_from.isoformat(),
            begins_on=begins_on.isoformat(),
        )
