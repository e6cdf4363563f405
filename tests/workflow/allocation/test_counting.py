"""Who counts towards a municipality's number (Ju2022/01219)."""

import io

import pytest

from workflow.allocation.counting import COLUMNS, Category, counted_as, read
from workflow.allocation.states import Counted, Housing, LegalBasis

PROTECTED = LegalBasis.TEMPORARY_PROTECTION


def of(basis=PROTECTED, permit=True, unaccompanied=False, housing=Housing.MUNICIPAL):
    return counted_as(Category(basis, permit, unaccompanied, housing))


@pytest.mark.parametrize("housing", [Housing.MUNICIPAL, Housing.FACILITY, Housing.INITIAL])
def test_who_has_temporary_protection_and_a_permit_is_in_the_number(housing):
    assert of(housing=housing) is Counted.IN_THE_NUMBER


@pytest.mark.parametrize("basis", [LegalBasis.ASYLUM_SEEKER, LegalBasis.OTHER])
def test_who_is_received_on_another_legal_basis_is_not(basis):
    assert of(basis=basis) is Counted.OTHER_BASIS


def test_who_has_no_permit_yet_is_not():
    assert of(permit=False) is Counted.WITHOUT_PERMIT


def test_unaccompanied_children_are_not():
    assert of(unaccompanied=True) is Counted.UNACCOMPANIED


def test_who_lives_in_own_housing_is_outside_the_number_and_in_the_credit():
    assert of(housing=Housing.OWN) is Counted.OWN_HOUSING


def test_a_file_is_added_up_by_municipality():
    counts, rejected = a_file(
        "1780,temporary_protection,1,0,municipal,12",
        "1780,temporary_protection,1,0,facility,30",
        "1780,temporary_protection,1,0,own,5",
        "1780,asylum_seeker,0,0,facility,100",
        "1784,temporary_protection,1,1,municipal,2",
    )

    assert rejected == []
    assert counts["1780"][Counted.IN_THE_NUMBER] == 42
    assert counts["1780"][Counted.OWN_HOUSING] == 5
    assert counts["1784"] == {Counted.UNACCOMPANIED: 2}


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("9999,temporary_protection,1,0,own,5", "code"),
        ("1780,protection,1,0,own,5", "legal_basis"),
        ("1780,temporary_protection,ja,0,own,5", "permit"),
        ("1780,temporary_protection,1,,own,5", "unaccompanied"),
        ("1780,temporary_protection,1,0,tent,5", "housing"),
        ("1780,temporary_protection,1,0,own,-5", "persons"),
        ("1780,temporary_protection,1,0,own,", "persons"),
    ],
)
def test_a_line_that_cannot_be_used_says_where(line, column):
    counts, rejected = a_file(line)

    assert (counts, [one.column for one in rejected]) == ({}, [column])


def test_the_same_people_are_not_counted_twice():
    line = "1780,temporary_protection,1,0,own,5"
    _, rejected = a_file(line, line)

    assert [one.line for one in rejected] == [3]


def a_file(*lines):
    text = "\n".join([",".join(COLUMNS), *lines])
    return read(io.BytesIO(text.encode()), {"1780", "1784"})
