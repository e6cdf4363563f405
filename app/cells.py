"""A cell of a file that people open in a spreadsheet: shown, never calculated.

What begins as a formula is written with an apostrophe before it, which a spreadsheet takes for
"text". Numbers stay numbers. A quoted cell is no help: the quotes are gone when it is opened.
"""

import re
from typing import Final

#: Where a spreadsheet begins a formula, also behind blanks and written wide; line ends, and NUL.
_BEGINS: Final = re.compile(r"[\t\r\n\0]|\s*[=+\-@|%＝＋－＠]")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?")


def cell(text: str) -> str:
    """The text as a cell that shows it."""
    if _BEGINS.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
