"""What webhooks can refuse."""

from workflow.kernel.errors import Refused


class AddressNotForUs(Refused):
    """The address is not one we go to: not https, or not public."""

    code = "webhook.address"

    def __init__(self, why: str) -> None:
        super().__init__("we do not send there", why=why)


class TooMany(Refused):
    """The owner has as many webhooks as it may."""

    code = "webhook.too_many"

    def __init__(self, most: int) -> None:
        super().__init__(f"at most {most} webhooks", most=most)


class IsOff(Refused):
    """It is off: nothing is sent to it."""

    code = "webhook.off"

    def __init__(self) -> None:
        super().__init__("the webhook is off")


class StillWaits(Refused):
    """The delivery is on its way as it is."""

    code = "webhook.delivery_waits"

    def __init__(self) -> None:
        super().__init__("the delivery is not settled yet")
