"""What an offer or a contract may say of its price and its time. Pure."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from workflow.accommodation.states import Meals, Term
from workflow.kernel.errors import Invalid

#: Öre; more for a night is a slip of the keyboard.
MOST_ORE: Final = 10_000_000
#: The most places of one contract.
MOST_PLACES: Final = 100_000
_MONTHS: Final = {Term.SIX_MONTHS: 6, Term.ONE_YEAR: 12, Term.THREE_YEARS: 36}


def last_night(term: Term, first: date) -> date:
    """The night before the same day some months later; the month's last where it has no such."""
    months = first.month - 1 + _MONTHS[term]
    year, month = first.year + months // 12, months % 12 + 1
    days = monthrange(year, month)[1]
    if first.day > days:
        return date(year, month, days)
    return date(year, month, first.day) - timedelta(days=1)


def check_price(price_ore: int, meals: Meals, meal_ore: int | None) -> None:
    """Raises Invalid: no such price, or one of meals that are not paid apart."""
    if not 0 <= price_ore <= MOST_ORE:
        raise Invalid("a price in öre", pointer="/price_ore", expected=f"0-{MOST_ORE}")
    if (meals is Meals.WHEN_NEEDED) != (meal_ore is not None):
        raise Invalid("a price of meals, where they are given when needed", pointer="/meal_ore")
    if meal_ore is not None and not 0 <= meal_ore <= MOST_ORE:
        raise Invalid("a price in öre", pointer="/meal_ore", expected=f"0-{MOST_ORE}")
