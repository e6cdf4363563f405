"""`bosetting bench plan` with the database, small."""

import re

import pytest

from app.bench.database import connect
from app.bench.runs import bench_runs, measure


@pytest.mark.trial
def test_a_line_gives_seconds_of_each_half_and_the_ratio(an_own_database, capsys):
    bench_runs(an_own_database, sizes=[12])

    _, line = capsys.readouterr().out.splitlines()
    assert re.fullmatch(
        r"  12 cases, 42 persons withdrawn: \d+\.\d\d \+ \d+\.\d\d s; 12 placed: "
        r"\d+\.\d\d \+ \d+\.\d\d s, \d+\.\d × the bare \d+\.\d\d s \(reach 3\)",
        line,
    )


@pytest.mark.trial
def test_what_is_written_barely_is_what_the_run_has_written(an_own_database):
    with an_own_database() as database:
        measured = measure(database, cases=12)
        with connect(database.owner) as connection:
            rows = {
                table: (
                    connection.execute(f"SELECT count(*) FROM bare_{table}").fetchone()[0],
                    connection.execute(
                        f"SELECT count(*) FROM (SELECT * FROM bare_{table} EXCEPT ALL"
                        f" SELECT * FROM {table}) other"
                    ).fetchone()[0],
                )
                for table in (
                    "cases",
                    "run_items",
                    "distributions",
                    "place_entries",
                    "case_steps",
                    "outbox",
                )
            }

    assert measured.redistribution.run.counts["placed"] == 12
    # Twice as many lines of runs: those of the withdrawal are there as well.
    assert rows == dict.fromkeys(rows, (12, 0)) | {"run_items": (24, 0)}
