"""The published order for one case: what holds whatever the case and the municipalities."""

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.ranking.apportionment import apportion
from workflow.ranking.criteria import Candidate, CaseToPlace, RuleSet
from workflow.ranking.order import rank
from workflow.ranking.shares import Scale, unused_share

RULES = RuleSet(version=1)
TENTH = Fraction(1, 10)


def order(ranking):
    return [item.candidate.municipality_number for item in ranking.items]


days = st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 5))


@st.composite
def fields(draw, most=9):
    """Up to nine municipalities, close enough for ties, windows and full ones to be common."""
    numbers = draw(st.lists(st.integers(301, 340), unique=True, min_size=1, max_size=most))
    made = []
    for number in numbers:
        decided = draw(st.sampled_from([None, 0, 1, 2, 3, 4, 5, 8, 10, 20, 40]))
        made.append(
            Candidate(
                f"{number:04d}",
                draw(st.integers(0, (decided or 0) + 3)),
                decided,
                draw(days),
                draw(st.sampled_from([None, None, "home"])),
                draw(st.sampled_from([None, None, None, "case.declined_here"])),
            )
        )
    return made


cases = st.builds(
    CaseToPlace,
    st.integers(1, 6),
    st.sampled_from(["A", "B", None]),
    st.none() | st.integers(301, 340).map("{:04d}".format),
    excluded=st.dictionaries(st.integers(301, 340).map("{:04d}".format), st.just("measure.paused")),
)
windows = st.sampled_from([Fraction(0), TENTH, Fraction(1, 3), Fraction(1)])
rule_sets = st.builds(RuleSet, st.just(1), windows)


def as_the_rule_says(case, candidates, rules):
    """The rule read aloud: fractions compared as fractions, no shortcuts."""
    able = [
        c
        for c in candidates
        if c.refusal is None
        and c.municipality_number not in case.excluded
        and c.decided_places
        and c.free >= case.persons
    ]

    def share(places, candidate):
        return Fraction(min(places, candidate.decided_places), candidate.decided_places)

    best = max((share(c.free, c) for c in able), default=None)

    def key(c):
        now = share(c.free, c)
        return (
            not (case.track == "A" and c.municipality_number == case.former_municipality_number),
            not (c.fitting_vacancy and now >= best - rules.vacancy_window),
            -now,
            -share(c.free - case.persons, c),
            c.last_distribution_on or date.min,
            c.municipality_number,
        )

    return [c.municipality_number for c in sorted(able, key=key)]


@given(cases, fields(), rule_sets)
def test_the_order_is_the_rule(case, candidates, rules):
    assert order(rank(case, candidates, rules)) == as_the_rule_says(case, candidates, rules)


@given(cases, fields(), rule_sets, st.randoms())
def test_the_order_of_the_input_is_nothing(case, candidates, rules, random):
    shuffled = random.sample(candidates, len(candidates))

    assert rank(case, shuffled, rules) == rank(case, candidates, rules)


@given(cases, fields(), rule_sets)
def test_every_municipality_has_one_rank_or_one_code(case, candidates, rules):
    ranking = rank(case, candidates, rules)

    named = order(ranking) + [refusal.municipality_number for refusal in ranking.excluded]
    assert sorted(named) == sorted(c.municipality_number for c in candidates)
    assert [item.rank for item in ranking.items] == list(range(1, len(ranking.items) + 1))


@given(cases, fields(), rule_sets)
def test_nobody_gets_a_case_there_is_no_room_for(case, candidates, rules):
    for item in rank(case, candidates, rules).items:
        assert item.candidate.free >= case.persons
        assert item.candidate.decided_places


@given(cases, fields(), rule_sets, st.data())
def test_a_free_place_more_never_worsens_a_rank(case, candidates, rules, data):
    before = order(rank(case, candidates, rules))
    if not before:
        return
    lucky = data.draw(st.sampled_from(before))
    richer = [
        Candidate(
            c.municipality_number,
            c.free + (c.municipality_number == lucky),
            c.decided_places,
            c.last_distribution_on,
            c.fitting_vacancy,
            c.refusal,
        )
        for c in candidates
    ]

    after = order(rank(case, richer, rules))

    assert after.index(lucky) <= before.index(lucky)


@given(cases, fields(), rule_sets)
def test_every_rank_is_settled_by_a_criterion_and_its_two_values_differ(case, candidates, rules):
    items = rank(case, candidates, rules).items

    for item in items:
        decisive = [reason for reason in item.reasons if reason.decisive]
        assert len(decisive) == (len(items) > 1)
        for reason in decisive:
            rival = items[0] if item.rank > 1 else items[1]
            assert reason.compared_with == rival.candidate.municipality_number
            other = next(r for r in rival.reasons if r.criterion == reason.criterion)
            assert (reason.other_value, reason.other_facts) == (other.value, other.facts)
            assert (reason.value, reason.facts) != (reason.other_value, reason.other_facts)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), st.data())
@settings(deadline=None)
def test_one_person_at_a_time_from_empty_is_adams_with_ties_to_the_larger(decided, data):
    total = data.draw(st.integers(0, sum(decided)))
    placed = [0] * len(decided)

    for _ in range(total):
        field = [
            Candidate(f"{i:04d}", places - taken, places)
            for i, (places, taken) in enumerate(zip(decided, placed, strict=True))
        ]
        first = rank(CaseToPlace(1), field, RULES).first
        placed[int(first.candidate.municipality_number)] += 1

    assert placed == apportion("adams", decided, total)


@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 400)), min_size=2, max_size=6),
    windows | st.fractions(0, 1, max_denominator=100_000),
)
def test_scaled_shares_compare_as_the_fractions_do(places, window):
    scale = Scale.of(max(decided for _, decided in places), window)

    exact = [(unused_share(free, decided), scale.share(free, decided)) for free, decided in places]

    for one, scaled_one in exact:
        for other, scaled_other in exact:
            assert (one < other) == (scaled_one < scaled_other)
            assert (one >= other - window) == (scaled_one >= scaled_other - scale.window)
