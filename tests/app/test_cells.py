"""What a spreadsheet opens is shown and never calculated."""

import csv
import io
import re

import pytest

from app.cells import cell
from app.command_line import exports
from tests.architecture.sources import ROOT, files


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+47 99 99 99 99",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        " =cmd|' /C calc'!A0",
        "|x",
        "%0A",
        "＝1+1",
        "-",
        "-2x",
    ],
)
def test_what_begins_as_a_formula_is_a_text(text):
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "Oslo", "Ål", "-7", "+7", "-0,5", "12.5", ":", ".", "a=b", "2020-W24", "'x"]
)
def test_everything_else_is_left_as_it_is(text):
    assert cell(text) == text


def test_quotes_and_line_ends_within_are_the_writers_to_keep():
    to = io.StringIO()
    csv.writer(to, delimiter=";").writerow([cell('=A1;"x"\r\n')])

    assert next(csv.reader(io.StringIO(to.getvalue(), newline=""), delimiter=";")) == [
        '\'=A1;"x"\r\n'
    ]


#: Write none, and why they need not.
NO_CELLS = {
    "app/command_line/apportion.py": "gives whoever asks their own file's names back",
    "workflow/keys/written.py": "only its digest is kept",
    "workflow/municipalities/public_columns.py": "read again at once, by us",
    "workflow/allocation/statistics.py": "names of the register, columns in small letters, numbers",
}


def test_whoever_writes_such_a_file_writes_cells():
    writers = [
        path
        for path in files("app", "workflow", "notifications")
        if "csv.writer" in (ROOT / path).read_text() and str(path) not in NO_CELLS
    ]

    assert writers
    for path in writers:
        assert re.search(r"\bcell\(", (ROOT / path).read_text()), path


def test_an_export_shows_what_begins_as_a_formula():
    to = io.StringIO()

    exports._write(to, ["name"], [["=1+1", "-7"]])

    assert to.getvalue() == "name\n'=1+1;-7\n"
