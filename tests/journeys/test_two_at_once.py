"""Two clients at the same moment, each on a connection of its own, against the served application.

Each race is real: a row is held until all who want it wait for it, then it is let go.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import Select, func, select, text

from app import clock
from app.db import reading, transaction
from app.signin import issue_token
from tests.databases import Database, Databases
from tests.factories import NOW, a_case, a_municipality, asked, officer, writer
from tests.journeys.live import served
from tests.workflow.books import faults
from workflow.capacity.models import PlaceAccount
from workflow.cases.models import Case, CaseStep
from workflow.kernel.actor import Actor

PATIENCE_SECONDS = 20
KEY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"
YES = {"settlement_week": "2020-W24"}
STOP = {"reason": "Innreisestopp", "legal_ground": "conditions_failed"}


@dataclass
class Served:
    """The application on its port; requests at once go out on connections of their own."""

    client: httpx.Client
    database: Database

    def make(self, factory: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with transaction(self.database.sessions) as session:
            return factory(session, *args, **options)

    def posts(
        self, who: Actor, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> Callable[[], httpx.Response]:
        token = self.make(
            issue_token, name=who.name, role=who.role, municipality_id=who.municipality_id
        )
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        told["authorization"] = f"Bearer {token}"

        def send() -> httpx.Response:
            return self.client.post(f"/api/v1{path}", json=body, headers=told)

        return send

    def at_once(
        self, contested: Select[Any], *requests: Callable[[], httpx.Response]
    ) -> list[httpx.Response]:
        """Send all; they meet at the contested row, which is let go when all wait."""
        with ThreadPoolExecutor(len(requests)) as pool, self.database.engine.connect() as ours:
            ours.execute(contested.with_for_update())
            answers = [pool.submit(request) for request in requests]
            self._until_waiting(answers)
            ours.rollback()
            return [answer.result(PATIENCE_SECONDS) for answer in answers]

    def steps(self, case_id: Any) -> list[str]:
        with reading(self.database.sessions) as session:
            lines = select(CaseStep.trigger).where(CaseStep.case_id == case_id)
            return list(session.scalars(lines.order_by(CaseStep.version)))

    def _until_waiting(self, answers: list[Future[httpx.Response]]) -> None:
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with reading(self.database.sessions) as session:
                if session.scalar(waiting) == len(answers):
                    return
            if early := [answer.result() for answer in answers if answer.done()]:
                pytest.fail(f"answered before the row was let go: {early[0].text}")
            time.sleep(0.01)
        pytest.fail(f"{len(answers)} requests never waited at once")


@pytest.fixture(scope="module")
def app(databases: Databases) -> Iterator[Served]:
    with databases.fresh() as database:
        with transaction(database.sessions) as session:
            clock.set_clock(session, NOW)
        with (
            served(database) as address,
            httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as client,
        ):
            yield Served(client, database)


@pytest.fixture(autouse=True)
def _books_agree(app: Served) -> Iterator[None]:
    yield
    with reading(app.database.sessions) as session:
        assert faults(session) == {}


def a_question(app: Served, *, persons: int = 2) -> tuple[int, Any, str]:
    """A municipality, a case put to it, and the ETag both sides have read."""
    here = app.make(a_municipality, decided=20)
    case = app.make(a_case, persons=persons)
    app.make(asked, case, here)
    return here, case, '"case-2"'


def the_row(case_id: Any) -> Select[Any]:
    return select(Case.id).where(Case.id == case_id)


def codes(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


@pytest.mark.parametrize(("as_read", "told"), [('"case-2"', 412), ("*", 409)])
def test_the_same_yes_twice_is_one_yes(app: Served, as_read: str, told: int):
    here, case, _ = a_question(app)
    yes = [
        app.posts(writer(here), f"/cases/{case}/accept", YES, if_match=as_read) for _ in range(2)
    ]

    answers = app.at_once(the_row(case), *yes)

    assert codes(answers) == [200, told], [answer.text for answer in answers]
    assert app.steps(case) == ["register", "distribute", "accept"]


@pytest.mark.parametrize("as_read", ['"case-2"', "*"])
@pytest.mark.parametrize("first", ["accept", "withdraw"])
def test_a_yes_and_a_withdrawal_meet(app: Served, as_read: str, first: str):
    here, case, _ = a_question(app)
    pair = {
        "accept": app.posts(writer(here), f"/cases/{case}/accept", YES, if_match=as_read),
        "withdraw": app.posts(officer(), f"/cases/{case}/withdraw", STOP, if_match=as_read),
    }
    in_order = [pair[first], pair["withdraw" if first == "accept" else "accept"]]

    won, lost = codes(app.at_once(the_row(case), *in_order))

    # The municipality is refused as by a case that was never its own, IMDi because it has changed;
    # IMDi that withdraws whatever there is comes through behind a yes.
    taken = app.steps(case)[2:]
    assert won == 200
    assert (taken, lost) in [
        (["withdraw"], 404),
        (["accept", "withdraw"], 200) if as_read == "*" else (["accept"], 412),
    ]


def test_the_same_request_with_one_key_has_one_effect_and_one_answer(app: Served):
    here, case, tag = a_question(app)
    same = [
        app.posts(writer(here), f"/cases/{case}/accept", YES, if_match=tag, idempotency_key=KEY)
        for _ in range(3)
    ]

    answers = app.at_once(the_row(case), *same)

    assert codes(answers) == [200, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 2
    assert app.steps(case) == ["register", "distribute", "accept"]


def test_one_key_for_two_requests_is_one_request(app: Served):
    here, case, tag = a_question(app)
    no = {"reason_code": "no_housing"}
    key = {"if_match": tag, "idempotency_key": KEY}
    both = [
        app.posts(writer(here), f"/cases/{case}/accept", YES, **key),
        app.posts(writer(here), f"/cases/{case}/decline", no, **key),
    ]

    answers = app.at_once(the_row(case), *both)

    assert codes(answers) == [200, 422]
    (refused,) = [answer for answer in answers if answer.status_code == 422]
    assert refused.json()["code"] == "idempotency.key_reused"
    assert len(app.steps(case)) == 3


def test_the_last_places_are_taken_once(app: Served):
    here = app.make(a_municipality, decided=5)
    with reading(app.database.sessions) as session:
        number = session.scalar(
            text("SELECT number FROM municipalities WHERE id = :id"), {"id": here}
        )
    body = {"municipality_number": number, "override_reason": "slekt i bygda"}
    asking = [
        app.posts(officer(), f"/cases/{app.make(a_case, persons=2)}/distribute", body, if_match="*")
        for _ in range(4)
    ]
    account = select(PlaceAccount.id).where(PlaceAccount.municipality_id == here)

    answers = app.at_once(account, *asking)

    assert codes(answers) == [200, 200, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {
        "places.none_free"
    }
    with reading(app.database.sessions) as session:
        assert session.scalar(account.with_only_columns(PlaceAccount.held)) == 4


@pytest.mark.parametrize("first", ["confirm", "accept"])
def test_a_run_and_a_yes_meet(app: Served, first: str):
    here, case, tag = a_question(app)
    run = {"before": "2020-04-01", "reason": "Innreisestopp"}
    app.make(_asked_in_march, case)
    shown = app.posts(officer(), "/withdrawal-runs", run)().json()
    pair = {
        "confirm": app.posts(
            officer(), f"/withdrawal-runs/{shown['id']}/confirm", {"token": shown["token"]}
        ),
        "accept": app.posts(writer(here), f"/cases/{case}/accept", YES, if_match=tag),
    }
    in_order = [pair[first], pair["accept" if first == "confirm" else "confirm"]]

    answers = app.at_once(the_row(case), *in_order)

    with reading(app.database.sessions) as session:
        withdrawn = session.scalar(
            select(func.count()).where(CaseStep.trigger == "withdraw", CaseStep.case_id == case)
        )
    told = {
        ("confirm" if "run" in str(answer.request.url) else "accept"): answer.status_code
        for answer in answers
    }
    assert (told, withdrawn) in [
        ({"confirm": 200, "accept": 404}, 1),
        ({"confirm": 409, "accept": 200}, 0),
    ]


def _asked_in_march(session: Any, case: Any) -> None:
    """Nobody else's question is as old: the run concerns this case alone."""
    session.execute(text("UPDATE cases SET asked_on = '2020-03-20' WHERE id = :id"), {"id": case})
