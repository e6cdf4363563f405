"""Files for a spreadsheet: codes stay text, numbers are numbers, and nothing is calculated."""

from datetime import date
from io import BytesIO

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from app.spreadsheets import as_csv, as_xlsx

COLUMNS = ["Sak", "Kommune", "Personer", "Frist"]
LINE = ["2020-000001", "0301", 4, date(2020, 3, 12)]


def test_a_csv_opens_in_a_norwegian_excel():
    written = as_csv(COLUMNS, [LINE, [None, "=1+1", 0, None]])

    assert written.startswith(b"\xef\xbb\xbf")
    assert written.decode("utf-8-sig").splitlines() == [
        "Sak;Kommune;Personer;Frist",
        "2020-000001;0301;4;2020-03-12",
        ";'=1+1;0;",
    ]


def test_a_workbook_keeps_codes_as_text_and_days_as_days():
    book = openpyxl.load_workbook(BytesIO(as_xlsx("Saker", COLUMNS, [LINE])))

    heading, line = book["Saker"].iter_rows(values_only=True)
    assert heading == tuple(COLUMNS)
    assert (*line[:3], line[3].date()) == tuple(LINE)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
def test_no_text_of_a_workbook_is_calculated(text):
    book = openpyxl.load_workbook(BytesIO(as_xlsx("A", ["B"], [[text]])))

    found = book["A"]["A2"]
    assert found.data_type != "f"
    assert (found.value or "") == text
