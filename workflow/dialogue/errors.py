"""What the dialogue log can refuse."""

from workflow.kernel.errors import NotAllowed, Refused


class NotInTheLog(NotAllowed):
    """Migrationsverket and the county boards write the log, each county's board its own county."""


class AnsweredAlready(Refused):
    """There is an answer."""

    code = "dialogue.answered"


class NothingToFollow(Refused):
    """Nothing was to follow, or it has been seen to."""

    code = "dialogue.nothing_to_follow"


class ContactInFuture(Refused):
    """What is planned is no contact yet."""

    code = "dialogue.in_future"
