"""The words of the dialogue log."""

from enum import StrEnum


class Party(StrEnum):
    """Whom one speaks with."""

    COUNTY_BOARD = "county_board"
    MUNICIPALITY = "municipality"
    #: Sveriges Kommuner och Regioner.
    SKR = "skr"
    OTHER = "other"


class ContactChannel(StrEnum):
    MEETING = "meeting"
    TELEPHONE = "telephone"
    LETTER = "letter"
    EMAIL = "email"
