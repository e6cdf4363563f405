"""Flat-rate compensation, line by line."""

from datetime import date

import pytest

from workflow.procurement.compensation import Claim, compensate, parse, shipped
from workflow.procurement.errors import ProcurementUnusable

RATES = parse(shipped())


def claim(kind, quantity, since, until=None, *, line=2, code="1499", printed=None):
    days = [None if one is None else date.fromisoformat(one) for one in (since, until)]
    return Claim(line, code, kind, quantity, *days, printed_ore=printed)


def kronor(*claims, rates=RATES):
    return [one.ore / 100 for one in compensate(claims, rates).amounts]


def test_the_published_example_of_thirty_initial_places_comes_to_what_its_parts_sum_to():
    # migrationsverket.se: 20 places for 15 days, then 30 for 61, printed as 849 000 in all.
    lines = [
        claim("initial_place", 30, "2022-04-01"),
        claim("initial_night", 20, "2022-04-01", "2022-04-15"),
        claim("initial_night", 30, "2022-04-16", "2022-06-15"),
    ]

    found = compensate(lines, RATES)

    assert sorted(one.ore for one in found.amounts) == [9_000_000, 30_000_000, 54_900_000]
    assert found.ore == 93_900_000
    assert found.by_kind == {"initial_night": 63_900_000, "initial_place": 30_000_000}


@pytest.mark.parametrize(
    ("kind", "until", "amount"),
    [
        ("number_place", None, 460_000),
        ("moved_in", None, 690_000),
        ("night_adult", "2022-08-31", 46 * 31 * 300),
        ("night_child", "2022-08-31", 46 * 31 * 150),
        ("night_turned_18", "2022-08-01", 46 * 400),
        ("initial_place", None, 460_000),
    ],
)
def test_each_kind_has_its_rate(kind, until, amount):
    assert kronor(claim(kind, 46, "2022-08-01", until)) == [amount]


def test_a_raised_number_is_paid_for_what_is_beyond_the_highest_before():
    numbers = [(46, "07-01"), (40, "08-01"), (43, "09-01"), (50, "10-01")]
    lines = [claim("number_place", n, f"2022-{day}") for n, day in numbers]

    assert kronor(*lines[::-1]) == [460_000, 0, 0, 40_000]


def test_a_period_over_a_change_of_rate_is_two_lines():
    rates = parse(
        """
        [[rates]]
        kind = "n"
        paid = "nightly"
        kronor = 300
        from = 2022-07-01
        source = "one"
        [[rates]]
        kind = "n"
        paid = "nightly"
        kronor = 310.50
        from = 2023-01-01
        source = "other"
        """
    )

    found = compensate([claim("n", 2, "2022-12-30", "2023-01-03")], rates).amounts

    assert [(one.since, one.until, one.nights, one.ore) for one in found] == [
        (date(2022, 12, 30), date(2022, 12, 31), 2, 120_000),
        (date(2023, 1, 1), date(2023, 1, 3), 3, 186_300),
    ]


def test_a_printed_sum_is_set_beside_what_comes_out_and_never_used():
    wrong = claim("moved_in", 2, "2022-08-01", printed=1)
    right = claim("moved_in", 2, "2022-08-01", line=3, printed=3_000_000)

    found = compensate([wrong, right], RATES)

    assert found.ore == 6_000_000
    assert found.disagreeing() == [(wrong, 3_000_000)]


@pytest.mark.parametrize(
    "told",
    [
        ("nothing", 1, "2022-08-01"),
        ("moved_in", 1, "2022-06-30"),
        ("moved_in", 1, "2022-08-01", "2022-08-02"),
        ("night_adult", 1, "2022-08-01"),
        ("night_adult", 1, "2022-08-01", "2022-07-31"),
        ("initial_night", 1, "2022-12-01", "2023-01-01"),
    ],
)
def test_what_no_rate_answers_is_refused(told):
    with pytest.raises(ProcurementUnusable):
        compensate([claim(*told)], RATES)


ROW = """[[rates]]
kind = "n"
paid = "once"
kronor = 1
from = 2022-07-01
source = "s"
"""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rates = 1",
        "rates = [1]",
        "[[rates]",
        ROW.replace('source = "s"', ""),
        ROW.replace("once", "often"),
        ROW.replace("= 1", "= 1.005"),
        ROW.replace("= 1", "= nan"),
        ROW.replace("= 1", "= true"),
        ROW + "until = 2022-06-01",
        ROW + "more = 1",
        ROW + ROW,
        ROW + ROW.replace("once", "nightly").replace("2022", "2023"),
    ],
)
def test_rates_that_say_too_little_are_refused(text):
    with pytest.raises(ProcurementUnusable):
        parse(text)
