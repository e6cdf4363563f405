"""What `bosetting import inventory` takes in and says."""

from typer.testing import CliRunner

from app import deployment
from app.command_line import make_cli
from app.errors import CannotStart
from tests.accommodation import INVENTORY
from tests.swedish import NOW, agency, sweden
from workflow.accommodation import inventory
from workflow.kernel.country import Country


def bosetting(file, *more):
    options = ("--county", "17", "--source", "Lst", "--day", "2022-03-25", *more)
    return CliRunner().invoke(make_cli(), ["import", "inventory", str(file), *options])


def test_an_inventory_is_taken_in_once_with_what_its_lines_lack(database, tmp_path):
    file = tmp_path / "inventory.csv"
    file.write_text(INVENTORY + "1780,Huset\n", encoding="utf-8")
    elsewhere = bosetting(file)
    with database.sessions.begin() as session:
        deployment.say(session, Country.SWEDEN, at=NOW)
        sweden(session)

    strict, done, again = bosetting(file, "--strict"), bosetting(file), bosetting(file)
    file.write_text(INVENTORY.partition("\n")[0])
    empty = bosetting(file)

    assert isinstance(elsewhere.exception, CannotStart)
    assert (strict.exit_code, done.exit_code) == (1, 1)
    assert f"{file}:7: 2 fields, expected 7 fields" in done.stdout
    assert "Lines taken in, waiting to be used or rejected: 5." in done.stdout
    assert f"{file}:5: says too little to be used: standard, beds" in done.stdout
    assert "the same file has been taken in" in str(again.exception)
    assert "Nothing was taken in" in empty.stdout
    with database.sessions() as session:
        (one,) = inventory.inventories(session, actor=agency())
        assert (one.county, one.source) == ("17", "Lst")
