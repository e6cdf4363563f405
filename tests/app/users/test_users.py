"""Who manages which users, what becomes of one who is ended, and the last who manages the rest."""

from datetime import date

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.clock import machine_time
from app.models import SignIn, User
from app.refusals import UserEnded
from app.signin import people, sign_in
from app.signin.claims import Vouched
from app.signin.providers import Provider
from app.signin.sessions import Limits, by_cookie
from app.users import commands, queries
from app.users.authority import MANAGES, ORGANISATION
from app.users.commands import NewUser
from app.users.errors import (
    AnotherOrganisation,
    KnownAlready,
    LastAdministrator,
    UserHasEnded,
)
from tests.databases import Database
from tests.factories import NORWEGIAN, NOW, a_municipality, administrator
from tests.workflow.at_once import at_once, done, refusals
from workflow.kernel.actor import Actor, Delegator, Role
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import Invalid, NotAllowed, NotFound

KEYS = [b"k" * 32]


def a_user(session: Session, role: Role, municipality_id: int | None = None, **given) -> int:
    values = {
        "name": f"En {role}",
        "role": role,
        "municipality_id": municipality_id,
        "demo": False,
        "reception_centre": "Dale" if role is Role.RECEPTION_CENTRE else None,
    } | given
    return session.execute(insert(User).values(values).returning(User.id)).scalar_one()


def the_actor(session: Session, user_id: int) -> Actor:
    user = session.get_one(User, user_id)
    return Actor(
        user.name,
        user.role,
        municipality_id=user.municipality_id,
        reception_centre=user.reception_centre,
        user_id=user.id,
    )


def an_actor(session: Session, role: Role, municipality_id: int | None = None) -> Actor:
    return the_actor(session, a_user(session, role, municipality_id))


def new(role: Role, municipality_id: int | None = None, **given) -> NewUser:
    told = {"name": "Ny", "role": role, "email": "ny@jobb.example"} | given
    centre = "Dale" if role is Role.RECEPTION_CENTRE else None
    return NewUser(**told, municipality_id=municipality_id, reception_centre=centre)


def of(role: Role, here: int) -> int | None:
    return here if role.startswith("municipality") else None


@pytest.mark.parametrize("given", [role for role in NORWEGIAN if role is not Role.SYSTEM])
@pytest.mark.parametrize("manager", [role for role in NORWEGIAN if role is not Role.SYSTEM])
def test_each_role_gives_the_roles_it_manages_and_no_other(session: Session, manager, given):
    here = a_municipality(session)
    actor = an_actor(session, manager, of(manager, here))

    def add() -> int:
        return commands.add(session, new(given, of(given, here)), actor=actor, at=NOW)

    if given in MANAGES.get(manager, ()):
        assert queries.user(session, add(), actor=actor).role is given
    else:
        with pytest.raises(NotAllowed):
            add()


@pytest.mark.parametrize("manager", list(MANAGES))
def test_each_sees_changes_and_ends_those_it_manages_and_no_other(session: Session, manager: Role):
    here, there = a_municipality(session), a_municipality(session)
    actor = an_actor(session, manager, of(manager, here))
    everybody = [
        (role, place, a_user(session, role, place))
        for role in NORWEGIAN
        if role is not Role.SYSTEM
        for place in ((here, there) if role.startswith("municipality") else (None,))
    ]
    mine = {
        user
        for role, place, user in everybody
        if role in MANAGES[manager] and (actor.municipality_id in {None, place})
    }

    listed = {user.id for user in queries.users(session, limit=500, actor=actor).items}

    assert mine <= listed
    assert not listed & {user for *_, user in everybody if user not in mine}
    for role, _, user in everybody:
        if user in mine:
            commands.change_role(session, user, role, actor=actor, at=NOW)
            continue
        with pytest.raises(NotFound):
            commands.end(session, user, actor=actor, at=NOW)
        with pytest.raises(NotFound):
            commands.change_role(session, user, role, actor=actor, at=NOW)
        with pytest.raises(NotFound):
            queries.user(session, user, actor=actor)


def test_another_municipality_gets_no_user_from_outside(session: Session):
    here, there = a_municipality(session), a_municipality(session)
    actor = an_actor(session, Role.MUNICIPALITY_ADMINISTRATOR, here)

    with pytest.raises(NotAllowed):
        commands.add(session, new(Role.MUNICIPALITY_READER, there), actor=actor, at=NOW)


def test_who_uses_anothers_authority_manages_nobody(session: Session):
    actor = Actor("Kari for Liv", Role.LEAD, user_id=1, acting_for=Delegator(2, "Liv"))

    with pytest.raises(NotAllowed):
        queries.users(session, actor=actor)


@pytest.mark.parametrize("wanted", list(Role))
def test_nobody_moves_between_organisations(session: Session, wanted: Role):
    user = a_user(session, Role.CASE_OFFICER)

    if wanted is not Role.SYSTEM and ORGANISATION[wanted] is ORGANISATION[Role.CASE_OFFICER]:
        commands.change_role(session, user, wanted, actor=administrator(), at=NOW)
        assert queries.user(session, user, actor=administrator()).role is wanted
    else:
        with pytest.raises(AnotherOrganisation):
            commands.change_role(session, user, wanted, actor=administrator(), at=NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "  "},
        {"name": "x" * 201},
        {"email": None},
        {"email": "ny"},
        {"email": "ny@jobb"},
        {"email": "n y@jobb.example"},
        {"email": "x" * 300 + "@jobb.example"},
        {"provider": "entra"},
        {"subject": "x"},
        {"role": Role.MUNICIPALITY_WRITER},
        {"role": Role.RECEPTION_CENTRE},
    ],
)
def test_a_malformed_user_is_refused(session: Session, wrong):
    given = {"name": "Ny", "role": Role.CASE_OFFICER, "email": "ny@jobb.example"} | wrong

    with pytest.raises(Invalid):
        commands.add(session, NewUser(**given), actor=administrator(), at=NOW)


def test_an_address_is_one_users_in_an_organisation(session: Session):
    here, there = a_municipality(session), a_municipality(session)
    for place in (here, there):
        commands.add(session, new(Role.MUNICIPALITY_WRITER, place), actor=administrator(), at=NOW)

    with pytest.raises(KnownAlready):
        commands.add(
            session,
            new(Role.MUNICIPALITY_READER, here, email="NY@jobb.example"),
            actor=administrator(),
            at=NOW,
        )


def test_who_is_ended_is_out_at_once_and_the_chain_says_by_whom(session: Session):
    manager, user = an_actor(session, Role.LEAD), a_user(session, Role.CASE_OFFICER)
    sign_in(session, user)

    commands.end(session, user, reason="Sluttet", actor=manager, at=NOW)
    commands.end(session, user, actor=manager, at=NOW)

    assert session.scalars(select(SignIn).where(SignIn.user_id == user)).all() == []
    of_user = AuditEntry.subject == f"actor:user/{user}"
    (entry,) = session.scalars(select(AuditEntry).where(of_user, AuditEntry.action == "end_user"))
    assert entry.actor == f"user:{manager.user_id}"
    with pytest.raises(UserHasEnded):
        commands.change_role(session, user, Role.LEAD, actor=manager, at=NOW)


def test_a_session_of_somebody_ended_is_worth_nothing_and_a_changed_role_holds_at_once(
    committed: Database,
):
    def make(session: Session) -> tuple[int, str, Actor]:
        user = a_user(session, Role.CASE_OFFICER)
        return user, sign_in(session, user), an_actor(session, Role.LEAD)

    user, secret, manager = done(committed.sessions, make)

    def role() -> Role | None:
        found = by_cookie(committed.sessions, secret, limits=Limits(), at=machine_time())
        return found.actor.role if found else None

    assert role() is Role.CASE_OFFICER
    done(
        committed.sessions,
        lambda session: commands.change_role(session, user, Role.LEAD, actor=manager, at=NOW),
    )
    assert role() is Role.LEAD
    done(committed.sessions, lambda session: commands.end(session, user, actor=manager, at=NOW))
    assert role() is None


@pytest.mark.parametrize("manager", list(MANAGES))
def test_the_last_who_manages_neither_ends_nor_demotes_itself(session: Session, manager: Role):
    place = of(manager, a_municipality(session))
    last = an_actor(session, manager, place)
    assert last.user_id is not None
    below = next(
        (role for role in MANAGES[manager] if ORGANISATION[role] is ORGANISATION[manager]), None
    )

    with pytest.raises(LastAdministrator):
        commands.end(session, last.user_id, actor=last, at=NOW)
    if below is not None and below not in MANAGES:
        with pytest.raises(LastAdministrator):
            commands.change_role(session, last.user_id, below, actor=last, at=NOW)

    a_user(session, manager, place)
    commands.end(session, last.user_id, actor=last, at=NOW)


def test_the_state_ends_a_municipalitys_last_and_never_its_own(session: Session):
    here = a_municipality(session)
    theirs = a_user(session, Role.MUNICIPALITY_ADMINISTRATOR, here)
    own = an_actor(session, Role.ADMINISTRATOR)

    commands.end(session, theirs, actor=own, at=NOW)

    assert own.user_id is not None
    with pytest.raises(LastAdministrator):
        commands.end(session, own.user_id, actor=administrator(), at=NOW)


def test_two_administrators_who_end_each_other_at_once_leave_one(committed: Database):
    for _ in range(4):

        def make(session: Session) -> tuple[Actor, Actor]:
            here = a_municipality(session)
            one, two = (an_actor(session, Role.MUNICIPALITY_ADMINISTRATOR, here) for _ in range(2))
            return one, two

        one, two = done(committed.sessions, make)

        outcomes = at_once(
            committed.sessions,
            lambda session, one=one, two=two: commands.end(session, two.user_id, actor=one, at=NOW),
            lambda session, one=one, two=two: commands.end(session, one.user_id, actor=two, at=NOW),
        )

        assert refusals(outcomes) == ["user.last_administrator"]


# Coming in by an identity provider -------------------------------------------------------------

IMDI = Provider(
    name="entra",
    kind="oidc",
    title="IMDi",
    office="directorate",
    issuer="https://login.example",
    client_id="x",
    authentication="client_secret_basic",
    secret_env="X",
    roles={"leads": Role.LEAD, "officers": Role.CASE_OFFICER},
)


def admit(session: Session, *, role: Role = Role.CASE_OFFICER, email: str | None = None) -> User:
    found = Vouched(("sub-1",), role, "Kari Nordmann", email=email)
    admitted = people.admit(session, IMDI, found, keys=KEYS, on=date(2020, 4, 1))
    session.expire_all()
    return session.get_one(User, admitted.id)


def test_who_was_added_by_address_comes_in_in_the_role_given_here(session: Session):
    added = commands.add(session, new(Role.LEAD), actor=administrator(), at=NOW)

    user = admit(session, email="ny@jobb.example")

    assert (user.id, user.role, user.name, user.provider) == (
        added,
        Role.LEAD,
        "Kari Nordmann",
        "entra",
    )
    assert admit(session).id == added  # known by now, whatever address is told


def test_an_address_nobody_vouches_for_is_nobodys(session: Session):
    added = commands.add(session, new(Role.LEAD), actor=administrator(), at=NOW)

    assert admit(session).id != added


def test_an_address_of_another_organisation_gives_no_role(session: Session):
    added = commands.add(session, new(Role.AUDITOR), actor=administrator(), at=NOW)

    user = admit(session, email="ny@jobb.example")

    assert (user.id != added, user.role) == (True, Role.CASE_OFFICER)


def test_a_role_given_here_stays_and_one_nobody_gave_follows_the_provider(session: Session):
    user = admit(session)
    assert admit(session, role=Role.LEAD).role is Role.LEAD

    commands.change_role(session, user.id, Role.CASE_OFFICER, actor=administrator(), at=NOW)

    assert admit(session, role=Role.LEAD).role is Role.CASE_OFFICER
    assert admit(session, role=Role.TRAVEL_OFFICER).role is Role.TRAVEL_OFFICER


def test_who_was_ended_stays_out_until_added_anew(session: Session):
    user = admit(session)
    a_user(session, Role.LEAD)
    commands.end(session, user.id, actor=administrator(), at=NOW)
    with pytest.raises(UserEnded):
        admit(session, email="ny@jobb.example")

    again = commands.add(session, new(Role.CASE_OFFICER), actor=administrator(), at=NOW)

    assert admit(session, email="ny@jobb.example").id == again != user.id
