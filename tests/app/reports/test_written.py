"""A report as a document, of its stored parts, with small numbers hidden."""

from io import BytesIO
from zipfile import ZipFile

from sqlalchemy.orm import Session

from app.reports import written
from tests.app.letters.test_rendering import unpacked
from tests.swedish import NOW, TODAY, YEAR, agency, counted, decided
from workflow.reports import reading, reports
from workflow.reports.figures import Cost
from workflow.reports.reports import NewReport
from workflow.reports.states import ReportKind


def told(session: Session) -> written.Written:
    decided(session)
    counted(session, {"1780": 113, "1762": 3, "1760": 3, "1784": 61, "1880": 20})
    new = NewReport(
        ReportKind.RUNNING,
        "Läget i juni",
        YEAR,
        TODAY,
        "Justitiedepartementet",
        costs=[Cost("accommodation", 1_234_000)],
    )
    made = reports.draft(session, new, actor=agency(), at=NOW)
    return written.written(*reading.whole(session, made, actor=agency()))


def test_the_page_tells_sums_evenness_and_costs_and_hides_small_numbers(session: Session):
    page = written.html(found := told(session))

    munkfors = next(one for one in found.municipalities if one.number == "1762")
    assert munkfors.in_the_number is None
    assert sum(one.in_the_number is None for one in found.municipalities) >= 2
    assert "Utkast" in page
    assert "Gini" in page
    assert "1\xa0234\xa0000" in page
    assert written.HIDDEN in page


def test_the_pdf_is_an_archives_and_its_page_comes_out_the_same_again(session: Session):
    found = told(session)

    first = written.pdf(found)

    assert b'pdfaid:part="2" pdfaid:conformance="A"' in unpacked(first)
    assert written.html(found) == written.html(found)


def test_the_workbook_has_a_sheet_for_each_table(session: Session):
    book = ZipFile(BytesIO(written.workbook(told(session))))

    names = book.read("xl/workbook.xml").decode()
    sheets = ("Sammanfattning", "Län", "Kommuner", "Kostnader", "Underskrifter")
    assert all(f'name="{name}"' in names for name in sheets)
    assert "Karlstad" in book.read("xl/sharedStrings.xml").decode()
