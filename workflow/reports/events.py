"""What reports tell; identifiers and codes only."""

from enum import StrEnum


class ReportEvent(StrEnum):
    #: The interim report has been begun: every board signs its part.
    TO_SIGN = "report.to_sign"
    SIGNED = "report.signed"
    #: The last board has signed: it can be coordinated.
    ALL_SIGNED = "report.all_signed"
    COORDINATED = "report.coordinated"
    FROZEN = "report.frozen"
