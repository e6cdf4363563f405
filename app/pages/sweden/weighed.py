"""What pages of procurement read of addresses and forms: a market, prices, places to buy."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app import problems
from app.pages.sweden.asked import year_of
from app.pages.visit import Visit
from app.typed import typed_day
from app.wording import label
from workflow.kernel.errors import DomainError
from workflow.procurement import offered
from workflow.procurement.files import ore_of
from workflow.procurement.market import MOST_ORE, MOST_PLACES, Market
from workflow.procurement.states import Measure
from workflow.procurement.steering import Prices

USUAL: Final = Prices()
#: Needs that are compared with another at a time.
MOST_NEEDS: Final = 6
TABS: Final = (
    ("Rangordning", "/upphandling"),
    ("Plan", "/upphandling/plan"),
    ("Stort behov", "/upphandling/stort-behov"),
    ("Ersättning", "/upphandling/ersattning"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be weighed, by what, against the numbers and places of when."""

    year: int
    on: date
    prices: Prices
    beds: int | None

    @property
    def fields(self) -> Mapping[str, str]:
        """As they stand in an address."""
        return {
            "ar": str(self.year),
            "dag": self.on.isoformat(),
            "lage": kronor(self.prices.location_ore),
            "jamnhet": kronor(self.prices.evenness_ore),
            "belaggning": str(self.prices.occupancy),
            "matt": str(self.prices.measure),
            **({"maltider": "true"} if self.prices.meals else {}),
            **({} if self.beds is None else {"platser": str(self.beds)}),
        }


def asked(reader: Visit) -> Asked:
    """What the address says; what cannot be read is told, and the usual taken instead."""
    on = reader.asked("dag", typed_day) or reader.today
    year = year_of(reader) if reader.request.query_params.get("ar") else on.year
    location, evenness = reader.asked("lage", _ore), reader.asked("jamnhet", _ore)
    measures = reader.filtered("matt", Measure)
    prices = Prices(
        USUAL.location_ore if location is None else location,
        USUAL.evenness_ore if evenness is None else evenness,
        reader.asked("belaggning", between(1, 100)) or USUAL.occupancy,
        measures[0] if measures else USUAL.measure,
        reader.is_asked("maltider"),
    )
    return Asked(year, on, prices, reader.asked("platser", between(1, MOST_PLACES)))


def market(reader: Visit, of: Asked) -> Market:
    """Open offers, numbers and places. Raises NotTheBuyer."""
    return offered.market(reader.session, of.year, on=of.on, actor=reader.actor, at=reader.at)


def refused(reader: Visit, refusal: DomainError) -> int:
    """The refusal stands above the page, which has its status."""
    reader.form.refused(refusal)
    return problems.status_of(refusal)


def shown(of: Asked, **more: Any) -> dict[str, Any]:
    """What every page of procurement shows beside its own."""
    measures = [(str(one), label(one, "evenness")) for one in Measure]
    return {"asked": of, "tabs": TABS, "measures": measures, **more}


def kronor(ore: int) -> str:
    """As it is typed: `1`, `0,50`."""
    return f"{ore // 100},{ore % 100:02d}" if ore % 100 else str(ore // 100)


def _ore(text: str) -> int | None:
    ore = ore_of(text)
    return None if ore is None or ore > MOST_ORE else ore


def needs_of(text: str) -> list[int] | None:
    """Numbers of places parted by commas, semicolons or spaces; None is no such list."""
    read = between(1, MOST_PLACES)
    found = [read(one) for one in re.split(r"[,;\s]+", text.strip())]
    told = [one for one in found if one is not None]
    return told if len(told) == len(found) <= MOST_NEEDS else None


def between(least: int, most: int) -> Callable[[str], int | None]:
    """Reads a whole number from one to another; None is none of them."""

    def reads(text: str) -> int | None:
        told = "".join(text.split())
        usable = told.isascii() and told.isdigit() and len(told) <= len(str(most))
        return int(told) if usable and least <= int(told) <= most else None

    return reads
