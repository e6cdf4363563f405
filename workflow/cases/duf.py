"""DUF numbers: what UDI registers a foreign national by. Twelve digits: year, running, check.

The check digits weigh the running number and then the year, modulus 11, written with two digits.
They catch a slip of the pen; a right number need not belong to anybody.
"""

import re

_WRITTEN = re.compile(r"[0-9]{12}")
_WEIGHTS = (4, 6, 3, 2, 7, 5, 4, 6, 3, 2)
LAST_RUNNING = 999_999
#: Running numbers we keep for invented persons: ours alone to say, UDI knows of no such series.
TEST_SERIES = range(990_000, LAST_RUNNING + 1)


def check_digits(year: int, running: int) -> str:
    """The two check digits, `00` to `10`.

    Raises:
        ValueError: the year has not four digits, or the running number has more than six.
    """
    if not 1000 <= year <= 9999 or not 0 <= running <= LAST_RUNNING:
        raise ValueError(f"no DUF number has year {year} and running number {running}")
    weighed = zip(f"{running:06}{year}", _WEIGHTS, strict=True)
    return f"{sum(int(digit) * weight for digit, weight in weighed) % 11:02}"


def make(year: int, running: int) -> str:
    """The number with its check digits; raises as `check_digits`."""
    return f"{year}{running:06}{check_digits(year, running)}"


def is_valid(text: str) -> bool:
    """Twelve digits, the last two as they must be; blanks and marks are not read past."""
    if not _WRITTEN.fullmatch(text) or text.startswith("0"):
        return False
    return text[10:] == check_digits(int(text[:4]), int(text[4:10]))


def is_test(text: str) -> bool:
    """Whether it is one of the invented persons' numbers."""
    return is_valid(text) and int(text[4:10]) in TEST_SERIES
