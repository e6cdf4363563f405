"""What `bosetting procure` writes: tables whose lines anyone can reckon again."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from app.cells import cell
from app.efficient_plot import Point, Words, efficient_plot
from app.planning_output import write_text
from workflow.procurement.compensation import Compensation
from workflow.procurement.efficient import Plan, bids_of
from workflow.procurement.market import Market
from workflow.procurement.planning import Plans
from workflow.procurement.steering import Prices, Ranked
from workflow.procurement.surge import Missing, Surge

Value = str | int


@dataclass(frozen=True, slots=True)
class Table:
    columns: Sequence[str]
    lines: Sequence[Sequence[Value]]


def write(out: Path, table: Table) -> None:
    """The whole file or nothing of it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(
        [cell(one) if isinstance(one, str) else one for one in line] for line in table.lines
    )
    write_text(out, text.getvalue())


def ranking(ranked: Sequence[Ranked]) -> Table:
    """Everything in kronor for a place and a night; the columns before `compared` sum to it."""
    return Table(
        (
            *("rank", "offer", "name", "code", "municipality", "beds", "points", "price"),
            *("used", "location", "evenness", "compared", "target", "procured", "remaining"),
            *("past", "fill_before", "fill_after", "change", "kr_per_point", "level_at"),
        ),
        [
            (
                *(one.rank, one.bid.id, one.bid.name, one.bid.code, one.need.name),
                *(one.bid.most, _or_empty(one.bid.points), kronor(one.bid.price_ore)),
                *(kronor(one.used_ore), kronor(one.location_ore), kronor(one.evenness_ore)),
                *(kronor(one.compared_ore), one.need.target, one.need.procured),
                *(one.need.remaining, one.past, _percent(one.fill_before)),
                *(_percent(one.fill_after), _percent(one.change), _kronor(one.point_ore)),
                _kronor(one.level_ore),
            )
            for one in ranked
        ],
    )


def bought(market: Market, prices: Prices, plan: Plan) -> Table:
    """The offers of a plan."""
    return Table(
        ("offer", "name", "code", "municipality", "beds", "price", "night"),
        [
            (
                *(bid.id, bid.name, bid.code, market.by_code[bid.code].name, beds),
                *(kronor(bid.price_ore), kronor(Fraction(beds * prices.night(bid), 100))),
            )
            for bid, beds in bids_of(market, plan)
        ],
    )


def efficient(found: Plans) -> Table:
    return Table(
        (
            *(
                "plan",
                "best",
                "beds",
                "night",
                "bed",
                "uneven",
                "compared",
                "points",
                "kr_per_point",
            ),
            "offers",
        ),
        [
            (
                *(at, int(at - 1 == found.best), step.plan.beds, kronor(step.plan.night_ore)),
                *(kronor(step.plan.bed_ore), percent(step.plan.uneven), kronor(step.compared_ore)),
                *(_points(step.plan), _kronor(step.point_ore)),
                " ".join(f"{name}:{beds}" for name, beds in sorted(step.plan.taken.items())),
            )
            for at, step in enumerate(found.steps, start=1)
        ],
    )


def purchases(found: Surge, prices: Prices) -> Table:
    return Table(
        (
            *("turn", "offer", "name", "code", "beds", "price", "compared", "beds_in_all"),
            "night_in_all",
        ),
        [
            (
                *(at, one.bid.id, one.bid.name, one.bid.code, one.beds),
                *(kronor(one.bid.price_ore), kronor(one.compared_ore), one.beds_in_all),
                kronor(Fraction(one.night_in_all, 100)),
            )
            for at, one in enumerate(found.purchases, start=1)
        ],
    )


def compared(found: Sequence[Surge]) -> Table:
    """Needs of different size beside each other."""
    return Table(
        ("wanted", "beds", "missing", "night", "bed", "uneven_before", "uneven", "offers"),
        [
            (
                *(one.wanted, one.beds, one.missing, kronor(one.night_ore)),
                *(_kronor(one.bed_ore), percent(one.uneven_before), percent(one.uneven)),
                len(one.purchases),
            )
            for one in found
        ],
    )


def missing(found: Surge) -> Table:
    """Counties first, then municipalities; the level says which."""
    columns = ("level", "code", "name", "county", "part", "before", "bought", "missing", "past")
    return Table(
        columns,
        [
            *_missing("county", found.counties),
            *_missing("municipality", found.municipalities),
        ],
    )


def amounts(found: Compensation) -> Table:
    return Table(
        (
            *("line", "code", "name", "kind", "quantity", "since", "until", "nights", "rate"),
            *("amount", "source"),
        ),
        [
            (
                *(one.claim.line, one.claim.code, one.claim.name, one.claim.kind, one.quantity),
                *(one.since.isoformat(), one.until.isoformat(), _or_empty(one.nights)),
                *(kronor(one.rate.ore), kronor(one.ore), one.rate.source),
            )
            for one in found.amounts
        ],
    )


_WORDS: Final = "kr a night"


def drawn(found: Plans, prices: Prices) -> str:
    """The efficient plans as a picture, in English as the command speaks."""
    first, last = found.steps[0].plan, found.steps[-1].plan
    told = (
        f"{len(found.steps)} efficient plans, from {kronor(first.night_ore)} {_WORDS} and "
        f"{percent(first.uneven)} % to {kronor(last.night_ore)} {_WORDS} and "
        f"{percent(last.uneven)} %"
    )
    words = Words(
        f"Efficient plans of {found.wanted} places",
        _WORDS,
        f"{prices.measure}, % (lower is evener)",
        f"best: {found.chosen.beds} places",
        told,
    )
    return efficient_plot(words, points(found))


def points(found: Plans, chosen: int | None = None) -> list[Point]:
    """Of every plan; the best is pointed out, or the one that was chosen."""
    pointed = found.best if chosen is None else chosen
    return [
        Point(
            float(step.plan.night_ore / 100),
            float(step.plan.uneven * 100),
            step.plan.beds,
            on_line=step.on_line,
            best=at == pointed,
        )
        for at, step in enumerate(found.steps)
    ]


def kronor(ore: int | Fraction) -> str:
    """Öre as kronor with two decimals, halves away from zero."""
    return _decimal(Fraction(ore) / 100, 2)


def percent(share: Fraction) -> str:
    """A share as per cent with four decimals."""
    return _decimal(share * 100, 4)


def _decimal(value: Fraction, digits: int) -> str:
    whole = int(abs(value) * 10**digits + Fraction(1, 2))
    sign = "-" if value < 0 and whole else ""
    return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}}"


def _kronor(ore: Fraction | None) -> str:
    return "" if ore is None else kronor(ore)


def _percent(share: Fraction | None) -> str:
    return "" if share is None else percent(share)


def _points(plan: Plan) -> str:
    return _decimal(plan.points / plan.beds, 1) if plan.beds else ""


def _or_empty(value: int | None) -> Value:
    return "" if value is None else value


def _missing(level: str, rows: Sequence[Missing]) -> Iterator[Sequence[Value]]:
    for one in rows:
        yield (
            *(level, one.code, one.name, one.county, one.part, one.before),
            *(one.bought, one.missing, one.past),
        )
