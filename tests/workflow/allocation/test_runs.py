"""Keys stored and computed: frozen, the same for whoever computes anew, small numbers hidden."""

import csv
import hashlib
import io
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from app.command_line import make_cli
from tests import swedish
from tests.swedish import (
    KEY,
    NOW,
    VARMLAND,
    YEAR,
    agency,
    board,
    coordinator,
    counted,
    decided,
    statistics_of,
    sweden,
    writer,
)
from workflow.allocation import keys, runs, statistics, targets, unused
from workflow.allocation.errors import (
    KeyNotComputable,
    KeyUnusable,
    KeyVersionTaken,
    NotThisRole,
    StatisticsUnusable,
    TargetsMissing,
)
from workflow.allocation.fulfilment import fulfilment
from workflow.kernel.errors import NotFound
from workflow.keys.parameters import ready


def test_whoever_computes_a_run_anew_from_its_files_gets_the_same_table(
    session: Session, tmp_path: Path
):
    made = swedish.a_run(session, total=97)
    seen = runs.one(session, made, actor=agency())
    files = tmp_path / "P.toml", tmp_path / "S.csv", tmp_path / "T.csv"
    files[0].write_text(keys.parameters_of(session, seen.key_id, actor=agency()))
    files[1].write_text(statistics.as_file(session, seen.statistics_id, actor=agency()))

    options = ["--parameters", files[0], "--statistics", files[1], "--out", files[2]]
    done = CliRunner().invoke(
        make_cli(), ["key", "compute", "--total", "97", *(str(one) for one in options)]
    )

    assert done.exit_code == 0, done.output
    assert hashlib.sha256(files[2].read_bytes()).hexdigest() == seen.sha256
    table = {row["code"]: row for row in csv.DictReader(io.StringIO(files[2].read_text()))}
    for line in runs.lines(session, made, actor=agency()):
        row = table[line.municipality.number]
        assert (line.target, str(line.share)) == (int(row["target"]), row["share"])
        assert line.contributions == {"population": Decimal(row["share_by_population"])}


def test_the_same_key_on_the_same_statistics_is_the_same_run(session: Session):
    first = runs.one(session, swedish.a_run(session), actor=agency())
    again = runs.run(
        session,
        key_id=first.key_id,
        statistics_id=first.statistics_id,
        year=YEAR,
        total=first.total,
        actor=agency(),
        at=NOW,
    )

    assert runs.one(session, again, actor=agency()).sha256 == first.sha256
    assert targets.of_run(session, again, actor=agency()) == targets.of_run(
        session, first.id, actor=agency()
    )


def test_a_version_of_a_key_is_never_another(session: Session):
    made = keys.store(session, KEY, actor=agency(), at=NOW)

    assert keys.store(session, KEY, actor=agency(), at=NOW) == made
    with pytest.raises(KeyVersionTaken):
        keys.store(session, KEY.replace("webster", "adams"), actor=agency(), at=NOW)
    assert keys.store(session, KEY.replace("version = 1", "version = 2"), actor=agency(), at=NOW)
    with pytest.raises(KeyUnusable) as refused:
        keys.store(session, KEY.replace("weight = 1", "weight = 0.4"), actor=agency(), at=NOW)
    assert "the weights of the criteria sum to 2/5" in refused.value.facts["problems"]


def test_every_key_that_comes_with_the_system_can_be_kept(session: Session):
    names = set(ready())
    kept = {keys.store_ready(session, name, actor=agency(), at=NOW) for name in names}

    assert len(kept) == len(names) == len(keys.keys(session, actor=board()))
    with pytest.raises(NotFound):
        keys.store_ready(session, "nobodys", actor=agency(), at=NOW)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("code,x\n9999,1", "a municipality of Sweden"),
        ("code,x\n1780,1\n1780,2", "twice"),
        ("code,x\n1780,many", "a number"),
        ("code,x\n1780,1,2", "fields"),
        ("code,X\n1780,1", "small letters"),
        ("x\n1", "not the header"),
        ("code,x\n", "no rows"),
        ("", "not the header"),
    ],
)
def test_lines_that_cannot_be_used_are_said_and_nothing_is_taken_in(session: Session, table, said):
    sweden(session)
    new = statistics.NewStatistics("x", "y", date(2022, 1, 1))

    with pytest.raises(StatisticsUnusable) as refused:
        statistics.take_in(session, new, table.encode(), actor=agency(), at=NOW)

    assert said in refused.value.facts["problems"]
    assert statistics.sets(session, actor=agency()) == []


def test_what_is_not_known_is_not_0_and_stops_the_key_that_needs_it(session: Session):
    set_id = statistics_of(
        session, {"1780": (90_000, ""), "1784": (26_000, 0)}, "population", "own_housing"
    )
    key_id = keys.store(session, KEY, actor=agency(), at=NOW)

    with pytest.raises(KeyNotComputable) as refused:
        compute(session, key_id, set_id)

    assert "1780: own_housing: empty, which is not 0" in refused.value.facts["problems"]
    lacking = statistics_of(session, {"1780": (1,)}, "population")
    with pytest.raises(KeyNotComputable):
        compute(session, key_id, lacking)


def compute(session: Session, key_id: int, set_id: int):
    return runs.run(
        session,
        key_id=key_id,
        statistics_id=set_id,
        year=YEAR,
        total=50,
        actor=agency(),
        at=NOW,
    )


def test_others_read_statistics_with_small_numbers_empty_and_their_own_in_full(session: Session):
    lines = {"1780": (9_000, 40), "1784": (2_000, 3), "1715": (1_000, 6), "1730": (800, 0)}
    set_id = statistics_of(session, lines, "population", "own_housing")

    def read(actor):
        text = statistics.as_file(session, set_id, actor=actor)
        return {row["code"]: row["own_housing"] for row in csv.DictReader(io.StringIO(text))}

    whole = {code: str(own) for code, (_, own) in lines.items()}
    assert read(agency()) == read(coordinator()) == read(board("17")) == whole
    # Another county's board: 3 and 0 are small, and the county's sum of 49 would tell them.
    assert read(board("18"))["1780"] == "40"
    seen = read(writer(sweden(session)["1784"]))
    assert seen["1784"] == "3"
    assert seen["1730"] == ""
    assert seen["1780"] == "40"


small = st.dictionaries(
    st.sampled_from(sorted(VARMLAND)), st.integers(0, 9), min_size=3, max_size=16
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=6, deadline=None
)
@given(small)
def test_no_hidden_number_follows_from_what_others_read_even_with_the_countys_sum(rolled_back, own):
    """Each hidden number of a county could be another: at least two are hidden, or none."""
    with rolled_back() as session:
        lines = {code: (1_000, number) for code, number in own.items()}
        set_id = statistics_of(session, lines, "population", "own_housing")
        text = statistics.as_file(session, set_id, actor=board("18"))
    seen = {row["code"]: row["own_housing"] for row in csv.DictReader(io.StringIO(text))}

    hidden = [code for code, number in seen.items() if number == ""]
    assert {code for code, number in own.items() if number <= 4} <= set(hidden)
    assert len(hidden) != 1
    assert all(int(seen[code]) == own[code] for code in seen if code not in hidden)


def test_a_line_behind_which_a_hidden_number_stands_shows_its_target_only(session: Session):
    made = swedish.a_run(session, own=3)

    full = {one.municipality.number: one for one in runs.lines(session, made, actor=agency())}
    seen = {one.municipality.number: one for one in runs.lines(session, made, actor=board("18"))}
    assert seen["1782"].target == full["1782"].target
    assert (seen["1782"].share, seen["1782"].credit, seen["1782"].contributions) == (None,) * 3
    assert full["1782"].credit == 3
    assert seen["1780"] == full["1780"]


def test_next_years_numbers_follow_the_places_left_and_who_is_full_gets_none(session: Session):
    """46 places of which 13 are filled come to 29 where 7,100 of 23,500 are left (Skurup, 2023)."""
    rest = {"1780": 20_000, "1880": 3_454}
    decided(session, {"1264": 46, "1784": 0, **rest}, notice_reason="x")
    counted(session, {"1264": 13, "1780": 20_000 - 8_067 + 33, "1880": 3_454})

    made = unused.run(session, 2023, 7_100, actor=agency(), at=NOW)

    found = {
        one.municipality.number: one.target for one in runs.lines(session, made, actor=agency())
    }
    assert found["1264"] == 29
    assert found["1880"] == found["1784"] == 0
    assert sum(found.values()) == 7_100


def test_without_a_year_before_there_are_no_places_left(session: Session):
    sweden(session)

    with pytest.raises(TargetsMissing):
        unused.run(session, 2023, 100, actor=agency(), at=NOW)


@pytest.mark.parametrize("actor", [board(), coordinator(), writer(1)])
def test_only_migrationsverket_makes_keys(session: Session, actor):
    with pytest.raises(NotThisRole):
        keys.store(session, KEY, actor=actor, at=NOW)
    with pytest.raises(NotThisRole):
        unused.run(session, 2023, 1, actor=actor, at=NOW)
    with pytest.raises(NotThisRole):
        statistics.take_in(
            session, statistics.NewStatistics("x", "y", NOW.date()), b"", actor=actor, at=NOW
        )


def test_sums_are_shown_as_published_but_not_to_who_could_reckon_from_them(session: Session):
    """Arvika's 3 and Eda's 5 are hidden in Värmland's 108: Arvika would know Eda's from it."""
    decided(session)
    counted(session, {"1780": 100, "1784": 3, "1730": 5, "1880": 60, "1881": 40, "1264": 30})
    ids = sweden(session)

    def sums(actor):
        found = fulfilment(session, YEAR, actor=actor)
        return {one.code: one.fill.in_the_number for one in found.counties}, found.country

    seen, country = sums(writer(ids["1880"]))
    assert seen["17"] == 108
    assert country.in_the_number == 238
    assert sums(board("18"))[0]["17"] == 108
    assert sums(writer(ids["1784"]))[0]["17"] is None
    assert sums(writer(ids["1730"]))[0]["17"] is None
    assert sums(writer(ids["1784"]))[0]["18"] is not None
    # Norrbotten has nobody, which is hidden, and another county with it: its board would know.
    assert sums(board("25"))[1].in_the_number is None
    assert sums(agency())[1].in_the_number == 238


def test_fulfilment_adds_up_by_municipality_county_and_country(session: Session):
    decided(session)
    counted(session, {"1780": 100, "1784": 140, "1766": 11}, own={"1780": 7})

    found = fulfilment(session, YEAR, actor=agency())

    seen = {one.municipality.number: one.fill for one in found.municipalities}
    assert (seen["1780"].remaining, seen["1780"].past, seen["1780"].own_housing) == (127, 0, 7)
    assert (seen["1784"].remaining, seen["1784"].past) == (0, 7)
    assert seen["1784"].share == Fraction(140, 133)
    assert seen["1880"].target is None
    county = next(one for one in found.counties if one.code == "17")
    assert (county.fill.target, county.fill.in_the_number) == (780, 251)
    assert found.country.remaining == 529
    assert found.evenness is not None
    assert found.evenness.highest_fill == max(fill.share for fill in seen.values() if fill.share)
