"""The county boards' inventory of accommodation (Ju2022/00942) as a file, read line by line. Pure.

A line is kept as it is written, also where it says too little to be lived in: then it can only be
rejected. What cannot be cut into fields is no line of it.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from workflow.accommodation.location import MOST_METRES, MOST_MINUTES, Distance
from workflow.accommodation.objects import MOST_BEDS
from workflow.accommodation.states import Nearby, OwnerKind, Standard
from workflow.kernel.tables import RejectedRow, Row, read_table
from workflow.municipalities.sweden import Place

COLUMNS: Final = ("municipality", "name", "owner", "standard", "beds")
DISTANCES: Final = tuple(f"{kind}_{unit}" for kind in Nearby for unit in ("metres", "minutes"))
OPTIONAL: Final = ("address", "note", *DISTANCES)
_LONGEST: Final = {"name": 200, "address": 200}
_MOST: Final = {"metres": MOST_METRES, "minutes": MOST_MINUTES}
_HEADER: Final = 2000
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a line says of something to live in; what is None cannot be read of it."""

    municipality: Place | None
    name: str
    address: str | None
    owner: OwnerKind | None
    standard: Standard | None
    beds: int | None
    distances: Mapping[Nearby, Distance]
    #: The columns that say nothing, or what cannot be.
    problems: tuple[str, ...] = field(default=())


def read(file: bytes) -> tuple[list[Row], list[RejectedRow]]:
    """Its lines, parted by commas or, as some programs write them, by semicolons."""
    header = file[:_HEADER].split(b"\n", 1)[0]
    delimiter = ";" if header.count(b";") > header.count(b",") else ","
    rows: list[Row] = []
    rejected: list[RejectedRow] = []
    for row in read_table(
        io.BytesIO(file), delimiter=delimiter, columns=COLUMNS, optional=OPTIONAL
    ):
        if isinstance(row, RejectedRow):
            rejected.append(row)
        else:
            rows.append(row)
    return rows, rejected


def proposed(fields: Mapping[str, str], known: Mapping[str, Place], county: str) -> Proposed:
    """What a line's fields say.

    Args:
        known: municipalities by number.
        county: whose inventory it is; another county's municipality is none of its.
    """
    problems = []
    here = known.get(fields["municipality"])
    if here is None or here.county != county:
        here = None
        problems.append("municipality")
    name, address = fields["name"], fields.get("address", "")
    problems += [
        column
        for column, text in (("name", name), ("address", address))
        if len(text) > _LONGEST[column] or (column == "name" and not text)
    ]
    owner = _one_of(OwnerKind, fields["owner"])
    standard = _one_of(Standard, fields["standard"])
    beds = _whole(fields["beds"], MOST_BEDS)
    wrong = {"owner": owner is None, "standard": standard is None, "beds": not beds}
    problems += [column for column, is_wrong in wrong.items() if is_wrong]
    far: dict[str, int | None] = {}
    for column in DISTANCES:
        text = fields.get(column, "")
        far[column] = _whole(text, _MOST[column.rpartition("_")[2]])
        if text and far[column] is None:
            problems.append(column)
    distances = {kind: Distance(far[f"{kind}_metres"], far[f"{kind}_minutes"]) for kind in Nearby}
    return Proposed(
        here, name, address or None, owner, standard, beds or None, distances, tuple(problems)
    )


def _one_of(words: type[Word], text: str) -> Word | None:
    return words(text) if text in set(words) else None


def _whole(text: str, most: int) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(most)):
        return None
    return number if (number := int(text)) <= most else None
