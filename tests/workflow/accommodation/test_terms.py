"""How long a term is, in nights."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.accommodation.states import Meals, Standard, Term
from workflow.accommodation.terms import last_night, paid_2015


@pytest.mark.parametrize(
    ("term", "first", "last"),
    [
        (Term.SIX_MONTHS, date(2022, 7, 1), date(2022, 12, 31)),
        (Term.ONE_YEAR, date(2022, 7, 15), date(2023, 7, 14)),
        (Term.THREE_YEARS, date(2022, 1, 1), date(2024, 12, 31)),
        (Term.SIX_MONTHS, date(2022, 8, 31), date(2023, 2, 28)),
        (Term.ONE_YEAR, date(2024, 2, 29), date(2025, 2, 28)),
        (Term.SIX_MONTHS, date(2022, 12, 15), date(2023, 6, 14)),
    ],
)
def test_a_term_ends_the_night_before_the_same_day_months_later(term, first, last):
    assert last_night(term, first) == last


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.sampled_from(Term))
def test_a_term_that_begins_a_day_later_ends_no_earlier(first, term):
    assert first < last_night(term, first) <= last_night(term, first + timedelta(days=1))


def test_what_was_paid_in_2015_is_there_for_the_forms_there_were():
    """Direktupphandling 14: A to G."""
    ways = Meals.WHEN_NEEDED, Meals.INCLUDED
    paid = [paid_2015(form, meals) for form in Standard for meals in ways]

    assert paid == [19_900, 34_700, 10_000, 25_000, 17_500, 32_500, 9_000, None]
