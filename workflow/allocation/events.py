"""What targets and keys tell: identifiers, numbers and days; never a name or a free text."""

from enum import StrEnum


class AllocationEvent(StrEnum):
    #: A version of a year's numbers, to the counties it changes.
    DECIDED = "target.decided"
    #: One municipality's number: its first of the year, raised, raised to hold before its notice
    #: period is over, lowered.
    FIRST = "target.first"
    RAISED = "target.raised"
    RAISED_EARLY = "target.raised_inside_notice"
    LOWERED = "target.lowered"
    #: A correction waits for a later year's first number.
    CARRIED_OVER = "target.carried_over"
    #: Numbers are decided by a version of a key for the first time.
    KEY_IN_FORCE = "key.in_force"
    SWAP_PROPOSED = "swap.proposed"
    SWAP_AGREED = "swap.agreed"
    SWAP_CONFIRMED = "swap.confirmed"
    SWAP_DECLINED = "swap.declined"
    #: It was declined or taken back, for the board that might have confirmed it.
    SWAP_OVER = "swap.over"
