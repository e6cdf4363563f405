"""Files of offers, numbers and claims: every line used, or told what is wrong with it."""

import io

import pytest

from workflow.procurement.compensation import parse, shipped
from workflow.procurement.files import ore_of, read_bids, read_claims, read_needs
from workflow.procurement.market import Bid, Need

CODES = ["1780", "1784"]


def bids(text):
    return read_bids(io.BytesIO(text.encode()), CODES)


def told(rejected):
    return [(one.line, one.column) for one in rejected]


def test_offers_are_read_with_all_they_may_say():
    read, rejected = bids(
        "offer;code;beds;price;name;object;min_beds;free_beds;points;pay_when_used\n"
        "A;1780;40;199,50;Hotellet;H;30;35;80;ja\n"
    )

    assert rejected == []
    assert read == [
        Bid("A", "1780", 40, 19_950, "H", 30, 35, 80, pay_when_used=True, name="Hotellet")
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",1780,1,1,,", "offer"),
        ("A,1715,1,1,,", "code"),
        ("A,1780,0,1,,", "beds"),
        ("A,1780,1.5,1,,", "beds"),
        ("A,1780,1,,,", "price"),
        ("A,1780,1,1.005,,", "price"),
        ("A,1780,1,-1,,", "price"),
        ("A,1780,1,1,101,", "points"),
        ("A,1780,1,1,,maybe", "pay_when_used"),
        ("A,1780,1,1,", ""),
    ],
)
def test_a_line_that_cannot_be_used_says_where(line, column):
    _, rejected = bids(f"offer,code,beds,price,points,pay_when_used\n{line}\n")

    assert told(rejected) == [(2, column)]


def test_an_offer_is_told_once_and_an_object_lies_in_one_place():
    _, rejected = bids("offer,code,beds,price,object\nA,1780,1,1,H\nA,1780,1,1,\nB,1784,1,1,H\n")

    assert told(rejected) == [(3, "offer"), (4, "object")]


def test_a_column_nobody_knows_is_no_header_of_offers():
    _, rejected = bids("offer,code,beds,price,prise\nA,1780,1,1,1\n")

    assert told(rejected) == [(1, "")]


def test_the_table_of_a_key_is_a_file_of_numbers():
    read, rejected = read_needs(
        io.BytesIO(
            b"code,name,county,share,credit,gross,net,target\n1780,Karlstad,17,1/3,0,9,9,227\n"
        )
    )

    assert (read, rejected) == ([Need("1780", 227, 0, "Karlstad", "17")], [])


def test_the_county_is_the_first_two_digits_where_the_file_says_none():
    read, _ = read_needs(io.BytesIO(b"code,target,procured\n1780,227,220\nX,1,\n"))

    assert [(one.county, one.procured) for one in read] == [("17", 220), ("", 0)]


def test_a_file_without_lines_is_refused():
    assert told(read_needs(io.BytesIO(b"code,target\n"))[1]) == [(2, "code")]
    assert told(read_needs(io.BytesIO(b""))[1]) == [(1, "")]


def test_a_claim_no_rate_answers_is_told_by_its_line():
    _, rejected = read_claims(
        io.BytesIO(
            b"code,kind,quantity,since,until,printed\n"
            b"1780,moved_in,3,2022-08-01,,45000\n"
            b"1780,moved_in,3,2022-01-01,,\n"
            b"1780,moved,3,2022-08-01,,\n"
            b"1780,night_adult,3,2022-08-01,,\n"
            b"1780,night_adult,3,20220801,2022-08-02,\n"
        ),
        parse(shipped()),
    )

    assert told(rejected) == [(3, "since"), (4, "kind"), (5, "until"), (6, "since")]


@pytest.mark.parametrize(
    ("text", "ore"),
    [("347", 34_700), ("199,5", 19_950), ("0.07", 7), ("", None), ("1e3", None), ("1 000", None)],
)
def test_kronor_are_exact(text, ore):
    assert ore_of(text) == ore
