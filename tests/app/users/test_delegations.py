"""Authority lent for some days: never more than the lender has, never passed on, over by itself."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import machine_time
from app.models import User
from app.signin import on_behalf, sign_in
from app.signin.sessions import Limits, by_cookie
from app.users import commands, delegations
from app.users.authority import LENDS
from app.users.errors import Chain, NotAColleague, NothingToLend, NotInForce, UserHasEnded
from tests.app.users.test_users import a_user, an_actor, of, the_actor
from tests.databases import Database
from tests.factories import NORWEGIAN, NOW, a_case, a_municipality, administrator, asked
from tests.workflow.at_once import done
from workflow.cases import commands as cases
from workflow.cases.models import CaseStep
from workflow.kernel.actor import Actor, Role
from workflow.kernel.audit import AuditEntry
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.kernel.weeks import Week

TODAY = local_day(NOW)
WEEK = timedelta(days=7)


def lend(session: Session, lender: Actor, borrower: int, **given) -> int:
    told = {"from_on": TODAY, "until_on": TODAY + WEEK, "reason": "Ferie"} | given
    return delegations.lend(session, delegate_id=borrower, **told, actor=lender, at=NOW)


def acting(session: Session, made: int, person: int, at=NOW) -> Actor | None:
    return delegations.acting(session, made, the_actor(session, person), at=at)


@pytest.mark.parametrize("role", [role for role in NORWEGIAN if role is not Role.SYSTEM])
def test_who_has_authority_lends_it_and_nobody_else(session: Session, role: Role):
    here = of(role, a_municipality(session))
    lender = an_actor(session, role, here)
    colleague = a_user(session, role, here)

    if role in LENDS:
        assert acting(session, lend(session, lender, colleague), colleague) is not None
    else:
        with pytest.raises(NothingToLend):
            lend(session, lender, colleague)


def test_the_borrower_acts_with_the_lenders_role_as_it_is_now(session: Session):
    here = a_municipality(session)
    writer = an_actor(session, Role.MUNICIPALITY_WRITER, here)
    reader = a_user(session, Role.MUNICIPALITY_READER, here)
    made = lend(session, writer, reader)

    now = acting(session, made, reader)
    assert now is not None
    assert (now.role, now.municipality_id, now.user_id, now.name) == (
        Role.MUNICIPALITY_WRITER,
        here,
        reader,
        "En municipality_reader for En municipality_writer",
    )
    assert now.persons == {f"user:{reader}", f"user:{writer.user_id}"}
    assert now.named_user is None

    session.execute(
        update(User).where(User.id == writer.user_id).values(role=Role.MUNICIPALITY_READER)
    )
    session.expire_all()
    assert acting(session, made, reader) is None


def test_a_lead_who_is_no_lead_any_more_lends_no_more_than_is_left(session: Session):
    lender, borrower = an_actor(session, Role.LEAD), a_user(session, Role.CASE_OFFICER)
    made = lend(session, lender, borrower)
    session.execute(update(User).where(User.id == lender.user_id).values(role=Role.CASE_OFFICER))
    session.expire_all()

    now = acting(session, made, borrower)

    assert now is not None
    assert now.role is Role.CASE_OFFICER


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.MUNICIPALITY_WRITER, "there"),
        (Role.CASE_OFFICER, None),
        (Role.ADMINISTRATOR, None),
        (Role.TRAVEL_OFFICER, None),
    ],
)
def test_nobody_outside_the_organisation_is_lent_to(session: Session, role: Role, place):
    here, there = a_municipality(session), a_municipality(session)
    lender = an_actor(session, Role.MUNICIPALITY_WRITER, here)
    stranger = a_user(session, role, there if place else None)

    with pytest.raises(NotAColleague):
        lend(session, lender, stranger)


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_on": TODAY - timedelta(days=1)},
        {"until_on": TODAY - timedelta(days=1)},
        {"from_on": TODAY + WEEK, "until_on": TODAY},
        {"until_on": TODAY + timedelta(days=366)},
    ],
)
def test_days_that_cannot_be_are_refused(session: Session, wrong):
    lender, borrower = an_actor(session, Role.LEAD), a_user(session, Role.LEAD)

    with pytest.raises(Invalid):
        lend(session, lender, borrower, **wrong)


def test_a_reason_is_needed_and_another_person(session: Session):
    lender = an_actor(session, Role.LEAD)
    assert lender.user_id is not None

    with pytest.raises(ReasonMissing):
        lend(session, lender, a_user(session, Role.LEAD), reason="")
    with pytest.raises(Invalid):
        lend(session, lender, lender.user_id)


def test_who_acts_for_another_neither_lends_nor_takes_on_more(session: Session):
    lender, borrower = an_actor(session, Role.LEAD), a_user(session, Role.CASE_OFFICER)
    third = a_user(session, Role.CASE_OFFICER)
    now = acting(session, lend(session, lender, borrower), borrower)
    other = lend(session, an_actor(session, Role.LEAD), borrower)
    assert now is not None

    with pytest.raises(Chain):
        lend(session, now, third)
    with pytest.raises(Chain):
        on_behalf.begin_acting(session, "x", other, actor=now, at=NOW)


def test_what_was_lent_to_one_is_not_lent_on_with_ones_own(session: Session):
    lender, middle = an_actor(session, Role.LEAD), an_actor(session, Role.CASE_OFFICER)
    last = a_user(session, Role.CASE_OFFICER)
    assert middle.user_id is not None
    lend(session, lender, middle.user_id)
    made = lend(session, middle, last)

    now = acting(session, made, last)

    assert now is not None
    assert now.role is Role.CASE_OFFICER


@pytest.mark.parametrize(
    ("day", "holds"),
    [(-1, False), (0, True), (7, True), (8, False)],
)
def test_it_holds_on_its_days_and_ends_by_itself(session: Session, day: int, holds: bool):
    lender, borrower = an_actor(session, Role.LEAD), a_user(session, Role.LEAD)
    made = lend(session, lender, borrower)

    found = acting(session, made, borrower, NOW + timedelta(days=day))

    assert (found is not None) == holds


@pytest.mark.parametrize("who", ["lender", "borrower", "manager"])
def test_either_of_the_two_and_who_manages_them_end_it(session: Session, who: str):
    lender, borrower = an_actor(session, Role.LEAD), an_actor(session, Role.CASE_OFFICER)
    assert borrower.user_id is not None
    made = lend(session, lender, borrower.user_id)
    by = {"lender": lender, "borrower": borrower, "manager": administrator()}[who]

    delegations.end(session, made, actor=by, at=NOW)
    delegations.end(session, made, actor=by, at=NOW)

    assert acting(session, made, borrower.user_id) is None
    with pytest.raises(NotInForce):
        on_behalf.begin_acting(session, "x", made, actor=borrower, at=NOW)


def test_for_others_it_does_not_exist(session: Session):
    here = a_municipality(session)
    lender, borrower = an_actor(session, Role.LEAD), a_user(session, Role.LEAD)
    made = lend(session, lender, borrower)
    strangers = (
        an_actor(session, Role.CASE_OFFICER),
        an_actor(session, Role.MUNICIPALITY_ADMINISTRATOR, here),
    )

    for stranger in strangers:
        assert delegations.delegations(session, actor=stranger, at=NOW) == []
        with pytest.raises(NotFound):
            delegations.end(session, made, actor=stranger, at=NOW)
        with pytest.raises(NotFound):
            on_behalf.begin_acting(session, "x", made, actor=stranger, at=NOW)


def test_who_manages_lends_for_one_who_cannot_and_never_to_itself(session: Session):
    manager, absent = an_actor(session, Role.LEAD), a_user(session, Role.CASE_OFFICER)
    present = a_user(session, Role.CASE_OFFICER)
    assert manager.user_id is not None

    made = lend(session, manager, present, delegator_id=absent)

    assert acting(session, made, present) is not None
    with pytest.raises(NotAllowed):
        lend(session, manager, manager.user_id, delegator_id=absent)
    with pytest.raises(NotFound):
        lend(session, an_actor(session, Role.CASE_OFFICER), present, delegator_id=absent)


@pytest.mark.parametrize("leaver", ["lender", "borrower"])
def test_who_is_ended_has_lent_and_been_lent_nothing(session: Session, leaver: str):
    lender, borrower = an_actor(session, Role.LEAD), a_user(session, Role.LEAD)
    made = lend(session, lender, borrower)
    gone = lender.user_id if leaver == "lender" else borrower
    assert gone is not None

    commands.end(session, gone, actor=administrator(), at=NOW)

    assert acting(session, made, borrower) is None
    with pytest.raises(UserHasEnded):
        lend(session, lender, borrower)


def test_history_and_audit_name_who_acted_for_whom(session: Session):
    here, case = a_municipality(session, decided=20), a_case(session)
    asked(session, case, here)
    lender = an_actor(session, Role.MUNICIPALITY_WRITER, here)
    borrower = a_user(session, Role.MUNICIPALITY_READER, here)
    now = acting(session, lend(session, lender, borrower), borrower)
    assert now is not None

    cases.accept(session, case, settlement_week=Week(2020, 24), actor=now, at=NOW)

    last = session.scalars(
        select(CaseStep.actor).where(CaseStep.case_id == case).order_by(CaseStep.id.desc())
    ).first()
    assert last == now.name
    entry = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == f"case:{case}")
        .order_by(AuditEntry.seq.desc())
    ).first()
    assert entry is not None
    assert (entry.actor, entry.acting_for) == (
        f"user:{borrower}",
        f"user:{lender.user_id}, municipality:{here}",
    )


def test_authority_held_at_any_time_since_counts(session: Session):
    lender, borrower = an_actor(session, Role.LEAD), an_actor(session, Role.LEAD)
    assert borrower.user_id is not None
    made = lend(session, lender, borrower.user_id)
    delegations.end(session, made, actor=lender, at=NOW + timedelta(hours=2))
    sign, later = {f"user:{lender.user_id}"}, NOW + timedelta(days=1)

    def held(since: timedelta) -> set[str]:
        return delegations.authority_of(session, NOW + since, actor=borrower, at=later)

    assert held(timedelta(hours=1)) == sign
    assert held(timedelta(hours=3)) == set()
    token = Actor("Maskin", Role.LEAD, owner_id=borrower.user_id)
    assert delegations.authority_of(session, NOW, actor=token, at=later) == sign


def test_a_session_acts_for_the_lender_until_it_is_told_not_to(committed: Database):
    today = local_day(machine_time())

    def make(session: Session) -> tuple[int, Actor, str]:
        lender, borrower = an_actor(session, Role.LEAD), a_user(session, Role.CASE_OFFICER)
        made = delegations.lend(
            session,
            delegate_id=borrower,
            from_on=today,
            until_on=today,
            reason="Syk",
            actor=lender,
            at=machine_time(),
        )
        return made, the_actor(session, borrower), sign_in(session, borrower)

    made, borrower, secret = done(committed.sessions, make)

    def found():
        return by_cookie(committed.sessions, secret, limits=Limits(), at=machine_time())

    before = found()
    done(
        committed.sessions,
        lambda session: on_behalf.begin_acting(
            session, secret, made, actor=borrower, at=machine_time()
        ),
    )
    during = found()
    done(committed.sessions, lambda session: on_behalf.end_acting(session, secret))
    after = found()

    assert before is not None
    assert during is not None
    assert (during.actor.role, during.holder) == (
        Role.LEAD,
        f"user:{borrower.user_id}:for:{during.actor.acting_for.user_id}",
    )
    assert during.csrf != before.csrf
    assert after is not None
    assert (after.actor, after.csrf) == (before.actor, before.csrf)
