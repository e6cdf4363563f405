"""`bosetting bench row-security`, small."""

import re

import pytest

from app.bench.row_security import ACTORS, bench_row_security


@pytest.mark.trial
def test_a_line_for_each_actor_gives_both_times_and_the_ratio(an_own_database, capsys):
    with an_own_database() as database:
        bench_row_security(database, rows=200, turns=1)

    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading == "row security: the first page of 200 cases"
    assert len(lines) == len(ACTORS)
    for actor, line in zip(ACTORS, lines, strict=True):
        assert re.fullmatch(
            rf"  {actor.role}: \d+\.\d\d ms, without \d+\.\d\d ms, ratio \d+\.\d\d \(reach 1\.15\)",
            line,
        )
