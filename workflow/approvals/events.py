"""What four eyes tell: that something waits, and what came of it. Identifiers and codes only."""

from enum import StrEnum


class ApprovalEvent(StrEnum):
    #: For a second person of the municipality's.
    WAITS_IN_MUNICIPALITY = "approval.waits_in_municipality"
    #: For a second person of IMDi's; where only a lead may be that, the one after.
    WAITS = "approval.waits"
    WAITS_FOR_LEAD = "approval.waits_for_lead"
    #: Of Sweden's Migration Agency.
    WAITS_IN_AGENCY = "approval.waits_in_agency"
    APPROVED = "approval.approved"
    REJECTED = "approval.rejected"
    #: A run that two had agreed on was undone.
    UNDONE = "approval.undone"
