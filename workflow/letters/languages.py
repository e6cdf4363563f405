"""In which language a letter is written (språklova § 13), and what a refugee reads besides.

A letter's text is written by people who write the language well: `TEXTS` is the table of what
exists, and a language is added to it together with its templates in `templates/letters/`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from workflow.letters.states import LetterKind
from workflow.municipalities.states import LetterLanguage


class Language(StrEnum):
    """ISO 639."""

    BOKMAL = "nb"
    NYNORSK = "nn"
    ENGLISH = "en"


#: In which languages a refugee can be written to, besides bokmål and nynorsk.
TEXTS: Final[dict[LetterKind, frozenset[Language]]] = {
    LetterKind.SETTLEMENT: frozenset({Language.ENGLISH}),
    LetterKind.REVERSAL: frozenset({Language.ENGLISH}),
}
#: For who reads none of them.
OTHERWISE: Final = Language.ENGLISH
_NORWEGIAN: Final = {"nb": Language.BOKMAL, "no": Language.BOKMAL, "nn": Language.NYNORSK}


def of_municipality(decided: LetterLanguage) -> Language:
    """The language of letters to it; bokmål where it has not chosen."""
    return Language.NYNORSK if decided is LetterLanguage.NYNORSK else Language.BOKMAL


def of_reader(kind: LetterKind, reads: Iterable[str]) -> Language | None:
    """What stands below the Norwegian text: the first language read that there is a text in.

    None where Norwegian is read before any of them.

    Args:
        reads: ISO 639 codes, those of the first person of the household first.
    """
    for code in reads:
        if code in _NORWEGIAN:
            return None
        if code in TEXTS[kind]:
            return Language(code)
    return OTHERWISE
