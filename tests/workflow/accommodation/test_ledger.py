"""Places are counted once, in their time, whatever is signed on what."""

from datetime import date, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from workflow.accommodation.ledger import Line, among, counted, most, past, taken

FIRST = date(2022, 1, 1)
DAYS = 30
BEDS = {UUID(int=901): (1, 40), UUID(int=902): (1, 5), UUID(int=903): (2, 25)}


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@st.composite
def ledgers(draw: st.DrawFn) -> list[Line]:
    """Lines of two municipalities, of objects or of none, some among earlier ones."""
    lines: list[Line] = []
    for number in range(draw(st.integers(0, 7))):
        of = draw(st.none() | st.sampled_from(sorted(BEDS)))
        municipality, beds = BEDS[of] if of else (draw(st.integers(1, 2)), None)
        begins = draw(st.integers(0, DAYS))
        above = [one.id for one in lines if one.municipality_id == municipality]
        lines.append(
            Line(
                UUID(int=number + 1),
                municipality,
                draw(st.integers(1, 50)),
                day(begins),
                day(begins + draw(st.integers(-1, DAYS))),
                object_id=of,
                object_beds=beds,
                under_id=draw(st.none() | st.sampled_from(above)) if above else None,
            )
        )
    return lines


some_day = st.integers(0, 2 * DAYS).map(day)


@given(ledgers(), some_day)
def test_no_object_counts_more_than_its_beds(lines, on):
    for object_id, (municipality, beds) in BEDS.items():
        only = [one for one in lines if one.object_id == object_id]
        assert counted(only, on).get(municipality, 0) <= beds


@given(ledgers(), some_day)
def test_what_has_not_begun_or_is_over_counts_nothing(lines, on):
    there = [one for one in lines if one.starts_on <= on <= one.ends_on]
    later = [one for one in lines if one.starts_on > on]
    ended = [one for one in lines if one.ends_on < on]

    assert counted(later, on) == counted(ended, on) == {}
    assert sum(counted(lines, on).values()) <= sum(one.beds for one in there)


@given(ledgers(), some_day, st.data())
def test_what_is_among_places_that_are_there_counts_nothing_more(lines, on, data):
    if not (there := [one for one in lines if one.there(on)]):
        return
    above = data.draw(st.sampled_from(there))
    under = Line(UUID(int=99), above.municipality_id, 10, FIRST, day(99), under_id=above.id)

    assert counted([*lines, under], on) == counted(lines, on)


@given(ledgers(), some_day, st.randoms())
def test_the_order_of_the_lines_changes_nothing(lines, on, random):
    shuffled = random.sample(lines, len(lines))

    assert counted(shuffled, on) == counted(lines, on)


@given(ledgers(), some_day)
def test_a_municipality_has_what_its_own_lines_say(lines, on):
    each = {
        number: counted([one for one in lines if one.municipality_id == number], on).get(number)
        for number in (1, 2)
    }

    assert counted(lines, on) == {number: places for number, places in each.items() if places}


@given(ledgers(), st.integers(0, DAYS), st.integers(0, DAYS))
def test_the_most_of_a_time_is_the_most_of_its_days(lines, begins, lasts):
    since, until = day(begins), day(begins + lasts)
    days = [day(begins + number) for number in range(lasts + 1)]

    for object_id in BEDS:
        found = most(lines, lambda on, of=object_id: taken(lines, of, on), since, until)
        assert found == max(taken(lines, object_id, on) for on in days)
    found = most(lines, lambda on: sum(counted(lines, on).values()), since, until)
    assert found == max(sum(counted(lines, on).values()) for on in days)


@given(ledgers(), st.integers(1, 60), st.integers(0, 60))
def test_a_number_is_gone_past_where_a_day_counts_more_than_it_by_what_is_new(lines, beds, target):
    new = Line(UUID(int=99), 1, beds, day(3), day(20))
    more = [
        counted([*lines, new], on)[1] - target
        for on in map(day, range(3, 21))
        if counted([*lines, new], on)[1] > counted(lines, on).get(1, 0)
    ]

    found = past(lines, new, {2022: target}, new.starts_on, new.ends_on)

    assert found == ({2022: max(more)} if more and max(more) > 0 else {})


def test_an_object_signed_twice_is_counted_once():
    here = {"object_id": UUID(int=901), "object_beds": 40}
    pair = [Line(UUID(int=n), 1, 30, day(0), day(9), **here) for n in (1, 2)]

    assert counted(pair, day(5)) == {1: 40}
    assert taken(pair, UUID(int=901), day(5)) == 60


def test_an_agreement_of_fifty_of_which_thirty_are_in_a_house_is_fifty_until_it_ends():
    agreement = Line(UUID(int=1), 1, 50, day(0), day(9))
    house = Line(
        UUID(int=2),
        1,
        30,
        day(0),
        day(19),
        object_id=UUID(int=901),
        object_beds=40,
        under_id=agreement.id,
    )

    assert counted([agreement, house], day(9)) == {1: 50}
    assert counted([agreement, house], day(10)) == {1: 30}
    assert among([agreement, house], agreement.id, day(5)) == 30
    assert among([agreement, house], agreement.id, day(20)) == 0


def test_a_number_of_another_year_is_not_gone_past_and_each_year_has_its_own():
    long = Line(UUID(int=1), 1, 30, date(2022, 7, 1), date(2025, 6, 30))
    targets = {2022: 30, 2023: 20, 2024: 10}

    assert past([], long, targets, long.starts_on, long.ends_on) == {2023: 10, 2024: 20}
