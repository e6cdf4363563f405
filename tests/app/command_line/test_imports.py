"""What `bosetting import` prints, keeps and refuses."""

import json
import logging
import re
import sys
from io import BytesIO, StringIO

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from app.command_line import make_cli
from app.command_line.progress import shown
from tests.architecture.sources import ROOT
from tests.factories import NOW, a_case, a_municipality, places
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.statistics import COLUMNS as STATISTICS_COLUMNS
from workflow.cases.imports import COLUMNS, OPTIONAL, read_cases
from workflow.cases.models import Case, Person
from workflow.municipalities.models import Municipality, MunicipalityBoundary
from workflow.municipalities.register import MUNICIPALITY_COLUMNS, shipped_register
from workflow.redistribution.models import ScoreImport

SAUDA = "1135,Sauda,Sauda,,Rogaland,964979367,59.7046,6.4621,0,HAU,81,BGO,95"
HOUSEHOLDS = (
    "household;group;birth_year;sex;nationality",
    "a;resettlement;1985;female;SY",
    "a;;2014;male;SY",
    "b;private;85;male;ER",
)


@pytest.fixture
def write(tmp_path):
    def written(*lines: str, name="file.csv"):
        file = tmp_path / name
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file

    return written


def bosetting(*arguments):
    return CliRunner().invoke(make_cli(), ["import", *map(str, arguments)])


def count(database, what) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count(what)))


def statistics(*lines: str) -> tuple[str, ...]:
    return (";".join(STATISTICS_COLUMNS), *lines)


def register_bodo(database, *, original_request=None):
    with database.sessions.begin() as session:
        bodo = a_municipality(session, number="1804", name="Bodø")
        if original_request is not None:
            places(session, bodo, decided=20, original_request=original_request)


def test_the_shipped_register_is_there_after_one_command(database):
    first = bosetting("municipalities")
    second = bosetting("municipalities")

    assert (first.exit_code, count(database, Municipality.id)) == (0, 356)
    assert first.stdout == (
        "Municipalities of 2020: 356 new, 0 changed, 0 as they were; 49 airports new or changed.\n"
    )
    assert second.stdout == (
        "Municipalities of 2020: 0 new, 0 changed, 356 as they were; 0 airports new or changed.\n"
    )


def test_the_next_years_register_says_what_is_new_and_what_is_missing(database, write):
    bosetting("municipalities")
    others = {row.number for row in shipped_register()} - {"1135"}
    renumbered = SAUDA.replace("1135,Sauda,Sauda", "1199,Sauda kommune,Sauda kommune")
    file = write(",".join(MUNICIPALITY_COLUMNS), renumbered)

    answer = bosetting("municipalities", file, "--year", 2021)

    assert answer.exit_code == 0
    assert "0 new, 1 changed, 0 as they were" in answer.stdout
    assert "\n1135 Sauda is now 1199 Sauda kommune.\n" in answer.stdout
    assert "\n0301 Oslo is not in the file and stays: " in answer.stdout
    assert answer.stdout.count("is not in the file") == len(others)


def test_a_register_row_that_is_wrong_is_a_line_and_the_exit_code_1(database, write):
    wrong = SAUDA.replace("BGO", "XXX")
    file = write(",".join(MUNICIPALITY_COLUMNS), wrong)

    answer = bosetting("municipalities", file, "--year", 2020)

    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[:2] == [
        f"{file}:2: second_airport: 'XXX', expected an airport of the register",
        "Rejected rows: 1.",
    ]


def test_a_register_row_with_a_number_that_is_anothers_is_a_line(database, write):
    bosetting("municipalities")
    file = write(",".join(MUNICIPALITY_COLUMNS), SAUDA.replace("1135", "0301"))

    answer = bosetting("municipalities", file, "--year", 2021)

    assert answer.exit_code == 1
    assert answer.stdout.startswith(
        f"{file}:2: number: 0301 is Oslo's, which is not in the file,"
        " expected a number nobody else has\n"
    )


def test_airports_may_come_from_a_file_of_their_own(database, write):
    airports = write(
        "iata,icao,name,latitude,longitude,scheduled",
        "HAU,ENHD,Haugesund,59.3453,5.2084,1",
        "bgo,ENBR,Bergen,60.2934,5.2181,1",
        name="airports.csv",
    )
    file = write(",".join(MUNICIPALITY_COLUMNS), SAUDA)

    answer = bosetting("municipalities", file, "--year", 2020, "--airports", airports)

    assert answer.stdout.splitlines()[:2] == [
        f"{airports}:3: iata: 'bgo', expected three capital letters",
        f"{file}:2: second_airport: 'BGO', expected an airport of the register",
    ]


@pytest.mark.parametrize(
    "arguments", [["--year", "2021"], ["FILE"], ["FILE", "--year", "1066"], ["no-such-file"]]
)
def test_a_file_needs_its_year_and_a_year_its_file(database, write, arguments):
    file = write(",".join(MUNICIPALITY_COLUMNS))

    answer = bosetting("municipalities", *[file if word == "FILE" else word for word in arguments])

    assert answer.exit_code == 2
    assert count(database, Municipality.id) == 0


def test_statistics_say_their_sums_and_change_nothing_the_second_time(database, write):
    register_bodo(database)
    file = write(
        *statistics(
            "Personer;2020;1804;Bodø;Opprinnelig anmodning;74",
            "Personer;2020;1804;Bodø;Anmodning om bosetting;48",
            "Personer;2020;1804;Bodø;Vedtak om bosetting;74",
            "Personer;2020;1804;Bodø;Faktisk bosetting;:",
            "Prosent;2020;1804;Bodø;Vedtak om bosetting;100",
        )
    )

    first = bosetting("imdi-statistics", file)
    second = bosetting("imdi-statistics", file)

    sums = (
        "2020: municipalities with a number: 1; persons: original request 74, adjusted 48,"
        " decided 74, settled 0; hidden numbers: 1.\n"
    )
    assert first.exit_code == 0
    assert first.stdout == sums + "Municipalities' years: 1 changed, 0 as they were.\n"
    assert second.stdout == sums + "Municipalities' years: 0 changed, 1 as they were.\n"


def test_statistics_that_cannot_be_used_are_lines_by_their_place(database, write):
    register_bodo(database, original_request=70)
    file = write(
        *statistics(
            "Personer;2020;1804;Bodø;Anmodning om bosetting;74",
            "Personer;2020;1850;Tysfjord;Vedtak om bosetting;9",
            "Personer;2020;1804;Bodø;Vedtak om bosetting;mange",
            "Personer;2020;1804;Bodø;Faktisk bosetting;41",
        )
    )

    answer = bosetting("imdi-statistics", file)

    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[:4] == [
        (
            f"{file}:3: Kommunenummer: nobody in the register had number 1850 in 2020,"
            " expected a number of 2020"
        ),
        f"{file}:4: Antall: 'mange', expected whole persons, or : or .",
        f"{file}:2: Antall: 74 for 1804 in 2020, expected 70, which is registered and stands",
        "Rejected rows: 3.",
    ]
    with database.sessions() as session:
        assert session.scalar(select(PlaceAccount.settled)) == 41


@pytest.mark.parametrize("option", ["--strict", "--dry-run"])
def test_nothing_is_kept_of_a_dry_run_or_a_strict_import_with_a_wrong_row(database, write, option):
    register_bodo(database)
    file = write(
        *statistics(
            "Personer;2020;1804;Bodø;Vedtak om bosetting;74",
            "Personer;2020;1804;Bodø;Faktisk bosetting;mange",
        )
    )

    answer = bosetting("imdi-statistics", file, option)

    assert answer.exit_code == 1
    assert "othing was" in answer.stdout.splitlines()[-1]
    assert count(database, PlaceEntry.id) == 0


def test_a_strict_import_without_a_wrong_row_is_an_import(database, write):
    register_bodo(database)
    file = write(*statistics("Personer;2020;1804;Bodø;Vedtak om bosetting;74"))

    answer = bosetting("imdi-statistics", file, "--strict")

    assert (answer.exit_code, count(database, PlaceEntry.id)) == (0, 1)


def test_one_year_of_the_statistics_can_be_taken_alone(database, write):
    register_bodo(database)
    file = write(
        *statistics(
            "Personer;2019;0104;Moss;Vedtak om bosetting;36",
            "Personer;2020;1804;Bodø;Vedtak om bosetting;74",
        )
    )

    answer = bosetting("imdi-statistics", file, "--year", 2020)

    assert (answer.exit_code, count(database, PlaceEntry.id)) == (0, 1)


def test_households_become_cases_and_the_wrong_one_is_lines(database, write):
    file = write(*HOUSEHOLDS)

    answer = bosetting("cases", file)

    assert answer.exit_code == 1
    assert answer.stdout == (
        f"{file}:4: birth_year: '85', expected a year from 1900 on, like 1985\n"
        "Rejected rows: 1.\n"
        "Registered households: 1; persons: 2.\n"
    )
    assert (count(database, Case.id), count(database, Person.id)) == (1, 2)


def test_households_are_not_registered_where_a_strict_file_has_a_wrong_row(database, write):
    answer = bosetting("cases", write(*HOUSEHOLDS), "--strict")

    assert answer.exit_code == 1
    assert count(database, Case.id) == 0


def test_the_example_of_the_documentation_is_registered_once(database, write):
    example = re.search(r"```\n(household;.*?)```", documentation(), re.DOTALL)
    file = write(*example[1].splitlines())

    first = bosetting("cases", file)
    second = bosetting("cases", file)

    assert first.stdout.endswith("Registered households: 2; persons: 3.\n")
    assert f"{file}:2: duf_number: " in second.stdout
    assert second.stdout.endswith("Registered households: 1; persons: 1.\n")


@pytest.mark.parametrize("column", [*COLUMNS, *OPTIONAL])
def test_every_column_is_documented(column):
    assert f"`{column}`" in documentation()


def documentation() -> str:
    return (ROOT / "docs" / "import.md").read_text()


def test_the_example_is_read_whole():
    example = re.search(r"```\n(household;.*?)```", documentation(), re.DOTALL)
    households, rejected = read_cases(BytesIO(example[1].encode()), today=NOW.date())

    assert ([one.lines for one in households], rejected) == ([(2, 3), (4,)], [])


def test_long_work_writes_lines_to_a_log(caplog):
    with caplog.at_level(logging.INFO, logger="app.command_line.progress"):
        done = list(shown("Households", range(1_000), total=1_000))

    assert done == list(range(1_000))
    assert caplog.messages[0] == "Households: 100 of 1,000"
    assert caplog.messages[-1] == "Households: 1,000 of 1,000"
    assert len(caplog.messages) == 10


def test_long_work_shows_a_bar_on_a_terminal(monkeypatch):
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())

    done = list(shown("Households", range(3), total=3))

    assert done == [0, 1, 2]
    assert "Households" in sys.stderr.getvalue()
    assert "100%" in sys.stderr.getvalue()


def test_scores_are_brought_in_with_their_source_and_the_wrong_line_is_told(database, write):
    with database.sessions.begin() as session:
        a_municipality(session, number="1804", name="Bodø")
        case = a_case(session)
        number = session.scalars(select(Case.case_number).where(Case.id == case)).one()
    file = write("case,municipality,score", f"{number},1804,0.5", f"{number},9999,0.5")

    done = bosetting("scores", file, "--source", "Modell 1")
    nothing = bosetting("scores", write("case,municipality,score"), "--source", "x")

    assert (done.exit_code, nothing.exit_code) == (1, 2)
    assert f"{file}:3: municipality: 9999, expected a municipality of today" in done.stdout
    assert "Scores brought in: 1, of cases: 1." in done.stdout
    with database.sessions() as session:
        assert session.scalars(select(ScoreImport.source)).all() == ["Modell 1"]


def test_boundaries_are_imported_in_place_of_those_there_were(database, tmp_path):
    bosetting("municipalities")
    square = [[[10, 60], [11, 60], [11, 61], [10, 61], [10, 60]]]
    features = [
        {
            "type": "Feature",
            "properties": {"kommunenummer": number},
            "geometry": {"type": "Polygon", "coordinates": square},
        }
        for number in (301, 1103, 9999, "x")
    ]
    file = tmp_path / "boundaries.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features[:1]}))
    bosetting("boundaries", file)
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features[1:]}))

    done = bosetting("boundaries", file)

    assert done.stdout.splitlines() == [
        f"{file}:3: kommunenummer: 'x' is no municipality number, expected four digits",
        "Rejected rows: 1.",
        "9999 is no municipality's number today.",
        "Boundaries stored: 1; municipalities without: 355.",
    ]
    assert count(database, MunicipalityBoundary.municipality_id) == 1


def test_a_file_that_is_no_map_changes_nothing(database, tmp_path):
    file = tmp_path / "boundaries.geojson"
    file.write_text("{}")

    refused = bosetting("boundaries", file)

    assert refused.exit_code == 2
    assert "expected FeatureCollection or Topology" in " ".join(refused.stderr.split())


def test_the_register_is_read_as_public_files_have_it_and_of_the_year_of_their_name(
    database, tmp_path
):
    file = tmp_path / "municipalities_no_2020_register.csv"
    file.write_text(
        "nr,navn,navn_offisielt,fylke,orgnr,lat,lon,samisk,folketall_2020,maalform,flyplass1,km1,flyplass2,km2\n"
        "5001,Trondheim,Trondheim,Trøndelag,942110464,63.4,10.4,0,1,Nøytral,TRD,31,OLA,60\n"
        "5043,Røyrvik,Raarvihke,Trøndelag,964982120,64.8153,13.5421,1,1,Bokmål,BNN,95,OSY,101\n"
        "9999,Ny,Odda,Trøndelag,944716904,64.8,13.5,1,1,Bokmål,BNN,95,OSY,101\n"
        "9998,Kort\n",
        encoding="utf-8",
    )

    answer = bosetting("municipalities", file)

    assert f"{file}:5: 2 fields" in answer.stdout
    with database.sessions() as session:
        names = session.execute(
            select(Municipality.number, Municipality.official_name, Municipality.sami_name)
        ).all()
    assert set(names) == {
        ("5001", "Trondheim - Tråante", "Tråante"),
        ("5043", "Raarvihke - Røyrvik", "Raarvihke"),
        ("9999", "Odda - Ny", "Odda"),
    }


def test_a_file_that_is_no_register_says_only_that(database, tmp_path):
    bosetting("municipalities")
    (tmp_path / "register_2021.csv").write_text("a,b\n1,2\n")

    answer = bosetting("municipalities", tmp_path / "register_2021.csv")

    assert answer.exit_code == 1
    assert "not the header" in answer.stdout
    assert "stays" not in answer.stdout
