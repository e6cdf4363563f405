"""The published order for one case, rule by rule."""

from datetime import date
from fractions import Fraction

import pytest

from workflow.ranking.criteria import Candidate, CaseToPlace, Criterion, RuleSet
from workflow.ranking.order import Excluded, rank, why_not
from workflow.ranking.shares import unused_share

RULES = RuleSet(version=1)
TENTH = Fraction(1, 10)


def a_municipality(number, free, decided, **rest):
    return Candidate(number, free, decided, **rest)


def order(ranking):
    return [item.candidate.municipality_number for item in ranking.items]


def codes(ranking):
    return {item.municipality_number: item.code for item in ranking.excluded}


def reasons(item):
    return {reason.criterion: reason for reason in item.reasons}


def test_track_a_puts_the_former_municipality_first_while_it_has_room():
    case = CaseToPlace(3, "A", "1804")
    field = [a_municipality("0301", 90, 100), a_municipality("1804", 3, 74)]

    ranking = rank(case, field, RULES)

    assert order(ranking) == ["1804", "0301"]
    reason = reasons(ranking.first)[Criterion.FORMER_MUNICIPALITY]
    assert (reason.value, reason.compared_with, reason.other_value) == (True, "0301", False)
    assert reason.facts == {"former_municipality_number": "1804"}


def test_track_a_never_puts_a_case_where_there_is_no_room():
    case = CaseToPlace(4, "A", "1804")
    field = [a_municipality("0301", 90, 100), a_municipality("1804", 3, 74)]

    ranking = rank(case, field, RULES)

    assert order(ranking) == ["0301"]
    assert ranking.excluded == (Excluded("1804", "places.none_free", {"free": 3, "persons": 4}),)


@pytest.mark.parametrize("track", ["A", "B", None])
def test_only_track_a_prefers_the_former_municipality_and_track_b_says_it_does_not(track):
    case = CaseToPlace(1, track, "1804")
    field = [a_municipality("0301", 90, 100), a_municipality("1804", 3, 74)]

    ranking = rank(case, field, RULES)

    assert order(ranking)[0] == ("1804" if track == "A" else "0301")
    for item in ranking.items:
        said = reasons(item).get(Criterion.NO_PREFERENCE_FOR_FORMER)
        assert (said is not None) == (track == "B")
        if said:
            assert said.value == (item.candidate.municipality_number == "1804")
            assert said.facts == {"former_municipality_number": "1804"}
            assert not said.decisive


def test_the_former_municipality_may_still_win_on_its_share_on_track_b():
    case = CaseToPlace(1, "B", "1804")
    field = [a_municipality("0301", 50, 100), a_municipality("1804", 60, 74)]

    assert order(rank(case, field, RULES)) == ["1804", "0301"]


def test_the_share_counts_and_not_the_number():
    field = [a_municipality("0301", 60, 120), a_municipality("1804", 6, 10)]

    ranking = rank(CaseToPlace(2), field, RULES)

    assert order(ranking) == ["1804", "0301"]
    reason = reasons(ranking.first)[Criterion.UNUSED_SHARE]
    assert (reason.value, reason.other_value) == (Fraction(3, 5), Fraction(1, 2))
    assert reason.facts == {"free": 6, "decided_places": 10}
    assert reason.other_facts == {"free": 60, "decided_places": 120}


def test_extra_places_make_room_but_no_share_above_one():
    field = [a_municipality("0301", 15, 10), a_municipality("1804", 20, 20)]

    ranking = rank(CaseToPlace(3), field, RULES)

    assert [item.unused_share for item in ranking.items] == [1, 1]
    # After three persons the first still has all its decided places free, the second 17 of 20.
    assert order(ranking) == ["0301", "1804"]
    assert why_not(ranking, "1804").criterion is Criterion.SHARE_AFTER


@pytest.mark.parametrize(
    ("share_with_home", "comes_first"),
    [("50/100", True), ("41/100", True), ("40/100", True), ("39/100", False)],
)
def test_a_vacancy_goes_first_down_to_the_very_edge_of_the_window(share_with_home, comes_first):
    free, decided = map(int, share_with_home.split("/"))
    field = [
        a_municipality("0301", 50, 100),
        a_municipality("1804", free, decided, fitting_vacancy="home-7"),
    ]

    ranking = rank(CaseToPlace(1), field, RuleSet(1, vacancy_window=TENTH))

    assert (order(ranking)[0] == "1804") == comes_first
    by_number = {item.candidate.municipality_number: item for item in ranking.items}
    vacancy = reasons(by_number["1804"])[Criterion.VACANCY]
    assert vacancy.value == "home-7"
    assert vacancy.facts == {
        "within_window": comes_first,
        "best_share": Fraction(1, 2),
        "vacancy_window": TENTH,
    }


def test_the_window_hangs_below_the_best_share_of_those_that_may_take_the_case():
    field = [
        a_municipality("0301", 90, 100, refusal="case.declined_here"),
        a_municipality("1103", 3, 3),
        a_municipality("1804", 55, 100),
        a_municipality("4601", 50, 100, fitting_vacancy="home"),
    ]

    ranking = rank(CaseToPlace(4), field, RULES)

    assert order(ranking) == ["4601", "1804"]


def test_several_vacancies_within_the_window_are_ordered_by_share():
    field = [
        a_municipality("0301", 50, 100),
        a_municipality("1103", 42, 100, fitting_vacancy="a"),
        a_municipality("1804", 44, 100, fitting_vacancy="b"),
        a_municipality("4601", 10, 100, fitting_vacancy="c"),
        a_municipality("5001", 49, 100),
    ]

    ranking = rank(CaseToPlace(1), field, RULES)

    assert order(ranking) == ["1804", "1103", "0301", "5001", "4601"]
    assert why_not(ranking, "0301").criterion is Criterion.VACANCY
    assert why_not(ranking, "1103").criterion is Criterion.UNUSED_SHARE
    assert why_not(ranking, "4601").criterion is Criterion.UNUSED_SHARE


def test_an_empty_window_leaves_the_vacancy_to_part_equals():
    field = [
        a_municipality("0301", 51, 100, fitting_vacancy=None),
        a_municipality("1103", 50, 100, fitting_vacancy="home"),
        a_municipality("1804", 51, 100, fitting_vacancy="home"),
    ]

    ranking = rank(CaseToPlace(1), field, RuleSet(1, vacancy_window=Fraction(0)))

    assert order(ranking) == ["1804", "0301", "1103"]


def test_equal_shares_go_to_the_one_with_the_larger_share_after():
    field = [a_municipality("0301", 5, 10), a_municipality("1804", 10, 20)]

    ranking = rank(CaseToPlace(2), field, RULES)

    assert order(ranking) == ["1804", "0301"]
    lost = why_not(ranking, "0301")
    assert (lost.criterion, lost.value, lost.other_value) == (
        Criterion.SHARE_AFTER,
        Fraction(3, 10),
        Fraction(2, 5),
    )
    assert lost.facts == {"persons": 2}


def test_then_the_longest_since_its_last_distribution_and_never_is_longest():
    field = [
        a_municipality("0301", 5, 10, last_distribution_on=date(2020, 4, 2)),
        a_municipality("1103", 5, 10, last_distribution_on=date(2020, 4, 1)),
        a_municipality("1804", 5, 10),
    ]

    ranking = rank(CaseToPlace(1), field, RULES)

    assert order(ranking) == ["1804", "1103", "0301"]
    lost = why_not(ranking, "1103")
    assert (lost.criterion, lost.value, lost.other_value) == (
        Criterion.LAST_DISTRIBUTION,
        date(2020, 4, 1),
        None,
    )


def test_at_last_the_municipality_number():
    field = [a_municipality("1804", 5, 10), a_municipality("0301", 5, 10)]

    ranking = rank(CaseToPlace(1), field, RULES)

    assert order(ranking) == ["0301", "1804"]
    lost = why_not(ranking, "1804")
    assert (lost.criterion, lost.value, lost.compared_with, lost.other_value) == (
        Criterion.MUNICIPALITY_NUMBER,
        "1804",
        "0301",
        "0301",
    )


def test_each_that_cannot_take_the_case_has_its_code():
    case = CaseToPlace(3, excluded={"4601": "case.declined_here"})
    field = [
        a_municipality("0301", 0, None),
        a_municipality("1103", 0, 0),
        a_municipality("1804", 2, 20),
        a_municipality("4601", 9, 9),
        a_municipality("5001", 9, 9, refusal="measure.paused"),
        a_municipality("5401", 0, None, refusal="measure.paused"),
    ]

    ranking = rank(case, reversed(field), RULES)

    assert list(codes(ranking).items()) == [
        ("0301", "places.not_registered"),
        ("1103", "places.none_free"),
        ("1804", "places.none_free"),
        ("4601", "case.declined_here"),
        ("5001", "measure.paused"),
        ("5401", "measure.paused"),
    ]
    assert ranking.items == ()
    assert ranking.first is None


def test_why_not_says_what_bars_a_municipality_and_nothing_of_the_first():
    field = [a_municipality("0301", 5, 10), a_municipality("1804", 0, None)]
    ranking = rank(CaseToPlace(1), field, RULES)

    assert why_not(ranking, "1804") == Excluded("1804", "places.not_registered")
    assert why_not(ranking, "0301") is None
    with pytest.raises(LookupError, match="4601 was not among the candidates"):
        why_not(ranking, "4601")


def test_the_only_one_has_reasons_and_no_rival():
    ranking = rank(CaseToPlace(1), [a_municipality("0301", 5, 10)], RULES)

    assert ranking.first.decisive_reason is None
    assert [reason.criterion for reason in ranking.first.reasons] == [
        "unused_share",
        "vacancy",
        "share_after",
        "last_distribution",
        "municipality_number",
    ]


def test_the_same_municipality_twice_is_refused():
    with pytest.raises(ValueError, match="municipality 0301 twice"):
        rank(CaseToPlace(1), [a_municipality("0301", 5, 10)] * 2, RULES)


@pytest.mark.parametrize(
    "make",
    [
        lambda: RuleSet(1, vacancy_window=Fraction(11, 10)),
        lambda: RuleSet(1, vacancy_window=Fraction(-1, 10)),
        lambda: RuleSet(1, next_shown=-1),
        lambda: CaseToPlace(0),
    ],
)
def test_a_rule_or_case_that_cannot_be_is_refused(make):
    with pytest.raises(ValueError, match=r"expected|a case of 0"):
        make()


def test_a_share_of_nothing_is_none():
    assert unused_share(5, None) is None
    assert unused_share(5, 0) is None
    assert unused_share(0, 7) == 0
    assert unused_share(9, 7) == 1
