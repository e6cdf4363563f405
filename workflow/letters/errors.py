"""Why nothing can be done with a letter."""

from workflow.kernel.errors import Refused
from workflow.letters.states import LetterState


class NotStuck(Refused):
    """Only a stuck letter is tried again by a person; others are tried by themselves."""

    code = "letter.not_stuck"

    def __init__(self, state: LetterState) -> None:
        super().__init__("the letter is not stuck", state=state)


class NotWaiting(Refused):
    """Only a letter that still waits can be stopped: its number and its document are for good."""

    code = "letter.not_waiting"

    def __init__(self, state: LetterState) -> None:
        super().__init__("the letter does not wait", state=state)


class NotStopped(Refused):
    """Only what a person has stopped is let go on by one."""

    code = "letter.not_stopped"

    def __init__(self, state: LetterState) -> None:
        super().__init__("the letter is not stopped", state=state)


class NotByHand(Refused):
    """A channel has the letter, or will: it is not handed over by a person."""

    code = "letter.not_by_hand"

    def __init__(self, state: LetterState) -> None:
        super().__init__("the letter is not one to hand over", state=state)


class NothingToSend(Refused):
    """No request of the year is without its letter."""

    code = "letter.nothing_to_send"

    def __init__(self, year: int) -> None:
        super().__init__("every request of the year has its letter", year=year)


class DocumentGone(Refused):
    """The people the document named are erased; its number and its digest stand."""

    code = "letter.document_gone"

    def __init__(self) -> None:
        super().__init__("the document was erased with the people it named")
