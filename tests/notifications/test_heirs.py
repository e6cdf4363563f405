"""After a merger the successor has what was chosen and not yet read, each address once."""

from sqlalchemy import select

from notifications import recipients
from notifications.choosing import choose
from notifications.heirs import hand_over_recipients, hand_over_unread
from notifications.models import Dispatch
from notifications.states import Topic
from tests.factories import NOW, a_case, a_municipality, asked, lead, writer
from tests.notifications.telling import post_office, tell


def test_addresses_go_on_each_once_and_the_successors_post_office_stands(session):
    first, second, new = (a_municipality(session, decided=10) for _ in range(3))
    post_office(session, first, "post@first.example")
    post_office(session, new, "post@new.example")
    for here in (first, second):
        choose(
            session,
            here,
            topic=Topic.TRAVEL,
            address="reise@region.example",
            actor=writer(here),
            at=NOW,
        )

    hand_over_recipients(session, [first, second], new)

    seen = recipients.of_municipality(session, new, actor=lead())
    assert [one.address for one in seen] == ["post@new.example", "reise@region.example"]
    assert recipients.of_municipality(session, first, actor=lead()) == []


def test_what_waits_to_leave_is_the_successors(session):
    old, new = a_municipality(session, decided=10), a_municipality(session, decided=10)
    post_office(session, old)
    asked(session, a_case(session), old)
    tell(session)

    hand_over_unread(session, [old], new)

    assert session.scalars(select(Dispatch.municipality_id)).all() == [new]
