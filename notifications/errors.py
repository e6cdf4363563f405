"""Why a recipient is not chosen, or a dead letter not sent again."""

from workflow.kernel.errors import Refused


class ChosenAlready(Refused):
    """The address has been chosen for the topic already."""

    code = "recipient.chosen"

    def __init__(self, *, topic: str | None) -> None:
        super().__init__("the address is chosen already", topic=topic)


class NoAddressOfWork(Refused):
    """Who has no e-mail address registered cannot be sent e-mail."""

    code = "recipient.no_address"

    def __init__(self) -> None:
        super().__init__("the user has no e-mail address")


class NotDead(Refused):
    """Only what has been given up is sent again by a person."""

    code = "delivery.not_dead"

    def __init__(self, *, state: str) -> None:
        super().__init__(f"the delivery is {state}", state=state)
