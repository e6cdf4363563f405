"""`bosetting report`: a report is taken, frozen and written to files as the pages have it."""

import pytest
from typer.testing import CliRunner

from app.command_line import make_cli
from app.db import reading as reading_from
from app.db import transaction
from app.reports import written
from tests.swedish import YEAR, counted, decided
from workflow.kernel.actor import SYSTEM
from workflow.reports import reading


@pytest.fixture
def there(database):
    with transaction(database.sessions) as session:
        decided(session)
        counted(session, {"1780": 100, "1762": 3})
    return database


def bosetting(*arguments):
    return CliRunner().invoke(make_cli(), ["report", *map(str, arguments)])


NEW = (
    *("take", "--kind", "running", "--title", "Läget", "--year", YEAR),
    *("--day", "2022-06-01", "--recipients", "Justitiedepartementet"),
)


def test_what_is_taken_is_frozen_listed_and_exported_as_the_pages_have_it(there, tmp_path):
    made = bosetting(*NEW, "--cost", "administration=90000").stdout.strip()
    digest = bosetting("freeze", made).stdout.strip()

    listed = bosetting("list").stdout
    assert made in listed
    assert digest[:16] in listed
    assert "frozen" in listed
    for suffix in (".html", ".xlsx"):
        out = tmp_path / f"report{suffix}"
        assert bosetting("export", made, "--out", out).exit_code == 0
        assert out.stat().st_size > 1000
    with reading_from(there.sessions) as session:
        (seen,) = reading.reports(session, actor=SYSTEM)
        told = written.written(*reading.whole(session, seen.id, actor=SYSTEM))
    assert (tmp_path / "report.html").read_text() == written.html(told)
    assert [one["kronor"] for one in told.whole["costs"]] == [90000]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*NEW, "--cost", "wine=3"), "KIND=KRONOR"),
        (("take", "--kind", "final", *NEW[3:]), "report.opening"),
        (("export", "00000000-0000-0000-0000-000000000001", "--out", "x.doc"), ".html"),
        (("freeze", "00000000-0000-0000-0000-000000000001"), "not_found"),
    ],
)
def test_what_cannot_be_is_said(there, arguments, said):
    answer = bosetting(*arguments)

    assert answer.exit_code != 0
    assert said in answer.output + str(getattr(answer.exception, "code", ""))
