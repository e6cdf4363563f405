"""What years look like, and in which exact order."""

from datetime import date
from fractions import Fraction

import pytest

from tests.factories import a_case, a_municipality, asked, auditor, placed, places, writer
from workflow.capacity import queries
from workflow.capacity.queries import YearOrder
from workflow.capacity.states import Pool
from workflow.cases.states import Group
from workflow.kernel.errors import Invalid, NotFound


def listed(session, year=2020, **filters):
    return queries.years(session, year, actor=auditor(), **filters)


def numbers(page):
    return [seen.municipality_number for seen in page.items]


def test_a_year_shows_what_is_held_and_what_is_left(session):
    here = a_municipality(session, number="5001", decided=10)
    asked(session, a_case(session, persons=3), here)

    seen = queries.one(session, here, 2020, actor=writer(here))

    assert (seen.ordinary.held, seen.ordinary.free) == (3, 7)
    assert seen.ordinary.unused_share == Fraction(7, 10)
    assert seen.minors.decided_places is None


def test_minors_have_places_of_their_own(session):
    here = a_municipality(session, decided=10)
    places(session, here, decided=4, pool=Pool.MINORS)
    asked(session, a_case(session, group=Group.UNACCOMPANIED_MINOR, persons=1), here)

    seen = queries.one(session, here, 2020, actor=auditor())

    assert (seen.ordinary.held, seen.minors.held, seen.minors.free) == (0, 1, 3)


def test_nothing_registered_is_not_the_same_as_no(session):
    silent = a_municipality(session)
    no = a_municipality(session, decided=0)

    assert queries.one(session, silent, 2020, actor=auditor()).ordinary.decided_places is None
    assert queries.one(session, no, 2020, actor=auditor()).ordinary.decided_places == 0


def test_a_year_before_the_municipality_is_not_found(session):
    here = a_municipality(session, valid_from=date(2020, 1, 1))

    assert queries.one(session, here, 2020, actor=auditor())
    with pytest.raises(NotFound):
        queries.one(session, here, 2019, actor=auditor())


def test_equal_shares_tie_exactly_whatever_their_size(session):
    """1/3, 2/6 and 333/999 are one share; 334/1001 is a little more, 332/997 a little less."""
    for number, decided, used in (
        ("5004", 3, 2),
        ("5002", 6, 4),
        ("5003", 999, 666),
        ("5001", 1001, 667),
        ("5005", 997, 665),
        ("5006", 5, 0),
    ):
        here = a_municipality(session, number=number, decided=decided)
        if used:
            asked(session, a_case(session, persons=used), here)
    a_municipality(session, number="5000")

    page = listed(session, order=YearOrder.UNUSED_SHARE)

    assert numbers(page) == ["5006", "5001", "5002", "5003", "5004", "5005", "5000"]


@pytest.mark.parametrize("order", list(YearOrder))
def test_pages_tell_every_municipality_once_in_the_same_order(session, order):
    for number, name, decided in (
        ("5001", "Ås", 10),
        ("5002", "Alta", None),
        ("5003", "Ørland", 10),
        ("5004", "Ærøy", 0),
        ("5005", "Alta", 4),
    ):
        a_municipality(session, number=number, name=name, decided=decided)
    whole = numbers(listed(session, order=order))

    told, after = [], None
    while True:
        page = listed(session, order=order, limit=2, after=after)
        told += numbers(page)
        if (after := page.next) is None:
            break

    assert told == whole
    assert len(told) == 5


def test_names_come_in_norwegian_order(session):
    for name in ("Ås", "Åsnes", "Alta", "Ørland", "Ærøy"):
        a_municipality(session, name=name)

    names = [seen.name for seen in listed(session, order=YearOrder.NAME).items]

    assert names == ["Alta", "Ærøy", "Ørland", "Ås", "Åsnes"]


@pytest.mark.parametrize(
    "cursor", ["", "x", "åæø", "W10", "WyItZnJlZSIsMSwiNTAwMSIsMV0", "A" * 5000]
)
def test_a_cursor_of_another_list_is_refused(session, cursor):
    with pytest.raises(Invalid) as refusal:
        listed(session, limit=2, after=cursor)

    assert refusal.value.pointer == "cursor"


def test_totals_count_free_places_where_they_are(session):
    full = a_municipality(session, decided=2)
    asked(session, a_case(session, persons=2), full)
    a_municipality(session, decided=5)
    a_municipality(session, decided=0)
    a_municipality(session)

    sums = queries.totals(session, 2020, actor=auditor())

    assert (sums.municipalities, sums.with_decision, sums.said_no) == (4, 3, 1)
    assert (sums.decided_places, sums.held, sums.free) == (7, 2, 5)


def test_the_tag_follows_every_change_and_a_silent_year_has_one_too(session):
    here = a_municipality(session)
    silent = queries.one(session, here, 2020, actor=auditor()).tag
    places(session, here, decided=5)
    registered = queries.one(session, here, 2020, actor=auditor()).tag
    placed(session, a_case(session), here)
    held = queries.one(session, here, 2020, actor=auditor()).tag

    assert silent == "1.1"
    assert len({silent, registered, held}) == 3
