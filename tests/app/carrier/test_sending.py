"""The carrier is told of wishes at least once, and answers late, twice and in another order."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.calls import Calls
from app.carrier import sending
from app.db import reading, transaction
from app.outgoing import Reach
from app.settings import Settings
from app.signin import issue_token
from tests import factories
from tests.app.webhooks.receiver import HERE, receiving
from workflow.cases.models import Case
from workflow.kernel.actor import Role
from workflow.travel import telling, wishes
from workflow.travel.models import Booking, BookingVersion, TravelWish
from workflow.travel.states import WishState

NAME = "Yusra Hemmelig"


@pytest.fixture
def carrier():
    with receiving() as there:
        yield there


@pytest.fixture
def tell(committed, carrier):
    """Tell the carrier of what is due; returns how many tries were made."""
    settings = Settings(
        database_url=committed.url,
        carrier_url=carrier.address("/iom"),
        carrier_token="bos-" + "x" * 20,
        carrier_seconds=1,
        private_hosts=(HERE,),
    )

    def now() -> int:
        with Calls(Reach(settings.private_hosts)) as calls:
            return sending.tell(committed.sessions, settings, calls)

    return now


@pytest.fixture
def asked(committed):
    """A wish of a placed case, by its id."""
    with transaction(committed.sessions) as session:
        factories.an_airport(session)
        here = factories.a_municipality(session, decided=20)
        case_id = factories.a_case(session, name=NAME)
        factories.placed(session, case_id, here)
        return wishes.ask(session, case_id, actor=factories.udi(), at=factories.NOW)


def row(committed, wish_id):
    with reading(committed.sessions) as session:
        return session.get_one(TravelWish, wish_id)


def due_now(committed) -> None:
    with transaction(committed.sessions) as session:
        session.execute(update(TravelWish).values(due_at=factories.NOW))


def test_a_wish_reaches_the_carrier_once_and_without_a_name(committed, carrier, tell, asked):
    tries = [tell(), tell()]

    (got,) = carrier.at("/iom/travel-wishes")
    told = json.loads(got.body)
    assert tries == [1, 0]
    assert got.headers["idempotency-key"] == f"{asked}:1"
    assert got.headers["authorization"].startswith("Bearer ")
    assert (told["id"], told["revision"], told["state"]) == (str(asked), 1, "open")
    assert told["window"] == {"from": "2020-06-08", "to": "2020-06-21"}
    assert NAME not in got.body.decode()
    assert row(committed, asked).told_revision == 1


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ("says 500", "status_500"),
        ("closes", "away"),
        pytest.param("hangs", "slow", marks=pytest.mark.trial),
    ],
)
def test_what_fails_is_told_again_under_the_same_id(committed, carrier, tell, asked, how, fault):
    ways = {
        "says 500": carrier.says(500),
        "closes": carrier.closes_mid_answer,
        "hangs": carrier.hangs,
    }
    carrier.answers["/iom/travel-wishes"] = ways[how]
    tell()
    missed = row(committed, asked)
    carrier.answers.clear()
    waits = tell()
    due_now(committed)

    tell()

    ids = {got.headers["idempotency-key"] for got in carrier.at("/iom/travel-wishes")}
    found = row(committed, asked)
    assert (missed.told_revision, missed.fault, missed.tries) == (0, fault, 1)
    assert waits == 0
    assert ids == {f"{asked}:1"}
    assert (found.told_revision, found.fault, found.tries) == (1, None, 0)


def test_what_is_taken_back_is_told_too(committed, carrier, tell, asked):
    tell()
    with transaction(committed.sessions) as session:
        wishes.take_back(session, asked, actor=factories.udi(), at=factories.NOW)

    tell()

    told = [json.loads(got.body) for got in carrier.at("/iom/travel-wishes")]
    assert [(one["revision"], one["state"]) for one in told] == [(1, "open"), (2, "taken_back")]


def test_a_wish_taken_back_while_it_is_told_is_told_of_anew(committed, asked):
    with transaction(committed.sessions) as session:
        outgoing = telling.claim(session, lease=timedelta(minutes=1), at=factories.NOW)
        wishes.take_back(session, asked, actor=factories.udi(), at=factories.NOW)
    with transaction(committed.sessions) as session:
        telling.told(session, outgoing, at=factories.NOW)
        again = telling.claim(session, lease=timedelta(minutes=1), at=factories.NOW)

    assert (outgoing.revision, again.revision, again.state) == (1, 2, WishState.TAKEN_BACK)


def test_one_cases_wishes_are_told_in_the_order_they_were_made(committed, asked):
    with transaction(committed.sessions) as session:
        case_id = session.scalar(select(TravelWish.case_id))
        at = factories.NOW + timedelta(hours=1)
        newer = wishes.ask(session, case_id, actor=factories.udi(), at=at)
    later, lease = factories.NOW + timedelta(hours=2), timedelta(minutes=1)

    with transaction(committed.sessions) as session:
        first = telling.claim(session, lease=lease, at=later)
        meanwhile = telling.claim(session, lease=lease, at=later)
        telling.told(session, first, at=later)
        second = telling.claim(session, lease=lease, at=later)

    assert (first.id, meanwhile, second.id) == (asked, None, newer)


def test_two_workers_never_tell_the_same(committed, asked):
    lease = timedelta(minutes=1)
    with (
        transaction(committed.sessions) as one,
        transaction(committed.sessions) as other,
    ):
        mine = telling.claim(one, lease=lease, at=factories.NOW)
        theirs = telling.claim(other, lease=lease, at=factories.NOW)

    assert (mine.id, theirs) == (asked, None)


def test_a_carrier_that_answers_late_twice_and_in_another_order_books_once(
    committed, client, carrier, tell, asked
):
    """The whole way: our wish goes out, its answers come in as they please."""
    with transaction(committed.sessions) as session:
        token = issue_token(session, name="IOM", role=Role.TRAVEL_OFFICER)
    tell()
    wish = json.loads(carrier.at("/iom/travel-wishes")[0].body)
    first = datetime(2031, 6, 9, 11, tzinfo=UTC)

    def answer(number: int, days: int = 0, **more):
        said = {
            "number": number,
            "arrival_airport": "TRD",
            "arrives_at": (first + timedelta(days=days)).isoformat(),
            "window_reason": "Ingen seter",
            **more,
        }
        return client.post(
            f"/api/v1/travel-wishes/{wish['id']}/confirm",
            json=said,
            headers={"authorization": f"Bearer {token}"},
        )

    with transaction(committed.sessions) as session:
        session.execute(update(Case).values(permit_expires_on=None))
        here = session.scalar(select(Case.municipality_id))
        factories.places(session, here, decided=20, year=first.year)
    answers = [
        answer(2, days=1),
        answer(1),
        answer(2, days=1),
        answer(3, days=2),
        answer(3, days=2),
    ]

    with reading(committed.sessions) as session:
        bookings = session.scalars(select(Booking)).all()
        versions = session.scalars(
            select(BookingVersion.arrives_at).order_by(BookingVersion.version)
        ).all()
    assert [one.status_code for one in answers] == [200] * 5, [one.text for one in answers]
    assert len(bookings) == 1
    assert versions == [first + timedelta(days=1), first + timedelta(days=2)]
    assert row(committed, asked).state is WishState.ANSWERED
