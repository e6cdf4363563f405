"""What the life of a case tells the world: identifiers and codes, never a name or a free text."""

from enum import StrEnum


class CaseEvent(StrEnum):
    REGISTERED = "case.registered"
    ENTRY_CHANGED = "case.entry_changed"
    DISTRIBUTED = "case.distributed"
    REDISTRIBUTED = "case.redistributed"
    ACCEPTED = "case.accepted"
    DECLINED = "case.declined"
    RETRACTED = "case.retracted"
    REOPENED = "case.reopened"
    WEEK_CHANGED = "case.week_changed"
    PLACED = "case.placed"
    WITHDRAWN = "case.withdrawn"
    RESTORED = "case.restored"
    RECALLED = "case.recalled"
    SETTLED_SOME = "case.settled_some"
    SETTLED = "case.settled"
    SETTLEMENT_CORRECTED = "case.settlement_corrected"
    PERSON_JOINED = "case.person_joined"
    PERSON_LEFT = "case.person_left"
    PERSON_CORRECTED = "case.person_corrected"
    LAPSED = "case.lapsed"
