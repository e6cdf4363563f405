"""Where paper goes when nobody opens a letter: the municipalities' postal addresses, from a file.

SvarUt prints only what has an address. The file is the operator's: a line for each municipality,
`number;line;postcode;place`.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from app.errors import CannotStart


@dataclass(frozen=True, slots=True)
class PostalAddress:
    line: str
    postcode: str
    place: str


class PostalAddresses:
    """The file as it is now: read again when it has changed.

    Raises:
        CannotStart: it cannot be read, or a line of it is none.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._changed = 0
        self._known: dict[str, PostalAddress] = {}
        self("")

    def __call__(self, municipality_number: str) -> PostalAddress | None:
        try:
            changed = self._file.stat().st_mtime_ns
            if changed != self._changed:
                self._known, self._changed = _read(self._file), changed
        except OSError as fault:
            if not self._changed:
                raise CannotStart(f"{self._file}: {fault.strerror}.") from fault
        return self._known.get(municipality_number)


def _read(file: Path) -> dict[str, PostalAddress]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        found = {}
        for at, row in enumerate(csv.reader(lines, delimiter=";"), start=1):
            number, line, postcode, place = ([part.strip() for part in row] + [""] * 4)[:4]
            if at == 1 and not number.isdigit():
                continue  # the columns' names
            if not (number.isdigit() and postcode.isdigit() and place):
                raise CannotStart(f"{file}, line {at}: not number;line;postcode;place.")
            found[number] = PostalAddress(line, postcode, place)
    return found
