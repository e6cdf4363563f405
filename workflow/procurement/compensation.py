"""Flat-rate compensation to municipalities, every line reckoned anew from dated rates. Pure.

What somebody has printed is set beside what comes out, and never used.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from typing import Any, Final

from workflow.procurement.errors import ProcurementUnusable


class Paid(StrEnum):
    #: For each place of a number beyond the highest there was before it in the same claim.
    NUMBER = "number"
    #: On a day.
    ONCE = "once"
    #: For each night from a first to a last one, both counted.
    NIGHTLY = "nightly"


@dataclass(frozen=True, slots=True)
class Rate:
    kind: str
    paid: Paid
    ore: int
    since: date
    #: The last day; None: until there is another.
    until: date | None
    source: str


Rates = Mapping[str, Sequence[Rate]]


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of what happened: so many of a kind, on a day or from a night to another."""

    line: int
    code: str
    kind: str
    #: Places or persons; of a number, the number itself.
    quantity: int
    since: date
    until: date | None = None
    name: str = ""
    #: What somebody says it comes to.
    printed_ore: int | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What one rate gives for a claim, or for the part of it in the rate's time."""

    claim: Claim
    rate: Rate
    #: What is paid for: of a number, the places beyond what it was before.
    quantity: int
    since: date
    until: date
    nights: int | None

    @property
    def ore(self) -> int:
        return self.rate.ore * self.quantity * (1 if self.nights is None else self.nights)


@dataclass(frozen=True, slots=True)
class Compensation:
    #: By municipality, kind and day.
    amounts: Sequence[Amount]

    @property
    def ore(self) -> int:
        return sum(one.ore for one in self.amounts)

    @property
    def by_municipality(self) -> dict[str, int]:
        return self._by(lambda one: one.claim.code)

    @property
    def by_kind(self) -> dict[str, int]:
        return self._by(lambda one: one.claim.kind)

    def disagreeing(self) -> list[tuple[Claim, int]]:
        """Claims with a printed sum that is not what they come to, and what that is."""
        sums: dict[Claim, int] = defaultdict(int)
        for one in self.amounts:
            sums[one.claim] += one.ore
        return [
            (claim, ore)
            for claim, ore in sums.items()
            if claim.printed_ore is not None and claim.printed_ore != ore
        ]

    def _by(self, key: Any) -> dict[str, int]:
        sums: dict[str, int] = defaultdict(int)
        for one in self.amounts:
            sums[key(one)] += one.ore
        return dict(sorted(sums.items()))


def shipped() -> str:
    """The rates that come with the system, as TOML."""
    return (resources.files("workflow.procurement") / "rates.toml").read_text(encoding="utf-8")


def parse(text: str) -> Rates:
    """Raises ProcurementUnusable: no TOML, a rate that says too little, or two of one day."""
    try:
        told = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        raise ProcurementUnusable(str(fault), pointer="/rates", expected="TOML") from None
    rows = told.get("rates")
    if not isinstance(rows, list) or not rows:
        raise ProcurementUnusable("no rates", pointer="/rates")
    by_kind: dict[str, list[Rate]] = {}
    for at, row in enumerate(rows):
        rate = _rate(row, f"/rates/{at}")
        by_kind.setdefault(rate.kind, []).append(rate)
    return {kind: _in_turn(kind, rates) for kind, rates in by_kind.items()}


def compensate(claims: Iterable[Claim], rates: Rates) -> Compensation:
    """Every line of it; a period over a change of rate becomes two.

    Raises:
        ProcurementUnusable: no such kind, a day without a rate, or no last night where there is
            one to tell.
    """
    highest: dict[tuple[str, str], int] = defaultdict(int)
    amounts: list[Amount] = []
    for claim in sorted(claims, key=lambda one: (one.code, one.kind, one.since, one.line)):
        for rate, since, until in spans(claim, rates):
            quantity = claim.quantity
            if rate.paid is Paid.NUMBER:
                before = highest[claim.code, claim.kind]
                quantity = max(0, claim.quantity - before)
                highest[claim.code, claim.kind] = max(before, claim.quantity)
            nights = (until - since).days + 1 if rate.paid is Paid.NIGHTLY else None
            amounts.append(Amount(claim, rate, quantity, since, until, nights))
    return Compensation(amounts)


def spans(claim: Claim, rates: Rates) -> list[tuple[Rate, date, date]]:
    """The rates of a claim, each with its first and last day of it. Raises as `compensate` does."""
    known = rates.get(claim.kind)
    if known is None:
        raise _wrong(claim, "kind", f"one of {', '.join(sorted(rates))}")
    nightly = known[0].paid is Paid.NIGHTLY
    if nightly != (claim.until is not None):
        raise _wrong(claim, "until", "a last night" if nightly else "empty: it is paid once")
    last = claim.until or claim.since
    if last < claim.since:
        raise _wrong(claim, "until", f"{claim.since} or later")
    found, day = [], claim.since
    while day <= last:
        rate = next((one for one in known if one.since <= day and _ends(one) >= day), None)
        if rate is None:
            raise _wrong(claim, "since", f"a time with a rate: there is none on {day}")
        until = min(last, _ends(rate))
        found.append((rate, day, until))
        if until == date.max:
            break
        day = until + _A_DAY
    return found


_A_DAY: Final = timedelta(days=1)


def _ends(rate: Rate) -> date:
    return rate.until or date.max


def _wrong(claim: Claim, column: str, expected: str) -> ProcurementUnusable:
    return ProcurementUnusable(
        "a claim that no rate answers", pointer=f"/{column}", line=claim.line, expected=expected
    )


def _rate(row: Any, where: str) -> Rate:
    """A row of the file, whole or not at all."""
    wanted = {"kind": str, "paid": str, "from": date, "source": str}
    if not isinstance(row, dict):
        raise ProcurementUnusable("a table", pointer=where)
    if extra := sorted(set(row) - {*wanted, "kronor", "until"}):
        raise ProcurementUnusable("not known", pointer=f"{where}/{extra[0]}")
    for name, kind in wanted.items():
        if not isinstance(row.get(name), kind) or not row[name]:
            raise ProcurementUnusable("missing", pointer=f"{where}/{name}")
    until = row.get("until")
    if until is not None and not (isinstance(until, date) and until >= row["from"]):
        raise ProcurementUnusable("a last day", pointer=f"{where}/until")
    if row["paid"] not in set(Paid):
        raise ProcurementUnusable("how it is paid", pointer=f"{where}/paid")
    ore = _ore(row.get("kronor"))
    if ore is None:
        raise ProcurementUnusable("kronor and öre", pointer=f"{where}/kronor")
    return Rate(row["kind"], Paid(row["paid"]), ore, row["from"], until, row["source"])


#: Öre; more for one of anything is a slip.
MOST: Final = 1_000_000_000


def _ore(kronor: Any) -> int | None:
    if not isinstance(kronor, int | Decimal) or isinstance(kronor, bool):
        return None
    ore = Decimal(kronor) * 100
    return int(ore) if ore.is_finite() and 0 <= ore <= MOST and ore == int(ore) else None


def _in_turn(kind: str, rates: list[Rate]) -> list[Rate]:
    """By day; one that does not say when it ends does so where the next one begins."""
    rates.sort(key=lambda one: one.since)
    closed = []
    for at, one in enumerate(rates):
        following = rates[at + 1].since if at + 1 < len(rates) else None
        if one.paid is not rates[0].paid:
            raise ProcurementUnusable("paid in two ways", pointer="/rates", kind=kind)
        if following is None:
            closed.append(one)
            continue
        if following <= one.since or (one.until is not None and one.until >= following):
            raise ProcurementUnusable("two rates of a day", pointer="/rates", kind=kind)
        closed.append(
            Rate(kind, one.paid, one.ore, one.since, one.until or following - _A_DAY, one.source)
        )
    return closed
