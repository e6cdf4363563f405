"""What stops the program before it serves anyone."""


class CannotStart(Exception):
    """The set-up is not one we run on; the message is one sentence that says what to do."""
