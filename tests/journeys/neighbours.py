"""Two municipalities, two centres, two of everything: one's own and the neighbour's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from starlette.routing import BaseRoute

from app.calendars import feeds
from app.clock import machine_time
from app.models import AccessToken, Delegation, SignIn, User
from app.saved_views.models import SavedView
from app.signin import COOKIE, CSRF_HEADER, issue_token, sign_in
from notifications.models import Notification
from tests import factories
from tests.factories import NOW
from tests.journeys.stage import THEN
from tests.journeys.stages_of_letters import sealed
from tests.journeys.stages_of_messages import a_dead_letter, an_address
from tests.journeys.stages_of_municipalities import a_limit, a_pause
from tests.journeys.stages_of_planning import a_draft, a_preparation, a_what_if
from tests.journeys.stages_of_webhooks import a_webhook_of
from tests.notifications.telling import tell
from workflow.approvals.asked import Asked
from workflow.approvals.commands import prepare
from workflow.approvals.states import Action
from workflow.cases import commands, protected
from workflow.cases.access_models import ProtectedAccess
from workflow.cases.models import Case, Distribution, Person
from workflow.cases.states import Group, Protection
from workflow.kernel.actor import MUNICIPALITY, READS_ALL_CASES, Actor, Role
from workflow.privacy.models import Erasure
from workflow.redistribution import commands as redistribution
from workflow.redistribution import redistribution_runs, withdrawal_runs
from workflow.travel import receiving, transport, wishes
from workflow.travel.models import Booking
from workflow.travel.states import Means

#: In a name of everybody and in a word of everything that is the neighbour's.
MARK: Final = "Naboens"
#: Ids nobody else may read.
WORDS: Final = ("booking_id", "distribution_id", "vacancy_id", "letter_id", "wish_id")
#: Path parameters that say nothing about whose it is.
PUBLIC: Final = {
    "number": "{their_number}",
    "year": "2020",
    "action": "extra_places",
    "code": "places.none_free",
    "name": "kommune",
    "typed": "2020-W24",
    "version": "1",
    "measure_id": "999999",
    "duty": "home_ready",
    # Who has the number of a case may ask whether it is protected, as IMDi's lead only.
    "case_number": "2020-999999",
    # Whoever knows one may read: it is no id.
    "secret": "nobody-has-this-one",
}
#: What some read of everybody: the state's administrator looks after users, UDI books travel.
READS_OF_ALL: Final[dict[Role, frozenset[str]]] = {
    Role.ADMINISTRATOR: frozenset(
        {"user_id", "token_id", "session_id", "delegation_id", "approval_id", "erasure_id"}
        | {"delivery_id"}
    ),
    Role.TRAVEL_OFFICER: frozenset({"booking_id", "notice_id", "wish_id"}),
}


@dataclass
class Neighbour:
    """One side: ids by the name of the path parameter, words nobody else may read."""

    municipality_id: int
    number: str
    ids: dict[str, Any] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    #: Of one case that UDI has nothing to do with.
    of_no_travel: dict[str, Any] = field(default_factory=dict)
    words_of_no_travel: list[str] = field(default_factory=list)
    #: Of one case of a protected address, which nobody who asks is named for.
    of_hidden: dict[str, Any] = field(default_factory=dict)
    words_of_hidden: list[str] = field(default_factory=list)
    #: Other ids, for what is only there of such a case or run.
    also: list[dict[str, Any]] = field(default_factory=list)

    def ids_for(self, role: Role) -> dict[str, Any]:
        """What is somebody else's to a role of the other side."""
        if role in READS_ALL_CASES:
            return self.of_hidden
        found = self.ids | (self.of_no_travel if role is Role.TRAVEL_OFFICER else {})
        return {k: v for k, v in found.items() if k not in READS_OF_ALL.get(role, frozenset())}

    def words_for(self, role: Role) -> list[str]:
        if role in READS_ALL_CASES:
            return self.words_of_hidden
        return self.words_of_no_travel if role is Role.TRAVEL_OFFICER else self.words


def neighbour(session: Session, name: str, centre: str) -> Neighbour:
    here = factories.a_municipality(session, name=name, decided=60)
    number = session.connection().exec_driver_sql(
        "SELECT number FROM municipalities WHERE id = %s", (here,)
    )
    made = Neighbour(here, str(number.scalar_one()))

    def a_case(**given: Any) -> UUID:
        case_id = factories.a_case(session, name=f"{name} Navn", **given)
        made.words += [str(case_id), *_number(session, case_id)]
        return case_id

    stays = a_case(group=Group.RECEPTION_CENTRE, entry=None, reception_centre=centre)
    factories.placed(session, stays, here)
    transport.plan(
        session,
        stays,
        arrives_at=THEN + timedelta(days=9),
        means=Means.BUS,
        note=name,
        actor=factories.centre(centre),
        at=THEN,
    )
    made.words_of_no_travel = [*made.words]
    booking = factories.booked(session, a_case(), here)
    receiving.meet(session, booking, who=f"{name} vakt", actor=factories.writer(here), at=THEN)
    to_travel = a_case()
    factories.placed(session, to_travel, here)
    wish = wishes.ask(session, to_travel, actor=factories.udi(), at=THEN)
    factories.asked(session, a_case(), here)
    left = a_case()
    factories.asked(session, left, here)
    commands.decline(
        session, left, reason_code="no_housing", text=name, actor=factories.writer(here), at=NOW
    )
    withdrawn = a_case()
    factories.asked(session, withdrawn, here)
    redistribution.withdraw(
        session, withdrawn, reason=name, legal_ground=None, actor=factories.officer(), at=NOW
    )
    recipient = an_address(session, here)
    waits = factories.a_case(session)
    made.also = [
        {"case_id": session.scalars(select(Booking.case_id).where(Booking.id == booking)).one()},
        {"case_id": withdrawn, "run_id": _redistribution(session, withdrawn)},
    ]
    hidden = a_case(group=Group.RECEPTION_CENTRE, entry=None, reception_centre=centre)
    factories.placed(session, hidden, here)
    made.words_of_hidden = [str(hidden), *_number(session, hidden)]
    made.of_hidden = {
        "case_id": hidden,
        "related_case_id": hidden,
        "person_id": _person(session, hidden),
        "distribution_id": _question(session, hidden),
    }
    made.of_no_travel = {
        "case_id": stays,
        "related_case_id": stays,
        "person_id": _person(session, stays),
        "distribution_id": _question(session, stays),
    }
    made.ids = made.of_no_travel | {
        "booking_id": booking,
        "wish_id": wish,
        "distribution_id": _question(session, withdrawn),
        "vacancy_id": factories.a_vacancy(session, here),
        "feed_id": _calendar(session, here),
        "pause_id": a_pause(session, here),
        "limit_id": a_limit(session, here),
        "grant_id": _grant(session, hidden),
        # IMDi's own: nobody else has any.
        "draft_id": a_draft(session),
        "what_if_id": a_what_if(session),
        "preparation_id": a_preparation(session),
        **_webhook(session, here),
        "run_id": withdrawal_runs.preview(
            session,
            before=THEN.date(),
            reason=name,
            legal_ground="conditions_failed",
            actor=factories.lead(),
            at=THEN,
        ).id,
        "erasure_id": session.execute(
            insert(Erasure)
            .values(case_id=waits, rule="idle", state="proposed", case_version=1, proposed_at=NOW)
            .returning(Erasure.id)
        ).scalar_one(),
        **_people(session, here, name),
    }
    tell(session, at=THEN)
    made.ids["recipient_id"] = recipient
    made.ids["delivery_id"] = a_dead_letter(session, here)
    made.ids["letter_id"] = UUID(sealed(session, here))
    made.ids["notice_id"] = session.scalars(
        select(Notification.id).where(Notification.municipality_id == here).limit(1)
    ).one()
    made.words += [str(made.ids[one]) for one in WORDS]
    made.words += [f"{name} Navn"]
    return made


def _calendar(session: Session, municipality_id: int) -> int:
    actor = factories.writer(municipality_id)
    feeds.make(session, actor=actor, at=THEN)
    return feeds.feeds(session, actor=actor)[0].id


def _webhook(session: Session, municipality_id: int) -> dict[str, Any]:
    actor = Actor("x", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=municipality_id)
    return a_webhook_of(session, actor)


def _number(session: Session, case_id: UUID) -> list[str]:
    return list(session.scalars(select(Case.case_number).where(Case.id == case_id)))


def _redistribution(session: Session, case_id: UUID) -> UUID:
    return redistribution_runs.preview(
        session, case_ids=[case_id], actor=factories.lead(), at=THEN
    ).id


def _question(session: Session, case_id: UUID) -> UUID:
    return session.scalars(select(Distribution.id).where(Distribution.case_id == case_id)).one()


def _person(session: Session, case_id: UUID) -> UUID:
    return session.scalars(select(Person.id).where(Person.case_id == case_id).limit(1)).one()


def _grant(session: Session, case_id: UUID) -> int:
    protected.protect(
        session,
        case_id,
        Protection.CONFIDENTIAL,
        reason="Kode 7",
        actor=factories.lead(),
        at=NOW,
    )
    return session.execute(
        insert(ProtectedAccess)
        .values(case_id=case_id, user_id=999_999, given_at=NOW, given_by="x", reason="x")
        .returning(ProtectedAccess.id)
    ).scalar_one()


def _people(session: Session, here: int, name: str) -> dict[str, Any]:
    user, other = (
        session.execute(
            insert(User)
            .values(name=f"{name} {n}", role=Role.MUNICIPALITY_WRITER, municipality_id=here)
            .returning(User.id)
        ).scalar_one()
        for n in ("Ansatt", "Vikar")
    )
    sign_in(session, user)
    issue_token(session, name=f"{name} token", role=Role.MUNICIPALITY_READER, municipality_id=here)
    lent = session.execute(
        insert(Delegation)
        .values(
            delegator_id=user,
            delegate_id=other,
            from_on=NOW.date(),
            until_on=THEN.date(),
            reason="x",
            given_at=NOW,
            given_by="x",
        )
        .returning(Delegation.id)
    ).scalar_one()
    preparer = Actor("x", Role.MUNICIPALITY_WRITER, municipality_id=here, user_id=user)
    asked = Asked(
        Action.EXTRA_PLACES,
        f"municipality-year:{here}/2020/ordinary",
        3,
        parameters={
            "municipality_id": here,
            "year": 2020,
            "pool": "ordinary",
            "change": {"extra_places": 3},
            "reason": None,
        },
        stands_on={"decided_places": 60, "extra_places": 0},
        municipality_id=here,
    )
    return {
        "user_id": user,
        "saved_view_id": _view(session, user, name),
        "session_id": session.scalars(select(SignIn.id).where(SignIn.user_id == user)).one(),
        "token_id": session.scalars(
            select(AccessToken.id).where(AccessToken.name == f"{name} token")
        ).one(),
        "delegation_id": lent,
        "approval_id": prepare(session, asked, actor=preparer, at=NOW),
    }


def _view(session: Session, user_id: int, name: str) -> int:
    made = insert(SavedView).values(
        user_id=user_id, of_list="requests", name=name, query="state=open", opens=False, at=NOW
    )
    return session.execute(made.returning(SavedView.id)).scalar_one()


@dataclass
class Asker:
    """Somebody signed in, in a browser, who asks the API as well as the pages."""

    role: Role
    client: TestClient
    secret: str
    csrf: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {CSRF_HEADER: self.csrf, "if-match": "*", "cookie": f"{COOKIE}={self.secret}"}
        if method == "GET":
            return self.client.get(path, headers=headers)
        if path.startswith("/api/"):
            return self.client.request(method, path, json=body, headers=headers)
        return self.client.request(method, path, data=FORM, headers=headers)


#: Enough for most forms to be read without a fault.
FORM: Final = {
    "version": "1",
    "reason": "Sykdom",
    "reason_code": "no_housing",
    "text": "x",
    "settlement_week": "2020-W30",
    "settled_on": "2020-03-20",
    "legal_ground": "conditions_failed",
    "municipality": "0301",
    "role": "municipality_reader",
    "status": "possible",
    "source": "UDI",
    "purpose": "question",
    "arrival_airport": "TRD",
    "arrives_on": "2020-06-01",
    "arrives_at": "12:00",
    "birth_year": "1980",
    "sex": "female",
    "nationality": "SY",
    "extra_places": "1",
    "token": "x",
}


def asker(session: Session, client: TestClient, role: Role, here: int, centre: str) -> Asker:
    user = session.execute(
        insert(User)
        .values(
            name=f"Vår {role}",
            role=role,
            municipality_id=here if role in MUNICIPALITY else None,
            reception_centre=centre if role is Role.RECEPTION_CENTRE else None,
        )
        .returning(User.id)
    ).scalar_one()
    secret = sign_in(session, user, at=machine_time())
    csrf = session.scalars(select(SignIn.csrf).where(SignIn.user_id == user)).one()
    return Asker(role, client, secret, csrf)


def nobodys(ids: dict[str, Any]) -> dict[str, Any]:
    """Ids of the same kind that nothing has."""
    return {k: uuid4() if isinstance(v, UUID) else 2_000_000_000 for k, v in ids.items()}


def routes(of: list[BaseRoute], before: str = "") -> Iterator[tuple[APIRoute, str]]:
    """Every route of the application with its whole path."""
    for route in of:
        if isinstance(route, APIRoute):
            yield route, before + route.path
        elif (inner := getattr(route, "original_router", None)) is not None:
            yield from routes(inner.routes, before + getattr(route, "include_context").prefix)  # noqa: B009
