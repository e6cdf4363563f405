"""What accommodation can refuse."""

from workflow.kernel.errors import Invalid, NotAllowed, Refused


class NotTheBuyer(NotAllowed):
    """Migrationsverket acquires; a county board takes in its own inventory."""


class WeightsUnusable(Invalid):
    """Weights of what is near say something that cannot be."""

    code = "location_weights.unusable"


class WeightsStand(Refused):
    """Weights of that day or a later one stand: what was scored by them stays."""

    code = "location_weights.stand"


class InventoryUnusable(Invalid):
    """The file of the inventory cannot be read; nothing of it was taken in."""

    code = "inventory.unusable"


class InventoryKnown(Refused):
    """The same file of the county has been taken in."""

    code = "inventory.known"


class RowDecided(Refused):
    """The line has been used or rejected."""

    code = "inventory.decided"


class RowHasNoPlace(Refused):
    """The line says too little to be used: it can only be rejected."""

    code = "inventory.not_usable"


class OfferIsOver(Refused):
    """The offer is not open."""

    code = "offer.not_open"


class MoreThanTheObject(Refused):
    """More places than the object has beds."""

    code = "accommodation.too_many_beds"


class BedsContracted(Refused):
    """The object would have fewer beds than are contracted on some day to come."""

    code = "accommodation.beds_contracted"


class ObjectFull(Refused):
    """The object's beds are contracted already in that time; it is counted once."""

    code = "accommodation.object_full"


class UnderFull(Refused):
    """More places than those they are among."""

    code = "call_off.under_full"


class FrameworkExhausted(Refused):
    """More than the framework holds at a time, or outside its time."""

    code = "contract.exhausted"


class NoFramework(Refused):
    """Only from a framework agreement is called off."""

    code = "contract.no_framework"


class ContractIsOver(Refused):
    """The contract or the call-off has ended, or ends no later than asked for."""

    code = "contract.over"


class PlacesInsideNotice(Refused):
    """New places would begin inside the municipality's notice period, and nobody says why."""

    code = "contract.inside_notice"


class PastTheTarget(Refused):
    """The contract goes past the municipality's number, and nobody says why."""

    code = "contract.past_target"


class CallOffOccupied(Refused):
    """Somebody slept there after the night it would end."""

    code = "call_off.occupied"


class OccupancyUnusable(Invalid):
    """More nights than there are places, to come, or outside the time of the call-off."""

    code = "occupancy.unusable"


class OccupancyFileUnusable(Invalid):
    """Lines of a file of used nights cannot be recorded; none was."""

    code = "occupancy.file_unusable"


class OccupancyRecorded(Refused):
    """Some of the nights are recorded in another period."""

    code = "occupancy.recorded"
