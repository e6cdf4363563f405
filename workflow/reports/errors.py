"""What a report can refuse."""

from workflow.kernel.errors import Invalid, NotAllowed, Refused


class NotTheirReport(NotAllowed):
    """Migrationsverket reports, each county board signs its own part, Stockholm's coordinates."""


class ReportDayInFuture(Refused):
    """A report tells of what has been."""

    code = "report.in_future"


class NothingToReport(Refused):
    """The year has no targets, or nobody has been counted by that day."""

    code = "report.nothing"


class OpeningUnusable(Invalid):
    """A final report begins with a frozen interim report of an earlier day."""

    code = "report.opening"


class ReportFrozen(Refused):
    """What is frozen is never changed."""

    code = "report.frozen"


class ReportNotFrozen(Refused):
    """Only what is frozen is handed over."""

    code = "report.not_frozen"


class PartsUnsigned(Refused):
    """The interim report is joint: a county board has not signed off its part."""

    code = "report.unsigned"


class NotCoordinated(Refused):
    """The coordinating county board has not said that the parts are together."""

    code = "report.not_coordinated"


class NotReconciled(Refused):
    """Opening and changes do not make the closing figures, and nobody says why."""

    code = "report.not_reconciled"


class HandedOver(Refused):
    """It has been handed over, or would be before it was frozen."""

    code = "report.handed_over"
