"""What `bosetting export` writes."""

import csv
import io
import json
import zipfile

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from app.command_line import exports, make_cli
from tests.factories import NOW, a_case, a_municipality, placed
from workflow.capacity.imports import store_statistics
from workflow.capacity.statistics import COLUMNS, MunicipalityYear, read_statistics
from workflow.cases.models import Case, Person
from workflow.cases.states import Protection
from workflow.kernel.actor import SYSTEM


@pytest.fixture
def database(database):
    """Two municipalities, two years."""
    with database.sessions.begin() as session:
        a_municipality(session, number="1804", name="Bodø", county="Nordland")
        a_municipality(session, number="1806", name="Narvik", county="Nordland")
        store_statistics(
            session,
            [
                MunicipalityYear(2019, "1804", decided_places=80, settled=75),
                MunicipalityYear(2020, "1804", 74, 48, 74, 41),
                MunicipalityYear(2020, "1806", 30, 20, 30, 3),
            ],
            actor=SYSTEM,
            at=NOW,
        )
    return database


def bosetting(*arguments):
    return CliRunner().invoke(make_cli(), ["export", *map(str, arguments)])


def test_statistics_have_the_columns_and_words_of_imdis_file(database):
    answer = bosetting("statistics", "--year", 2020)

    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[:5] == [
        ";".join(COLUMNS),
        "Personer;2020;1804;Bodø;Opprinnelig anmodning;74",
        "Personer;2020;1804;Bodø;Anmodning om bosetting;48",
        "Personer;2020;1804;Bodø;Vedtak om bosetting;74",
        "Personer;2020;1804;Bodø;Faktisk bosetting;:",
    ]
    assert "1806;Narvik;Faktisk bosetting;:\n" in answer.stdout


def test_without_a_year_every_year_is_written_the_first_first(database):
    answer = bosetting("statistics")

    assert [line.split(";")[1] for line in answer.stdout.splitlines()[1:]] == ["2019"] * 6 + [
        "2020"
    ] * 8


def test_a_file_reads_back(database, tmp_path):
    out = tmp_path / "statistics.csv"

    answer = bosetting("statistics", "--out", out)

    with out.open("rb") as file:
        read = read_statistics(file, lambda number, year: True)
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert (len(read.rows), read.rejected) == (14, [])
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_that_is_not_finished_is_not_left_behind(database, tmp_path, monkeypatch):
    out = tmp_path / "statistics.csv"
    out.write_text("before")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(exports, "_write", fail)
    answer = bosetting("statistics", "--out", out)

    assert isinstance(answer.exception, OSError)
    assert [file.name for file in tmp_path.iterdir()] == ["statistics.csv"]
    assert out.read_text() == "before"


def test_cases_are_lines_without_names_for_a_spreadsheet(database, tmp_path):
    out = tmp_path / "cases.csv"
    with database.sessions.begin() as session:
        own = a_municipality(session, number="5001", name="Trondheim", decided=10)
        placed(session, a_case(session, name="Test-Haddad, Rima", persons=3), own)
        session.execute(update(Case).values(reception_centre="=cmd()"))

    bosetting("cases", "--out", out)

    content = out.read_bytes()
    (line,) = csv.DictReader(content.decode("utf-8-sig").splitlines(), delimiter=";")
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"Haddad" not in content
    assert line["municipality_number"] == "5001"
    assert (line["state"], line["persons"], line["settled"]) == ("placed", "3", "0")
    assert (line["settlement_week"], line["placed_on"]) == ("2020-W24", "2020-04-03")
    assert line["reception_centre"] == "'=cmd()"
    assert line["former_municipality"] == ""


def test_cases_of_one_year_are_those_registered_in_it(database):
    with database.sessions.begin() as session:
        a_case(session)
        a_case(session, at=NOW.replace(year=2021))

    answer = bosetting("cases", "--year", 2021)

    assert len(answer.stdout.splitlines()) == 2
    assert answer.stdout.splitlines()[1].startswith("2021-")


def test_nothing_can_be_changed_while_it_is_exported(database, monkeypatch):
    from workflow.capacity import queries

    def change(session, *, actor):
        session.execute(update(Case).values(version=7))

    monkeypatch.setattr(queries, "known_years", change)
    answer = bosetting("statistics")

    assert "read-only transaction" in str(answer.exception)


def test_all_about_a_person_is_written_and_put_on_record(database):
    with database.sessions.begin() as session:
        case_id = a_case(session, name="Amal")
        person_id = session.scalars(
            select(Person.id).where(Person.case_id == case_id).order_by(Person.position)
        ).first()

    answer = bosetting("person", "--person", person_id)

    told = json.loads(answer.stdout)
    assert [row["name"] for row in told["tables"]["persons"]["rows"]] == ["Amal"]
    (opening,) = told["tables"]["folder_openings"]["rows"]
    assert (opening["actor"], opening["purpose"]) == ("system", "access_request")


def test_a_person_who_is_not_there_is_said_in_a_sentence(database):
    answer = bosetting("person", "--person", "00000000-0000-0000-0000-000000000000")

    assert answer.exit_code != 0
    assert "no such person" in f"{answer.output}{answer.exception}"


def test_the_archive_has_every_case_but_the_protected_and_each_was_read_on_record(
    database, tmp_path
):
    with database.sessions.begin() as session:
        here = a_municipality(session, decided=10)
        shown, hidden = a_case(session), a_case(session)
        placed(session, shown, here)
        session.execute(
            update(Case).where(Case.id == hidden).values(address_protection=Protection.CONFIDENTIAL)
        )
        number = session.scalar(select(Case.case_number).where(Case.id == shown))
    file = tmp_path / "all.zip"

    answer = bosetting("archive", "--year", 2020, "--out", file)
    none = bosetting("archive", "--year", 2019, "--out", tmp_path / "none.zip")

    assert answer.stdout == f"{file}: 1 cases\n"
    with zipfile.ZipFile(file) as packed:
        assert packed.namelist() == [f"{number}.zip"]
        with zipfile.ZipFile(io.BytesIO(packed.read(f"{number}.zip"))) as one:
            assert one.namelist() == ["arkivmelding.xml"]
            assert number.encode() in one.read("arkivmelding.xml")
    with zipfile.ZipFile(tmp_path / "none.zip") as packed:
        assert (none.exit_code, packed.namelist()) == (0, [])
