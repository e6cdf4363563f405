"""`bosetting bench plan`, without the database."""

import re

import pytest

from app.bench.plan import Size, bench_plan, measure

FEW = Size("a small town's year", 40, 12)


@pytest.mark.trial
def test_a_line_gives_seconds_and_the_ratio_to_the_bound(capsys):
    bench_plan([FEW])

    _, line = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"  40 cases × 12 municipalities \(a small town's year\): "
        r"\d+\.\d{3} s, \d+ × the bound of \d+\.\d\d ms; \d+ placed",
        line,
    )


@pytest.mark.trial
def test_what_is_measured_is_a_plan_with_all_that_makes_one_slow():
    measured = measure(FEW, repeats=1)

    assert measured.ratio == measured.plan_seconds / measured.bound_seconds
    assert len(measured.plan.cases) == FEW.cases
    assert measured.plan.placed
    assert {planned.case.track for planned in measured.plan.cases} == {"A", "B", None}
    assert any(planned.case.excluded for planned in measured.plan.cases)
    assert any(planned.vacancy_id for planned in measured.plan.placed)


@pytest.mark.trial
def test_the_same_is_measured_every_time():
    assert measure(FEW, repeats=1).plan == measure(FEW, repeats=1).plan
