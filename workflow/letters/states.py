"""Words of letters."""

from enum import StrEnum
from typing import Final


class LetterKind(StrEnum):
    REQUEST = "original_request"
    ADJUSTED_REQUEST = "adjusted_request"
    SETTLEMENT = "settlement_decision"
    REVERSAL = "reversal_decision"
    WITHDRAWAL = "withdrawal_notice"
    ARRIVAL = "arrival_notice"


class Recipient(StrEnum):
    MUNICIPALITY = "municipality"
    REFUGEE = "refugee"


class LetterState(StrEnum):
    """Where a letter is with us; `Delivery` says how it fares after."""

    #: In the undo window: it can be previewed, and has no number yet.
    WAITING = "waiting"
    #: It never left: what it told of was undone, or overtaken, before the window closed.
    RECALLED = "recalled"
    #: A person has stopped it while it waited; a person may let it go on.
    STOPPED = "stopped"
    #: In the series; its document is being made.
    NUMBERED = "numbered"
    #: Its document is sealed; it is to be sent.
    READY = "ready"
    #: Handed to the channel.
    SENT = "sent"
    #: The channel would not take it, or could not for long: a person has to look.
    STUCK = "stuck"


class Delivery(StrEnum):
    """How a sent letter fares: the statuses of KS SvarUt, and those of a letter that is not there.

    SvarUt hands what is not opened in two working days to print.
    """

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOTIFIED = "notified"
    READ = "read"
    SENT_TO_PRINT = "sent_to_print"
    PRINTED = "printed"
    HANDLED_MANUALLY = "handled_manually"
    SENT_DIGITALLY = "sent_digitally"
    SENT_TO_MAILBOX = "sent_to_mailbox"
    DELIVERED_TO_MAILBOX = "delivered_to_mailbox"
    READY_FOR_PICKUP = "ready_for_pickup"
    NOT_DELIVERED = "not_delivered"
    #: Written to the folder, for whoever sends from there.
    IN_FOLDER = "in_folder"
    #: For a person to hand over: no channel takes it.
    BY_HAND = "by_hand"
    #: A person has: in person, or by post.
    HANDED_OVER = "handed_over"
    POSTED = "posted"


class StopReason(StrEnum):
    """Why a person stopped a letter."""

    WRONG_CONTENT = "wrong_content"
    WRONG_RECIPIENT = "wrong_recipient"
    #: What it tells is no longer so.
    NO_LONGER_SO = "no_longer_so"
    TOLD_OTHERWISE = "told_otherwise"


class Channel(StrEnum):
    SVARUT = "svarut"
    FOLDER = "folder"
    BY_HAND = "by_hand"


#: Nothing more is heard of them.
FINAL: Final = frozenset(
    {
        Delivery.READ,
        Delivery.REJECTED,
        Delivery.PRINTED,
        Delivery.HANDLED_MANUALLY,
        Delivery.DELIVERED_TO_MAILBOX,
        Delivery.NOT_DELIVERED,
        Delivery.IN_FOLDER,
        Delivery.BY_HAND,
        Delivery.HANDED_OVER,
        Delivery.POSTED,
    }
)
#: Ways a person hands over what no channel takes.
HANDED: Final = (Delivery.HANDED_OVER, Delivery.POSTED)
#: It did not reach anybody.
FAILED: Final = frozenset({Delivery.REJECTED, Delivery.NOT_DELIVERED})
#: It goes by paper, or has gone.
ON_PAPER: Final = frozenset({Delivery.SENT_TO_PRINT, Delivery.PRINTED})
#: It lies where nobody has opened it yet: paper follows.
UNOPENED: Final = frozenset(
    {
        Delivery.RECEIVED,
        Delivery.ACCEPTED,
        Delivery.NOTIFIED,
        Delivery.SENT_DIGITALLY,
        Delivery.READY_FOR_PICKUP,
    }
)
#: Letters that name the people of the case.
NAMES_PEOPLE: Final = frozenset({LetterKind.SETTLEMENT, LetterKind.REVERSAL})
REQUESTS: Final = frozenset({LetterKind.REQUEST, LetterKind.ADJUSTED_REQUEST})
