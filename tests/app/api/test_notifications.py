"""Notices of an office, by the API."""

from app.db import transaction
from tests.factories import a_case, a_municipality, asked, writer
from tests.journeys.stages_of_messages import a_notice


def unread(api):
    return [one["id"] for one in api.get("/notifications", unread=True).json()["items"]]


def test_an_office_marks_all_it_has_seen_and_what_came_later_stays_unread(as_, world, committed):
    here, there = (world(a_municipality, decided=40) for _ in range(2))
    with transaction(committed.sessions) as session:
        a_notice(session, there)
        asked(session, a_case(session), here)
        a_notice(session, here)
    api, neighbour = as_(writer(here)), as_(writer(there))
    seen, earlier = unread(api)
    with transaction(committed.sessions) as session:
        a_notice(session, here)
    later = unread(api)[0]

    first = api.post("/notifications/read", {"until": seen})
    again = api.post("/notifications/read", {"until": seen})

    assert (first.status_code, first.json()) == (200, {"read": 2})
    assert again.json() == {"read": 0}
    assert unread(api) == [later]
    assert earlier < seen < later
    assert len(unread(neighbour)) == 1
    assert api.post("/notifications/read", {}).status_code == 422
