"""Words of messages: what they are about, how they leave, and how they fare."""

from enum import StrEnum
from typing import Final

from workflow.kernel.country import Country


class Topic(StrEnum):
    """A kind of message that people choose recipients for."""

    REQUESTS = "requests"
    REMINDERS = "reminders"
    WITHDRAWALS = "withdrawals"
    TRAVEL = "travel"
    CASES = "cases"
    HOMES = "homes"
    VALIDITY = "validity"
    REGISTER = "register"
    #: Sweden's.
    TARGETS = "targets"
    SWAPS = "swaps"
    REPORTS = "reports"
    PLACES = "places"


class Channel(StrEnum):
    """What a message leaves by. In the application it stands as a notice besides."""

    EMAIL = "email"
    SMS = "sms"


class Way(StrEnum):
    """What a dispatch is of: a message by a channel, or an event that could not be told."""

    EMAIL = "email"
    SMS = "sms"
    EVENT = "event"


class Timing(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"


class Language(StrEnum):
    NB = "nb"
    NN = "nn"
    EN = "en"
    SV = "sv"


class Condition(StrEnum):
    """What has to be so when a message leaves; asked again just before."""

    #: The municipality has been asked about the case, and has not answered.
    UNANSWERED = "unanswered"


class DispatchState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    #: Did not leave; tried again later.
    FAILED = "failed"
    #: Given up; waits for a person.
    DEAD = "dead"
    #: What it was to say is no longer so, or its recipient no longer wants it.
    OBSOLETE = "obsolete"


#: Not yet settled.
OPEN: Final = (DispatchState.PENDING, DispatchState.SENDING, DispatchState.FAILED)

#: When a message leaves if its recipient has not said otherwise.
USUAL_TIMING: Final = {
    Topic.REQUESTS: Timing.AT_ONCE,
    Topic.REMINDERS: Timing.AT_ONCE,
    Topic.WITHDRAWALS: Timing.AT_ONCE,
    Topic.TRAVEL: Timing.AT_ONCE,
    Topic.CASES: Timing.DAILY,
    Topic.HOMES: Timing.DAILY,
    Topic.VALIDITY: Timing.AT_ONCE,
    Topic.REGISTER: Timing.DAILY,
    Topic.TARGETS: Timing.AT_ONCE,
    Topic.SWAPS: Timing.AT_ONCE,
    Topic.REPORTS: Timing.AT_ONCE,
    Topic.PLACES: Timing.AT_ONCE,
}

#: What a deployment's offices are told about, and in which languages.
TOPICS_IN: Final = {
    Country.SWEDEN: (Topic.TARGETS, Topic.PLACES, Topic.SWAPS, Topic.REPORTS),
    Country.NORWAY: tuple(Topic)[: [*Topic].index(Topic.TARGETS)],
}
LANGUAGES_IN: Final = {
    Country.SWEDEN: (Language.SV,),
    Country.NORWAY: (Language.NB, Language.NN, Language.EN),
}
