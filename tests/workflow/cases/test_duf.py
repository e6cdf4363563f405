"""DUF numbers and their check digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.cases.duf import TEST_SERIES, check_digits, is_test, is_valid, make

years = st.integers(1000, 9999)
running_numbers = st.integers(0, 999_999)


def test_the_check_digits_are_those_worked_out_by_hand():
    # 9·4 + 9·6 + 0·3 + 0·2 + 0·7 + 1·5, then 2·4 + 0·6 + 2·3 + 0·2 = 109 = 9·11 + 10
    assert check_digits(2020, 990001) == "10"
    # 1·5, then 2·4 = 13 = 11 + 2
    assert check_digits(2000, 1) == "02"
    assert make(2000, 1) == "200000000102"


@given(years, running_numbers)
def test_a_made_number_is_valid(year, running):
    number = make(year, running)

    assert len(number) == 12
    assert number.isdigit()
    assert is_valid(number)


@given(years, running_numbers, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_before_the_check_is_always_found(year, running, place, off):
    number = make(year, running)
    wrong = str((int(number[place]) + off) % 10)

    assert not is_valid(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("neighbour", range(4, 9))
def test_two_running_digits_changed_about_are_found(neighbour):
    number = make(2019, 123456)
    swapped = list(number)
    swapped[neighbour : neighbour + 2] = reversed(swapped[neighbour : neighbour + 2])

    assert not is_valid("".join(swapped))


@pytest.mark.parametrize(
    "text", ["", "20000000010", "2000000001022", "2000 000001 02", "20000000010x", "٢٠٠٠٠٠٠٠٠١٠٢"]
)
def test_what_is_not_twelve_digits_is_no_number(text):
    assert not is_valid(text)


@given(st.text(max_size=14))
def test_any_text_is_answered_with_yes_or_no(text):
    assert is_valid(text) in {True, False}


@pytest.mark.parametrize(
    ("year", "running"), [(999, 1), (10_000, 1), (2020, -1), (2020, 1_000_000)]
)
def test_there_is_no_number_of_that_kind(year, running):
    with pytest.raises(ValueError, match="no DUF number"):
        make(year, running)


def test_invented_persons_have_a_series_of_their_own():
    assert is_test(make(2020, TEST_SERIES[0]))
    assert is_test(make(1999, TEST_SERIES[-1]))
    assert not is_test(make(2020, TEST_SERIES[0] - 1))
    assert not is_test("999999999999")
