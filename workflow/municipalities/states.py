"""Words of the register."""

from enum import StrEnum


class LetterLanguage(StrEnum):
    """The municipality's own decision on the language of letters to it (språklova § 13)."""

    NEUTRAL = "neutral"
    BOKMAL = "bokmal"
    NYNORSK = "nynorsk"
