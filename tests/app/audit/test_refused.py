"""Who is signed in and tries what is not theirs is in the audit; a stranger writes nothing."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select

from app.audit.refused import AT_ONCE, TOO_MANY, Allowance
from app.db import transaction
from app.models import User
from app.request_id import HEADER
from app.scopes import TokenScope
from app.signin import COOKIE, issue_token, sign_in
from tests.applications import meeting
from tests.databases import Database
from tests.factories import a_case, a_municipality, asked, booked
from tests.journeys.stages_of_letters import by_hand
from tests.journeys.stages_of_messages import an_address
from tests.journeys.stages_of_webhooks import a_webhook
from workflow.cases.models import Distribution
from workflow.kernel.actor import Role
from workflow.kernel.audit import AuditEntry


@dataclass
class Scene:
    """A case with another municipality than the one who asks."""

    client: TestClient
    database: Database
    case: Any
    booking: Any
    distribution: Any
    tokens: dict[str, str]

    def ask(self, who: str | None, method: str, path: str, body: Any = None) -> Any:
        headers = {"if-match": "*"}
        if who is not None:
            headers["authorization"] = f"Bearer {self.tokens[who]}"
        return self.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    def refused(self) -> list[AuditEntry]:
        with self.database.sessions() as session:
            attempts = select(AuditEntry).where(AuditEntry.refusal.is_not(None))
            return list(session.scalars(attempts.order_by(AuditEntry.position)))


@pytest.fixture
def scene(shared_client: TestClient, committed: Database):
    with transaction(committed.sessions) as session:
        there, here = (a_municipality(session, decided=20) for _ in range(2))
        case, travelling = a_case(session), a_case(session)
        asked(session, case, there)
        booking = booked(session, travelling, there)
        distribution = session.scalars(select(Distribution.id).where(Distribution.case_id == case))
        roles = {"lead": Role.LEAD, "officer": Role.CASE_OFFICER, "auditor": Role.AUDITOR}
        tokens = {name: issue_token(session, name=name, role=role) for name, role in roles.items()}
        tokens["writer"] = issue_token(
            session, name="writer", role=Role.MUNICIPALITY_WRITER, municipality_id=here
        )
        distribution = distribution.one()
    with meeting(shared_client, committed) as client:
        client.app.state.refusals_recorded = Allowance()
        yield Scene(client, committed, case, booking, distribution, tokens)


def test_anothers_case_booking_and_question_are_told_of_in_their_chains(scene: Scene):
    paths = (
        f"/cases/{scene.case}",
        f"/bookings/{scene.booking}",
        f"/distributions/{scene.distribution}",
    )
    answers = [scene.ask("writer", "GET", path) for path in paths]

    assert [answer.status_code for answer in answers] == [404] * 3
    entries = scene.refused()
    assert [entry.subject for entry in entries] == [
        f"case:{scene.case}",
        f"booking:{scene.booking}",
        f"case:{scene.case}",
    ]
    assert {entry.refusal for entry in entries} == {"not_found"}
    assert {entry.actor for entry in entries} == {"token:writer"}
    assert entries[0].action == "getCase"
    assert entries[0].after == {
        "method": "GET",
        "path": "/cases/{case_id}",
        "case_id": str(scene.case),
    }
    assert [entry.request_id for entry in entries] == [answer.headers[HEADER] for answer in answers]


def test_what_the_role_may_not_and_what_a_rule_refuses_are_told_of(scene: Scene):
    not_theirs = scene.ask("officer", "POST", "/measures", _MEASURE)
    by_rule = scene.ask("officer", "POST", f"/cases/{scene.case}/decide")

    assert (not_theirs.status_code, by_rule.status_code) == (403, 409)
    first, second = scene.refused()
    assert (first.subject, first.refusal) == ("actor:token/officer", "actor.not_allowed")
    assert (second.subject, second.refusal) == (f"case:{scene.case}", "state.wrong")
    assert second.action == "decideCase"


_MEASURE = {"group": "private", "reason": "x", "from_on": "2030-01-01"}


def test_letters_recipients_and_webhooks_have_what_was_tried_in_their_chains(scene: Scene):
    with transaction(scene.database.sessions) as session:
        there = a_municipality(session, decided=20)
        letter, recipient = by_hand(session), an_address(session, there)
        webhook = a_webhook(session)
    tries = [
        ("writer", "GET", f"/letters/{letter}", 404),
        ("officer", "POST", f"/letters/{letter}/retry", 409),
        ("writer", "POST", f"/recipients/{recipient}/end", 404),
        ("officer", "POST", f"/recipients/{recipient}/end", 403),
        ("officer", "GET", f"/webhooks/{webhook}", 403),
        ("writer", "POST", f"/webhooks/{webhook}/deliveries/7/replay", 403),
    ]

    answers = [scene.ask(who, method, path).status_code for who, method, path, _ in tries]

    assert answers == [status for *_, status in tries]
    assert [(entry.subject, entry.refusal) for entry in scene.refused()] == [
        (f"letter:{letter}", "not_found"),
        (f"letter:{letter}", "letter.not_stuck"),
        (f"municipality:{there}", "not_found"),
        (f"municipality:{there}", "actor.not_allowed"),
        (f"webhook:{webhook}", "actor.not_allowed"),
        (f"webhook:{webhook}", "actor.not_allowed"),
    ]


def test_of_many_each_that_is_refused_is_told_of_in_its_chain(scene: Scene):
    nobodys = str(uuid4())
    answer = scene.ask("lead", "POST", "/decisions", {"case_ids": [str(scene.case), nobodys]})

    entries = scene.refused()

    assert [item["decided"] for item in answer.json()["items"]] == [False, False]
    assert [(entry.subject, entry.action, entry.refusal) for entry in entries] == [
        (f"case:{scene.case}", "decideCases", "state.wrong"),
        ("actor:token/lead", "decideCases", "not_found"),
    ]
    assert entries[0].after["case_id"] == str(scene.case)
    assert {entry.request_id for entry in entries} == {answer.headers[HEADER]}


def test_a_form_of_another_sites_is_told_of_in_the_chain_of_whose_cookie_it_was(scene: Scene):
    with transaction(scene.database.sessions) as session:
        values = {"name": "Vera", "role": Role.LEAD, "demo": False}
        user = session.execute(insert(User).values(values).returning(User.id)).scalar_one()
        secret = sign_in(session, user)
    answer = scene.client.post(
        "/omgjoring/ny",
        data={"csrf_token": "guessed"},
        headers={"cookie": f"{COOKIE}={secret}"},
    )

    assert answer.status_code == 403
    (entry,) = scene.refused()
    assert (entry.subject, entry.refusal) == (f"actor:user/{user}", "csrf.failed")
    assert entry.after["path"] == "/omgjoring/ny"


def test_a_change_by_a_token_that_only_reads_is_told_of(scene: Scene):
    with transaction(scene.database.sessions) as session:
        scene.tokens["reads"] = issue_token(
            session, name="reads", role=Role.LEAD, scope=TokenScope.READ
        )

    assert scene.ask("reads", "POST", f"/cases/{scene.case}/decide").status_code == 403

    [entry] = scene.refused()
    assert (entry.subject, entry.actor) == (f"case:{scene.case}", "token:reads")
    assert entry.refusal == "token.reads_only"


def test_what_is_not_there_for_anybody_is_told_of_in_the_askers_own_chain(scene: Scene):
    """Written or not would be seen in the time an answer takes: it tells what there is."""
    missing = uuid4()
    assert scene.ask("writer", "GET", f"/cases/{missing}").status_code == 404
    assert scene.ask("writer", "GET", f"/distributions/{uuid4()}").status_code == 404

    first, second = scene.refused()
    assert (first.subject, second.subject) == ("actor:token/writer",) * 2
    assert first.after["case_id"] == str(missing)


def test_an_address_that_names_nothing_of_anybodys_is_not_told_of(scene: Scene):
    assert scene.ask("writer", "GET", "/nowhere").status_code == 404
    assert scene.ask("writer", "GET", "/municipalities/9999").status_code == 404

    assert scene.refused() == []


def test_a_stranger_and_bad_input_leave_nothing(scene: Scene):
    assert scene.ask(None, "GET", f"/cases/{scene.case}").status_code == 401
    assert scene.ask("lead", "POST", "/measures", {"group": "nobody"}).status_code == 422

    assert scene.refused() == []


def test_who_asks_too_fast_is_told_of_once(scene: Scene):
    for _ in range(AT_ONCE + 5):
        scene.ask("writer", "GET", f"/cases/{scene.case}")

    with scene.database.sessions() as session:
        attempts = session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.actor == "token:writer")
            .order_by(AuditEntry.position)
        ).all()
    assert attempts.count(TOO_MANY) == 1
    assert AT_ONCE <= attempts.count("getCase") <= AT_ONCE + 4


def test_an_allowance_fills_again_and_is_each_holders_own(monkeypatch: pytest.MonkeyPatch):
    now = [1000.0]
    monkeypatch.setattr("app.audit.refused.monotonic", lambda: now[0])
    allowance = Allowance()

    said = [allowance.take("a") for _ in range(AT_ONCE + 3)]
    assert said == [True] * AT_ONCE + [None, False, False]
    assert allowance.take("b") is True
    now[0] += 10
    assert [allowance.take("a") for _ in range(3)] == [True, True, True]
