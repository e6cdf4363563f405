"""Arrivals in a calendar of one's own: an address that works until it is ended, and no person."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from icalendar import Calendar
from sqlalchemy import update

from app.calendars import feeds
from app.clock import request_time
from app.db import transaction
from tests.applications import at_all_times, meeting
from tests.databases import Database
from tests.factories import NOW, a_case, a_municipality, booked, reader, udi, writer
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.municipalities.models import Municipality
from workflow.municipalities.states import LetterLanguage
from workflow.travel import commands

THEN = NOW + timedelta(days=9)


@contextmanager
def asking(client: TestClient, database: Database) -> Iterator[TestClient]:
    with meeting(client, database) as met:
        met.app.dependency_overrides[request_time] = at_all_times(THEN)
        yield met


def entries(answer) -> list:
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_calendar_shows_the_municipalitys_own_arrivals_and_follows_them(
    committed: Database, shared_client: TestClient
):
    with transaction(committed.sessions) as session:
        here, there = (a_municipality(session, decided=20) for _ in range(2))
        booking = booked(session, a_case(session, name="Amal Haddad", persons=4), here)
        booked(session, a_case(session), there)
        address = f"/kalender/{feeds.make(session, actor=writer(here), at=THEN)}.ics"

    with asking(shared_client, committed) as client:
        [first] = entries(client.get(address))
        with transaction(committed.sessions) as session:
            moved_to = first["dtstart"].dt + timedelta(days=7)
            commands.reschedule(
                session, booking, arrives_at=moved_to, reason="Fullt", actor=udi(), at=THEN
            )
            session.execute(update(Municipality).values(letter_language=LetterLanguage.NYNORSK))
        [moved] = entries(client.get(address))
        with transaction(committed.sessions) as session:
            commands.cancel(session, booking, reason="Stopp", actor=udi(), at=THEN)
        answer = client.get(address)
        [off] = entries(answer)

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert b"Haddad" not in answer.content
    assert first["summary"].startswith("Ankomst: 4 personer, sak 2020-")
    assert moved["summary"].startswith("Ankomst: 4 personar, sak 2020-")
    assert first["uid"] == moved["uid"] == off["uid"]
    assert [one["sequence"] for one in (first, moved, off)] == [1, 2, 3]
    assert [str(one["status"]) for one in (first, off)] == ["CONFIRMED", "CANCELLED"]
    assert moved["dtstart"].dt == moved_to


def test_an_address_that_was_ended_or_never_made_is_as_none(
    committed: Database, shared_client: TestClient
):
    with transaction(committed.sessions) as session:
        here = a_municipality(session)
        secret = feeds.make(session, actor=writer(here), at=THEN)
        [feed] = feeds.feeds(session, actor=reader(here))
        feeds.end(session, feed.id, actor=writer(here), at=THEN)
        left = feeds.feeds(session, actor=writer(here))

    with asking(shared_client, committed) as client:
        statuses = [client.get(f"/kalender/{typed}.ics").status_code for typed in (secret, "x")]

    assert (left, statuses) == ([], [404, 404])


def test_only_the_municipalitys_own_writers_make_and_end_addresses(session):
    here, there = (a_municipality(session) for _ in range(2))
    feeds.make(session, actor=writer(here), at=THEN)
    [feed] = feeds.feeds(session, actor=writer(here))

    for actor in (reader(here), udi()):
        with pytest.raises(NotAllowed):
            feeds.make(session, actor=actor, at=THEN)
    with pytest.raises(NotFound):
        feeds.end(session, feed.id, actor=writer(there), at=THEN)


def test_no_secret_is_kept_as_it_is(session):
    here = a_municipality(session)
    secret = feeds.make(session, actor=writer(here), at=THEN)

    kept = session.connection().exec_driver_sql("SELECT calendar_feeds::text FROM calendar_feeds")
    assert secret not in str(kept.fetchall())
