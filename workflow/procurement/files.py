"""Offers, needs and claims from delimited files, each line used or told what is wrong with it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import BinaryIO, Final, TypeVar

from workflow.kernel.tables import RejectedRow, Row, encoding_of, read_table
from workflow.procurement.compensation import Claim, Rates, spans
from workflow.procurement.errors import ProcurementUnusable
from workflow.procurement.market import MOST_ORE, MOST_PLACES, MOST_POINTS, Bid, Need

BID_COLUMNS: Final = ("offer", "code", "beds", "price")
BID_OPTIONAL: Final = ("name", "object", "min_beds", "free_beds", "points", "pay_when_used", "meal")
NEED_COLUMNS: Final = ("code", "target")
NEED_OPTIONAL: Final = ("name", "county", "procured")
CLAIM_COLUMNS: Final = ("code", "kind", "quantity", "since")
CLAIM_OPTIONAL: Final = ("until", "name", "printed")

_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_KRONOR: Final = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,2}))?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YES: Final = frozenset({"1", "ja", "yes", "true"})
_NO: Final = frozenset({"", "0", "nej", "no", "false"})


def read_bids(file: BinaryIO, codes: Sequence[str]) -> tuple[list[Bid], list[RejectedRow]]:
    """The offers; a code must be one of the needs'."""
    known = frozenset(codes)
    where: dict[str, str] = {}

    def bid(row: Row, of: "_Fields") -> Bid:
        of.once("offer")
        if row["code"] not in known:
            of.fault("code", "a municipality of the other file")
        beds = of.whole("beds", 1, MOST_PLACES)
        told = row["object"]
        if told and where.setdefault(told, row["code"]) != row["code"]:
            of.fault("object", f"in {where[told]}, as before")
        return Bid(
            id=row["offer"],
            code=row["code"],
            beds=beds,
            price_ore=of.kronor("price", MOST_ORE),
            object=told or None,
            min_beds=of.perhaps("min_beds", 1, max(1, beds)),
            free_beds=of.perhaps("free_beds", 0, MOST_PLACES),
            points=of.perhaps("points", 0, MOST_POINTS),
            pay_when_used=of.yes("pay_when_used"),
            name=row["name"],
            meal_ore=of.kronor("meal", MOST_ORE) if row["meal"] else None,
        )

    return _read(file, BID_COLUMNS, BID_OPTIONAL, bid, key="offer")


def read_needs(file: BinaryIO) -> tuple[list[Need], list[RejectedRow]]:
    """The numbers; other columns may be there, so that a key's own table can be handed in."""

    def need(row: Row, of: "_Fields") -> Need:
        of.once("code")
        code = row["code"]
        county = row["county"] or (code[:2] if re.fullmatch(r"[0-9]{4}", code) else "")
        return Need(
            code=code,
            target=of.whole("target", 0, MOST_PLACES),
            procured=of.perhaps("procured", 0, MOST_PLACES) or 0,
            name=row["name"],
            county=county,
        )

    return _read(file, NEED_COLUMNS, NEED_OPTIONAL, need, key="code", others=True)


def read_claims(file: BinaryIO, rates: Rates) -> tuple[list[Claim], list[RejectedRow]]:
    """What happened; each line must have a rate for all of its time."""

    def claim(row: Row, of: "_Fields") -> Claim:
        if not row["code"]:
            of.fault("code", "a municipality's code")
        since = of.day("since")
        told = Claim(
            line=row.line,
            code=row["code"],
            kind=row["kind"],
            quantity=of.whole("quantity", 0, MOST_PLACES),
            since=since or date.min,
            until=of.day("until") if row["until"] else None,
            name=row["name"],
            printed_ore=of.kronor("printed", 10**17) if row["printed"] else None,
        )
        if not of.rejected:
            try:
                spans(told, rates)
            except ProcurementUnusable as fault:
                of.fault(fault.pointer.lstrip("/"), str(fault.facts["expected"]))
        return told

    return _read(file, CLAIM_COLUMNS, CLAIM_OPTIONAL, claim, key="code")


@dataclass
class _Fields:
    """One row's fields, and what is wrong with them."""

    row: Row
    seen: dict[str, int]
    rejected: list[RejectedRow] = field(default_factory=list)

    def fault(self, column: str, expected: str) -> None:
        told = self.row[column]
        shown = f'"{told}"' if told else "empty"
        self.rejected.append(self.row.rejected(column, shown, expected=expected))

    def once(self, column: str) -> None:
        told = self.row[column]
        if not told:
            self.fault(column, "a name of its own")
        elif (first := self.seen.setdefault(told, self.row.line)) != self.row.line:
            problem = f'"{told}" a second time'
            self.rejected.append(self.row.rejected(column, problem, expected=f"line {first} only"))

    def whole(self, column: str, least: int, most: int) -> int:
        told = self.row[column]
        if _WHOLE.fullmatch(told) and least <= int(told) <= most:
            return int(told)
        self.fault(column, f"a whole number, {least}-{most}")
        return least

    def perhaps(self, column: str, least: int, most: int) -> int | None:
        return self.whole(column, least, most) if self.row[column] else None

    def kronor(self, column: str, most: int) -> int:
        ore = ore_of(self.row[column])
        if ore is None or ore > most:
            self.fault(column, "kronor, like 347 or 199.50")
            return 0
        return ore

    def yes(self, column: str) -> bool:
        told = self.row[column].lower()
        if told not in _YES | _NO:
            self.fault(column, "1 or 0, or empty")
        return told in _YES

    def day(self, column: str) -> date | None:
        told = self.row[column]
        try:
            if _DAY.fullmatch(told):
                return date.fromisoformat(told)
        except ValueError:
            pass
        self.fault(column, "a day like 2022-07-01")
        return None


def ore_of(text: str) -> int | None:
    """Kronor with a point or a comma as öre; None where it is no amount."""
    found = _KRONOR.fullmatch(text)
    if found is None:
        return None
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


_Made = TypeVar("_Made")


def _read(
    file: BinaryIO,
    columns: Sequence[str],
    optional: Sequence[str],
    make: Callable[[Row, _Fields], _Made],
    *,
    key: str,
    others: bool = False,
) -> tuple[list[_Made], list[RejectedRow]]:
    """Every line, or what is wrong with those that are; parted by comma or by semicolon."""
    header = _header(file)
    delimiter = ";" if header.count(";") > header.count(",") else ","
    named = [word.strip(' "\r\n') for word in header.split(delimiter)]
    more = [one for one in named if one and one not in {*columns, *optional}] if others else []
    made: list[_Made] = []
    rejected: list[RejectedRow] = []
    seen: dict[str, int] = {}
    for row in read_table(file, delimiter=delimiter, columns=columns, optional=[*optional, *more]):
        if isinstance(row, RejectedRow):
            rejected.append(_of_ours(row, columns, optional) if more else row)
            continue
        fields = _Fields(row, seen)
        made.append(make(row, fields))
        rejected += fields.rejected
    if not made and not rejected:
        rejected.append(RejectedRow(2, key, "no lines", expected="one at least"))
    return made, rejected


def _of_ours(row: RejectedRow, columns: Sequence[str], optional: Sequence[str]) -> RejectedRow:
    """Of a header that is none, what we read of it: other columns may be there."""
    if row.line > 1 or row.column:
        return row
    more = " ".join(f"[{one}]" for one in optional)
    return replace(row, expected=f"{','.join(columns)} {more}")


def _header(file: BinaryIO) -> str:
    encoding, start = encoding_of(file), file.tell()
    text = file.readline().decode(encoding, errors="replace")
    file.seek(start)
    return text
