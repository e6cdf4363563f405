"""What an offer or a contract may say of its price and its time. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from workflow.accommodation.states import AccommodationKind, Meals, Standard, Term
from workflow.kernel.errors import Invalid

#: Öre; more for a night is a slip of the keyboard.
MOST_ORE: Final = 10_000_000
#: The most places of one contract.
MOST_PLACES: Final = 100_000
LONGEST: Final = timedelta(days=30 * 365)
_MONTHS: Final = {Term.SIX_MONTHS: 6, Term.ONE_YEAR: 12, Term.THREE_YEARS: 36}


def last_night(term: Term, first: date) -> date:
    """The night before the same day some months later; the month's last where it has no such.

    Raises:
        Invalid: no day of ours.
    """
    _check_first(first)
    months = first.month - 1 + _MONTHS[term]
    year, month = first.year + months // 12, months % 12 + 1
    days = monthrange(year, month)[1]
    if first.day > days:
        return date(year, month, days)
    return date(year, month, first.day) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Conditions:
    """What every contract says, whatever places it is about."""

    kind: AccommodationKind
    supplier: str
    #: For one place and one night.
    price_ore: int
    meals: Meals
    #: A place costs only the nights somebody sleeps there.
    pay_when_used: bool
    #: For one person and one day, where meals are given when needed.
    meal_ore: int | None = None
    reference: str | None = None

    def check(self) -> None:
        """Raises Invalid."""
        if not self.supplier:
            raise Invalid("with whom", pointer="/supplier")
        check_price(self.price_ore, self.meals, self.meal_ore)


#: Paid for a place and a night in 2015 (Direktupphandling 14), without meals and with, in öre.
_PAID_2015: Final = {
    Standard.HOUSE: (19_900, 34_700),
    Standard.HOUSE_SHARED: (10_000, 25_000),
    Standard.CARAVAN: (17_500, 32_500),
    Standard.CARAVAN_SHARED: (9_000, None),
}


def paid_2015(standard: Standard, meals: Meals) -> int | None:
    """What to compare a price with, in öre of that year; None where there was no such price."""
    return _PAID_2015[standard][meals is Meals.INCLUDED]


def check_price(price_ore: int, meals: Meals, meal_ore: int | None) -> None:
    """Raises Invalid: no such price, or one of meals that are not paid apart."""
    if not 0 <= price_ore <= MOST_ORE:
        raise Invalid("a price in öre", pointer="/price_ore", expected=f"0-{MOST_ORE}")
    if (meals is Meals.WHEN_NEEDED) != (meal_ore is not None):
        raise Invalid("a price of meals, where they are given when needed", pointer="/meal_ore")
    if meal_ore is not None and not 0 <= meal_ore <= MOST_ORE:
        raise Invalid("a price in öre", pointer="/meal_ore", expected=f"0-{MOST_ORE}")


def check_time(starts_on: date, ends_on: date) -> None:
    """Raises Invalid: ends before it begins, or lasts longer than anything that is agreed."""
    _check_first(starts_on)
    if not timedelta() <= ends_on - starts_on <= LONGEST:
        raise Invalid(
            "a last night after the first, within 30 years",
            pointer="/ends_on",
            expected=f"{starts_on} or later",
        )


def check_asked(since: date, until: date) -> None:
    """Raises Invalid: no time to look at, or a longer one than anything is agreed for."""
    if not timedelta() <= until - since <= LONGEST:
        raise Invalid(
            "a last night after the first, within 30 years", pointer="/until", expected=f"{since}-"
        )


def _check_first(day: date) -> None:
    if not 1990 <= day.year <= 2150:
        raise Invalid("a first night", pointer="/starts_on", expected="1990 to 2150")


def check_places(beds: int) -> None:
    """Raises Invalid."""
    if not 0 < beds <= MOST_PLACES:
        raise Invalid("places", pointer="/beds", expected=f"1-{MOST_PLACES}")
