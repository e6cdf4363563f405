"""The bench of plans with all that cases and municipalities can bring, on a small instance."""

import re

import pytest

from app.bench.planning_everything import bench_everything, invent_everything
from workflow.planning.inputs import WHEELCHAIR


@pytest.mark.trial
def test_all_that_can_be_brought_is_brought_and_no_step_is_beyond_its_bound(capsys):
    inputs = invent_everything(150, 12, seed=1)
    assert inputs.homes
    assert inputs.on
    assert all(one.weekly and one.most for one in inputs.municipalities)
    assert any(WHEELCHAIR in case.needs for case in inputs.cases)
    assert any(case.related for case in inputs.cases)

    bench_everything(150, 12, seed=1)
    told = capsys.readouterr().out
    steps = {
        name: (float(value.replace(",", "")), float(bound.replace(",", "")))
        for name, value, bound in re.findall(r"(\w+) ([\d,.e+]+) of ([\d,.e+]+)", told)
    }
    assert 0 < steps["persons"][0] <= steps["persons"][1]
    assert 0 < steps["homes"][0] <= steps["homes"][1]
    assert steps["balance"][0] >= steps["balance"][1] > 0
