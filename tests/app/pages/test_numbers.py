"""The page of a year's numbers: for the municipality itself, for IMDi, and as a file."""

import csv
import io
import re

import openpyxl
import pytest

from tests.app.pages.conftest import SECRET_NAME, Site
from tests.app.pages.test_every_page import INLINE
from workflow.kernel.actor import Role


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.MUNICIPALITY_READER, "/kommune/tall?year=2020"),
        (Role.CASE_OFFICER, "/kommuner/5006/tall?year=2020"),
        (Role.AUDITOR, "/tall?year=2020"),
    ],
)
def test_the_numbers_are_drawn_with_a_table_beside(site: Site, role, path):
    text = site.visit(role).text(path)

    assert not INLINE.search(text)
    assert SECRET_NAME not in text
    assert text.count('<figure class="months"') == text.count('<th scope="col">Måned</th>') == 4
    assert "<rect" in text


def test_the_files_have_a_line_for_each_question_of_the_year(site: Site):
    own, officer = site.visit(Role.MUNICIPALITY_WRITER), site.visit(Role.CASE_OFFICER)

    answer = own.get("/kommune/tall.csv", year=2020)
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    book = openpyxl.load_workbook(
        io.BytesIO(officer.get("/kommuner/5006/tall.xlsx", year=2020).content)
    )

    assert answer.headers["content-disposition"].endswith('"foresporsler-2020.csv"')
    assert len(lines) > 5
    assert {line["I tide"] for line in lines} == {"Ja", ""}
    assert [*lines[0]][:2] == ["Saksnummer", "Gruppe"]
    assert book.active.max_row == len(lines) + 1
    assert SECRET_NAME not in answer.text


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.TRAVEL_OFFICER, "/tall"),
        (Role.MUNICIPALITY_WRITER, "/tall"),
        (Role.MUNICIPALITY_WRITER, "/kommuner/0301/tall"),
        (Role.CASE_OFFICER, "/kommune/tall"),
    ],
)
def test_others_do_not_read_them(site: Site, role, path):
    assert site.visit(role).get(path).status_code in {403, 404}


def test_a_municipality_asks_for_a_pause_and_imdi_sees_it(site: Site):
    own, officer = site.visit(Role.MUNICIPALITY_WRITER), site.visit(Role.CASE_OFFICER)
    asked = {"from_on": "01.06.2020", "until_on": "31.08.2020", "reason": "Få tolker i sommer"}

    wrong = own.send("/kommune/pauser", asked | {"until_on": "01.05.2020"}, page="/kommune/tall")
    done = own.send("/kommune/pauser", asked, page="/kommune/tall")
    page = own.text("/kommune/tall?year=2020")
    [path] = re.findall(r'action="(/kommune/pauser/[^"]+)"', page)

    assert wrong.status_code == 422
    assert done.status_code == 303
    assert "Få tolker i sommer" in officer.text("/kommuner/5006/tall?year=2020")
    assert "Steinkjer" in officer.text("/tall?year=2020")
    assert own.send(path, page="/kommune/tall").status_code == 303
    assert path not in own.text("/kommune/tall?year=2020")
