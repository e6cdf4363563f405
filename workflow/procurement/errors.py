"""What procurement can refuse."""

from workflow.kernel.errors import Invalid, Refused


class ProcurementUnusable(Invalid):
    """What was handed in cannot be reckoned with."""

    code = "procurement.unusable"


class TooFewBeds(Refused):
    """All that is offered does not come to so many beds."""

    code = "procurement.too_few_beds"


class TooManyPlans(Refused):
    """So many plans are not gone through one by one, and this measure is planned no other way."""

    code = "procurement.too_many_plans"
