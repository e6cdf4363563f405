"""A file of outcome scores: a line for a household, or for a person where there is that column."""

import math
from dataclasses import dataclass
from typing import BinaryIO, Final

from workflow.kernel.tables import RejectedRow, Row, read_table

COLUMNS: Final = ("case", "municipality", "score")
PERSON: Final = "person"
#: Beyond this a score is a mistake in the file.
LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Score:
    """One line of the file."""

    line: int
    case_number: str
    municipality_number: str
    score: float
    #: Whose chance it is; empty: the household's score.
    person: str = ""


def read_scores(file: BinaryIO) -> tuple[list[Score], list[RejectedRow]]:
    """The lines of a file; a pair that is there twice is used once and told."""
    scores: list[Score] = []
    rejected: list[RejectedRow] = []
    seen: dict[tuple[str, str, str], int] = {}
    by_person = _has_persons(file)
    for row in read_table(file, delimiter=",", columns=COLUMNS, optional=(PERSON,)):
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        value = _number(row["score"])
        pair = row["case"], row["municipality"], row[PERSON]
        if value is None:
            rejected.append(row.rejected("score", repr(row["score"]), expected="a number"))
        elif by_person and not row[PERSON]:
            rejected.append(row.rejected(PERSON, "nobody", expected="a word for the person"))
        elif by_person and not 0 <= value <= 1:
            rejected.append(row.rejected("score", row["score"], expected="a chance, 0 to 1"))
        elif pair in seen:
            rejected.append(_twice(row, seen[pair]))
        else:
            seen[pair] = row.line
            scores.append(Score(row.line, *pair[:2], value, pair[2]))
    return scores, rejected


def _has_persons(file: BinaryIO) -> bool:
    start = file.tell()
    head = file.readline(1000).decode("utf-8-sig", errors="replace")
    file.seek(start)
    return PERSON in {word.strip() for word in head.split(",")}


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= LARGEST else None


def _twice(row: Row, line: int) -> RejectedRow:
    return row.rejected("case", f"the pair stands on line {line}", expected="each pair once")
