"""`bosetting events`: the feed in lines, from a position or a cursor's file on."""

import json

import pytest
from typer.testing import CliRunner

from app.command_line import events, make_cli
from app.db import transaction
from app.webhooks import sending
from tests.factories import NOW, a_case, a_municipality
from workflow.cases.events import CaseEvent
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish

LAPSED = "no.bosetting.case.lapsed.v1"


@pytest.fixture
def told(database):
    """Four events, two of each municipality, placed in the feed; the case's own before them."""
    with transaction(database.sessions) as session:
        case = a_case(session)
        here, there = (a_municipality(session, number=number) for number in ("0301", "1103"))
        kinds = (CaseEvent.LAPSED, CaseEvent.RESTORED)
        publish(session, *[Event(one, case, of) for of in (here, there) for one in kinds], at=NOW)
    sending.fan_out(database.sessions)
    return database


def bosetting(*arguments):
    return CliRunner().invoke(make_cli(), ["events", *map(str, arguments)])


def lines(answer):
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_events_are_printed_in_order_from_a_position_on(told):
    everything = lines(bosetting())
    half = everything[len(everything) // 2 :]

    assert [int(one["sequence"]) for one in everything] == list(range(1, len(everything) + 1))
    assert lines(bosetting("--after", int(half[0]["sequence"]) - 1)) == half


def test_a_type_and_a_municipality_are_chosen(told):
    found = lines(bosetting("--type", LAPSED, "--municipality", "1103"))

    (one,) = found
    assert (one["type"], one["data"]["municipality_number"]) == (LAPSED, "1103")


def test_a_cursors_file_says_where_to_go_on(told, tmp_path, monkeypatch):
    monkeypatch.setattr(events, "PAGE", 2)
    kept = tmp_path / "cursor"

    first, again = lines(bosetting("--cursor", kept)), bosetting("--cursor", kept)

    assert kept.read_text() == f"{first[-1]['sequence']}\n"
    assert (again.exit_code, again.stdout) == (0, "")
    with transaction(told.sessions) as session:
        publish(session, Event(CaseEvent.LAPSED, None), at=NOW)
    sending.fan_out(told.sessions)
    assert len(lines(bosetting("--cursor", kept))) == 1


def test_followed_it_waits_for_more(told, monkeypatch):
    def more_or_enough(seconds):
        if more_or_enough.called:
            raise KeyboardInterrupt
        more_or_enough.called = True
        with transaction(told.sessions) as session:
            publish(session, Event(CaseEvent.LAPSED, None), at=NOW)
        sending.fan_out(told.sessions)

    more_or_enough.called = False
    before = lines(bosetting())
    monkeypatch.setattr(events, "sleep", more_or_enough)

    after = lines(bosetting("--follow"))

    assert after[:-1] == before
    assert after[-1]["type"] == LAPSED


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--type", "nonsense"], 2), (["--after", "1", "--cursor", "x"], 2), (["--after", "-1"], 2)],
)
def test_what_it_does_not_know_is_refused(database, arguments, code):
    assert bosetting(*arguments).exit_code == code


def test_a_file_that_is_no_cursor_is_left_as_it_is(told, tmp_path):
    kept = tmp_path / "cursor"
    kept.write_text("17 horses")

    answer = bosetting("--cursor", kept)

    assert answer.exit_code == 1
    assert "no position" in str(answer.exception)
    assert kept.read_text() == "17 horses"
