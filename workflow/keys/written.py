"""The table a computed key is written as, the same by the command line and from the database."""

import csv
import hashlib
import io
from collections.abc import Iterator

from workflow.keys.targets import Key

COLUMNS = ("code", "name", "county", "share", "credit", "gross", "net", "target")
SHARE_DECIMALS, PEOPLE_DECIMALS = 12, 6


def header(key: Key) -> tuple[str, ...]:
    return (*COLUMNS, *(f"share_by_{name}" for name in key.shares.contributions))


def lines(key: Key) -> Iterator[tuple[str | int, ...]]:
    """A line for each row, in the order of the codes; shares and people rounded to decimals."""
    who = key.statistics
    for i in range(len(who)):
        yield (
            who.codes[i],
            who.names[i],
            who.counties[i],
            key.shares.total.decimal(i, SHARE_DECIMALS),
            key.credit.decimal(i, PEOPLE_DECIMALS),
            key.gross.decimal(i, PEOPLE_DECIMALS),
            key.net.decimal(i, PEOPLE_DECIMALS),
            key.targets[i],
            *(share.decimal(i, SHARE_DECIMALS) for share in key.shares.contributions.values()),
        )


def digest(key: Key) -> str:
    """SHA-256 of the whole table as CSV: who computes the key anew compares."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header(key))
    writer.writerows(lines(key))
    return hashlib.sha256(out.getvalue().encode()).hexdigest()
