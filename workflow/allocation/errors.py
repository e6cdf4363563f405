"""What keys, targets, swaps and counts can refuse."""

from workflow.kernel.errors import Invalid, NotAllowed, Refused


class NotThisRole(NotAllowed):
    """Keys and targets are Migrationsverket's to decide, swaps the county's parties' own."""


class KeyUnusable(Invalid):
    """The key's file says something that cannot be."""

    code = "key.unusable"


class KeyVersionTaken(Refused):
    """A version of a key is never changed: what differs is the next version."""

    code = "key.version_taken"


class StatisticsUnusable(Invalid):
    """Lines of the statistics or of a count cannot be used; none was taken in."""

    code = "statistics.unusable"


class KeyNotComputable(Refused):
    """These statistics do not carry this key."""

    code = "key.not_computable"


class TargetsStand(Refused):
    """The year has its first targets already: from then on they are revised."""

    code = "targets.stand"


class TargetsMissing(Refused):
    """The year has no targets yet."""

    code = "targets.missing"


class NothingChanges(Refused):
    """The numbers are those that stand."""

    code = "targets.unchanged"


class TargetRaised(Refused):
    """In a revision a number stays or is lowered, unless raising is said to be meant."""

    code = "targets.raised"


class InsideNotice(Refused):
    """A raised number would hold inside a municipality's notice period, and nobody says why."""

    code = "targets.inside_notice"


class NotInOneCounty(Refused):
    """A swap is between two municipalities of one county, whose sum it keeps."""

    code = "swap.not_in_county"


class SwapTooLarge(Refused):
    """Nobody gives away more than its number."""

    code = "swap.too_large"


class SwapIsOver(Refused):
    """The swap is not at the step that is asked for."""

    code = "swap.wrong_state"


class NotTheOther(NotAllowed):
    """The other municipality answers, not the one that proposed."""


class NobodyPast(Refused):
    """There is nobody past the number, so there is nothing to give a reason for."""

    code = "excess.none"


class CountInFuture(Refused):
    """People are counted when the day has come."""

    code = "count.in_future"
