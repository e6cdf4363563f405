"""`bosetting bench deliveries`, small."""

import re

import pytest

from app.bench.deliveries import bench_deliveries


@pytest.mark.trial
def test_every_message_leaves_once_and_each_rate_stands_beside_the_bare_one(
    an_own_database, capsys
):
    with an_own_database() as database:
        bench_deliveries(database, events=20)

    told = capsys.readouterr().out
    assert "left 20, different 20" in told
    assert len(re.findall(r"ratio \d+\.\d+", told)) == 2
