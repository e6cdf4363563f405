"""A replayed year, and prices that keep room for those who come later."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.planning.inputs import Case, Home, Inputs, Municipality
from workflow.planning.planner import place, plan_by
from workflow.planning.rule_sets import Method, PlanningRules
from workflow.planning.simulation import Chances, Scenario, chance, replayed

BEGINS = date(2020, 1, 6)
SCORE = PlanningRules(1, Method.SCORE)


def scenario(chances=Chances(), cases=20, weeks=8, **brought):  # noqa: B008 - frozen
    given = tuple(
        Case(f"c{i}", 1 + i % 4, expires_on=BEGINS + timedelta(days=80 + i)) for i in range(cases)
    )
    municipalities = tuple(Municipality(n, 12, 2, **brought) for n in ("0301", "1103", "4601"))
    scores = {
        (c.case_number, m.municipality_number): chance(1, c.case_number, m) * c.persons
        for c in given
        for m in municipalities
    }
    homes = (Home("h", "0301", 3),)
    inputs = Inputs(given, municipalities, homes, scores, on=BEGINS)
    return Scenario(
        inputs, {c.case_number: i % 5 for i, c in enumerate(given)}, BEGINS, weeks, chances
    )


def last(rules, of):
    return list(replayed(rules, of))[-1][1]


@settings(max_examples=4, deadline=None)
@given(st.sampled_from(Method), st.integers(0, 99))
def test_nobody_is_lost_and_no_ceiling_is_broken_in_any_week(method, seed):
    rules = PlanningRules(1, method, seed=seed)
    of = scenario(Chances(accepted=0.7, withdrawn=0.3, cancelled=0.3))
    free = sum(one.free for one in of.inputs.municipalities)
    persons = sum(case.persons for case in of.inputs.cases)
    settled = 0
    for week, year in replayed(rules, of):
        assert len(year.seen) == week + 1
        assert year.placed_persons <= free
        assert year.placed_persons + year.waiting_persons <= persons
        assert year.seen[-1].settled_persons >= settled
        settled = year.seen[-1].settled_persons
    assert last(rules, of) == year


def test_what_happens_to_cases_is_counted():
    sure = Chances(accepted=1, withdrawn=0, cancelled=0, travel_weeks=1)
    plain = last(SCORE, replace(scenario(sure, cases=8), weeks=12))
    assert plain.counts.declined == plain.counts.withdrawn == plain.counts.cancelled == 0
    assert plain.seen[-1].settled_persons == sum(1 + i % 4 for i in range(8))
    never = last(SCORE, replace(scenario(replace(sure, accepted=0), cases=8), weeks=20))
    assert never.placed_persons == 0
    # Three municipalities, and each says no to each case once; then its permit runs out.
    assert never.counts.declined == 3 * 8
    assert never.counts.lapsed > 0
    back = last(
        SCORE, replace(scenario(replace(sure, withdrawn=1, entry_known=1), cases=2), weeks=20)
    )
    assert (back.counts.withdrawn, back.counts.back_at_former) == (2, 2)
    late = last(SCORE, scenario(replace(sure, cancelled=1), cases=2))
    assert late.counts.cancelled > 0
    assert late.seen[-1].settled_persons == 0


def test_a_municipality_may_have_a_chance_of_its_own():
    of = scenario(Chances(accepted=0, withdrawn=0, cancelled=0), cases=3)
    year = last(PlanningRules(1, Method.BALANCED), replace(of, accepts={"1103": 1.0}))
    assert year.placed_persons == 6


def test_weeks_that_earlier_batches_took_are_taken():
    of = scenario(Chances(accepted=1, withdrawn=0, cancelled=0), cases=12, weekly=2)
    small = tuple(replace(case, persons=2, expires_on=None) for case in of.inputs.cases)
    of = replace(of, inputs=replace(of.inputs, cases=small), arrives=dict.fromkeys(of.arrives, 0))
    rules = PlanningRules(1, Method.BALANCED, weeks_ahead=4)
    year = last(rules, replace(of, arrives={c.case_number: i % 2 for i, c in enumerate(small)}))
    assert year.placed_persons == 24
    settled = [seen.settled_persons for seen in year.seen]
    assert max(b - a for a, b in pairwise(settled)) <= 6


def test_the_same_chances_for_every_rule_set_and_machine():
    assert chance(1, "c1", "answer", "0301") == pytest.approx(0.687038, abs=1e-6)
    assert (
        0 <= min(chance(s, "x") for s in range(200)) < max(chance(s, "x") for s in range(200)) < 1
    )


def test_room_is_kept_for_whom_it_is_worth_more_later():
    municipalities = (Municipality("0301", 2, 0), Municipality("1103", 50, 0))
    today, later = Case("today", 2), tuple(Case(f"later{i}", 2) for i in range(4))
    scores = {("today", "0301"): 1.0, ("today", "1103"): 0.8}
    for case in later:
        scores |= {(case.case_number, "0301"): 2.0, (case.case_number, "1103"): 0.2}
    inputs = Inputs((today,), municipalities, scores=scores)
    (now,) = place(SCORE, inputs)
    assert now.municipality_number == "0301"
    outcome = plan_by(SCORE, replace(inputs, expected=later))
    assert outcome.lines[0].municipality_number == "1103"
    assert outcome.figures.score == pytest.approx(0.8)
    assert outcome.figures.score_bound >= 1.0
    (alone,) = place(SCORE, replace(inputs, expected=later, stand_for=0))
    assert alone.municipality_number == "0301"


def test_weekly_batches_with_prices_come_near_hindsight():
    from app.bench.planning import Shape, invent, invent_another_year, invent_scores
    from app.bench.planning_weeks import one_year
    from workflow.planning.scored import score_plan

    problem = invent(Shape("test", 400, 25), 1)
    scores = invent_scores(problem, 1)
    at, _ = score_plan(problem, scores)
    hindsight = float(scores[range(400), at].sum())
    earlier = invent_another_year(problem, 1, 1)
    with_prices, left = one_year(
        problem, scores, past=(earlier, invent_scores(earlier, 1, 1)), weeks=8, seed=1
    )
    without, _ = one_year(problem, scores, past=None, weeks=8, seed=1)
    assert left == 0
    assert with_prices > without
    assert with_prices > 0.95 * hindsight
