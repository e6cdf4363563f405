"""What the register tells the world."""

from enum import StrEnum


class MunicipalityEvent(StrEnum):
    REGISTER_STORED = "municipalities.stored"
    RENAMED = "municipality.renamed"
    LETTER_LANGUAGE_SET = "municipality.letter_language_set"
    PREFERRED_AIRPORT_SET = "municipality.preferred_airport_set"
