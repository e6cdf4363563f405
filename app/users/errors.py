"""Why a user cannot be added, changed or ended, or authority not be lent."""

from workflow.kernel.actor import Role
from workflow.kernel.errors import Refused


class LastAdministrator(Refused):
    """Nobody would be left to manage the organisation's users."""

    code = "user.last_administrator"

    def __init__(self, *, role: Role) -> None:
        super().__init__("nobody else manages the users of the organisation", role=role)


class AnotherOrganisation(Refused):
    """A role of another kind of organisation is another user's."""

    code = "user.another_organisation"

    def __init__(self, *, role: Role, wanted: Role) -> None:
        super().__init__(f"{wanted} is of another organisation", role=role, wanted=wanted)


class KnownAlready(Refused):
    """The organisation has a user with this address, or this person, already."""

    code = "user.known_already"

    def __init__(self) -> None:
        super().__init__("there is such a user already")


class UserHasEnded(Refused):
    """The user has been ended; whoever comes back is added anew."""

    code = "user.ended"

    def __init__(self) -> None:
        super().__init__("the user has been ended")


class NotAColleague(Refused):
    """Authority is lent within one organisation."""

    code = "delegation.not_a_colleague"

    def __init__(self) -> None:
        super().__init__("the two are not of the same organisation")


class NothingToLend(Refused):
    """The role has no authority that others may use."""

    code = "delegation.nothing_to_lend"

    def __init__(self, *, role: Role) -> None:
        super().__init__("the role lends no authority", role=role)


class Chain(Refused):
    """Who acts for another lends nothing, and takes on nobody else's authority."""

    code = "delegation.chain"

    def __init__(self) -> None:
        super().__init__("who acts for another does not pass the authority on")


class NotInForce(Refused):
    """The delegation has not begun, is over, or was ended."""

    code = "delegation.not_in_force"

    def __init__(self) -> None:
        super().__init__("the delegation is not in force")
