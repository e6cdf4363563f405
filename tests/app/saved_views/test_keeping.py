"""What a view keeps, and of whom: words of the list, never a search, and nobody else's."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app import db
from app.acting import acting_of
from app.models import User
from app.saved_views import errors, keeping
from app.saved_views.keeping import MOST, ViewSeen
from app.saved_views.lists import KEPT, SEARCHES, SavedList
from app.saved_views.models import SavedView
from app.users import commands as users
from tests.databases import Database
from tests.factories import NOW, a_municipality, administrator
from workflow.kernel import audit
from workflow.kernel.actor import Actor, Role
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import DomainError, Invalid, NotAllowed, NotFound
from workflow.municipalities.models import Municipality

WITHDRAWN = "state=withdrawn&entry=possible"


def a_person(session: Session, role: Role = Role.CASE_OFFICER) -> Actor:
    user_id = session.execute(
        insert(User).values(name=f"En {role}", role=role).returning(User.id)
    ).scalar_one()
    return Actor(f"En {role}", role, user_id=user_id)


def a_view(
    session: Session, actor: Actor, name: str = "Klare", query: str = WITHDRAWN, *, opens=False
) -> ViewSeen:
    return keeping.keep(
        session, SavedList.CASES, name=name, query=query, opens=opens, actor=actor, at=NOW
    )


def test_a_view_leads_back_to_the_list_as_it_was(session: Session):
    actor = a_person(session)
    number = session.get_one(Municipality, a_municipality(session)).number

    seen = a_view(session, actor, query=f"q=&entry=possible&state=withdrawn&municipality={number}")

    assert seen.href == f"/saker?state=withdrawn&entry=possible&municipality={number}"
    assert keeping.views(session, actor=actor) == [seen]
    assert keeping.view(session, seen.id, actor=actor) == seen


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("q=Amal&state=withdrawn", errors.SearchNotKept),
        ("q=201912345606", errors.SearchNotKept),
        ("state=green", errors.NotAFilter),
        ("municipality=Amal+Haddad", errors.NotAFilter),
        ("municipality=9999", errors.NotAFilter),
        ("name=Amal", errors.NotAFilter),
        ("year=20", errors.NotAFilter),
        ("state=&cursor=x&visning=alle", errors.NothingToKeep),
    ],
)
def test_what_is_no_word_of_the_list_is_not_kept(session: Session, query: str, refusal):
    with pytest.raises(refusal):
        a_view(session, a_person(session), query=query)


@given(
    which=st.sampled_from(sorted({*SavedList} - {SavedList.MUNICIPALITIES})),
    name=st.sampled_from(
        sorted({*SEARCHES, *(name for keeps in KEPT.values() for name in keeps.filters)})
    ).filter(lambda name: name not in {"municipality", "former", "kommune"}),
    text=st.text(max_size=60),
)
def test_nothing_that_somebody_typed_is_ever_kept(which: SavedList, name: str, text: str):
    try:
        kept = keeping.kept_of(Session(), which, urlencode([(name, text)]))
    except DomainError:
        return

    [(its_name, value)] = parse_qsl(kept)
    assert its_name in KEPT[which].filters
    assert len(value) <= 20
    assert value.isascii()


@pytest.mark.parametrize("name", ["201912345606", "Amal 010203 12345", "2020-123456"])
def test_a_name_holds_no_number_of_a_person_or_a_case(session: Session, name: str):
    with pytest.raises(errors.NumberInName):
        a_view(session, a_person(session), name)


@pytest.mark.parametrize("name", [" ", "x" * 61, "a\nb"])
def test_a_view_has_a_name_that_can_be_read(session: Session, name: str):
    with pytest.raises(Invalid):
        a_view(session, a_person(session), name)


def test_a_name_is_one_views_and_a_list_opens_with_one(session: Session):
    actor = a_person(session)
    first = a_view(session, actor, opens=True)
    second = a_view(session, actor, "Uke 24 2020", "overdue=true", opens=True)

    with pytest.raises(errors.NameTaken):
        keeping.change(session, second.id, name="KLARE", opens=True, actor=actor, at=NOW)
    changed = keeping.change(session, first.id, name="Klare nå", opens=True, actor=actor, at=NOW)

    assert changed.opens
    assert [view.opens for view in keeping.views(session, actor=actor)] == [True, False]


def test_a_list_has_so_many_views_and_no_more(session: Session):
    actor = a_person(session)
    for number in range(MOST):
        a_view(session, actor, f"Nr. {number}")

    with pytest.raises(errors.TooManyViews):
        a_view(session, actor, "En til")


def test_a_view_is_kept_by_a_person_of_a_list_the_role_reads(session: Session):
    for actor in (Actor("token", Role.LEAD), a_person(session, Role.RECEPTION_CENTRE)):
        with pytest.raises(NotAllowed):
            a_view(session, actor)


def test_the_audit_tells_of_the_filters_and_not_the_name(session: Session):
    actor = a_person(session)
    view = a_view(session, actor, "Amal sine")
    keeping.change(session, view.id, name="Amal Haddad", opens=True, actor=actor, at=NOW)
    keeping.remove(session, view.id, actor=actor, at=NOW)

    told = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == audit.subject(audit.Kind.ACTOR, "user", actor.user_id or 0))
        .order_by(AuditEntry.seq)
    ).all()
    assert [entry.action for entry in told] == [
        "saved_view_kept",
        "saved_view_changed",
        "saved_view_removed",
    ]
    assert "Amal" not in str([(entry.before, entry.after) for entry in told])
    assert keeping.views(session, actor=actor) == []


def test_nobody_finds_anothers_and_who_ends_takes_them_along(committed: Database):
    with db.transaction(committed.sessions) as session:
        one, other, boss = a_person(session), a_person(session), administrator()
        view = a_view(session, one)

    def count(actor: Actor) -> int:
        with db.reading(committed.sessions, acting_of(actor)) as session:
            return session.scalar(select(func.count()).select_from(SavedView)) or 0

    assert (count(one), count(other), count(boss)) == (1, 0, 0)
    with db.transaction(committed.sessions, acting_of(other)) as session:
        with pytest.raises(NotFound):
            keeping.remove(session, view.id, actor=other, at=NOW)
        session.execute(update(SavedView).values(name="x"))
    with db.transaction(committed.sessions, acting_of(boss)) as session:
        users.end(session, one.user_id or 0, actor=boss, at=NOW)
    with db.reading(committed.sessions) as session:
        assert session.scalars(select(SavedView.name)).all() == []
