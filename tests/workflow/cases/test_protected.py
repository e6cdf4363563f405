"""Cases with a protected address: who is named, and where their places stand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import (
    ENTRY,
    NOW,
    WEEK,
    a_case,
    a_municipality,
    a_person,
    a_vacancy,
    asked,
    lead,
    officer,
    placed,
    writer,
)
from tests.workflow.books import faults
from workflow.capacity import queries as capacity
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.cases import commands, details, distributions, lists, protected, registration
from workflow.cases.accounts import ledger
from workflow.cases.commands import Question
from workflow.cases.errors import GrantStands, HomeNotProtected, NotProtected, OwnGrant
from workflow.cases.models import Case
from workflow.cases.registration import NewCase
from workflow.cases.states import Group, Protection
from workflow.kernel.actor import SYSTEM
from workflow.kernel.audit import AuditEntry, Kind, subject
from workflow.kernel.errors import NotAllowed, NotFound, ReasonMissing
from workflow.redistribution import queries as runs
from workflow.redistribution import redistribution_runs, withdrawal_runs
from workflow.redistribution.states import RunKind

LEAD = replace(lead(), user_id=1)
OFFICER = replace(officer(), user_id=2)


def protect(session, case_id, protection=Protection.CONFIDENTIAL):
    return protected.protect(session, case_id, protection, reason="Kode 7", actor=LEAD, at=NOW)


def name(session, case_id, actor):
    return protected.name_person(
        session, case_id, actor.user_id, reason="Følger saken", actor=LEAD, at=NOW
    )


def born_protected(session, actor):
    case_id, _ = registration.register(
        session,
        NewCase(
            group=Group.RESETTLEMENT,
            persons=[a_person(), a_person()],
            entry=ENTRY,
            address_protection=Protection.STRICTLY_CONFIDENTIAL,
        ),
        actor=actor,
        at=NOW,
    )
    return case_id


def figures(session, municipality_id):
    found = capacity.one(session, municipality_id, 2020, actor=SYSTEM).ordinary
    return found.held, found.settled, found.free


def shown(session, case_id, actor):
    return details.case(session, case_id, today=NOW.date(), actor=actor)


def test_who_registers_it_may_open_it_and_a_token_may_not(session):
    by_person = born_protected(session, OFFICER)
    by_token = born_protected(session, officer())

    assert shown(session, by_person, OFFICER).id == by_person
    for case_id in (by_person, by_token):
        with pytest.raises(NotFound):
            shown(session, case_id, officer())
    with pytest.raises(NotFound):
        shown(session, by_token, OFFICER)


def test_only_a_lead_names_with_a_reason_never_itself_and_once(session):
    case_id = a_case(session)
    with pytest.raises(NotProtected):
        name(session, case_id, OFFICER)
    protect(session, case_id)

    for actor, reason, refusal in (
        (OFFICER, "Følger saken", NotAllowed),
        (LEAD, None, ReasonMissing),
    ):
        with pytest.raises(refusal):
            protected.name_person(session, case_id, 7, reason=reason, actor=actor, at=NOW)
    with pytest.raises(OwnGrant):
        name(session, case_id, LEAD)
    name(session, case_id, OFFICER)
    with pytest.raises(GrantStands):
        name(session, case_id, OFFICER)


def test_access_ends_with_a_reason_and_both_stand_in_the_cases_chain(session):
    case_id = a_case(session)
    protect(session, case_id)
    grant = name(session, case_id, OFFICER)
    assert shown(session, case_id, OFFICER).id == case_id

    protected.end_access(session, grant, reason="Ferdig", actor=LEAD, at=NOW)

    with pytest.raises(NotFound):
        shown(session, case_id, OFFICER)
    chain = select(AuditEntry.action).where(AuditEntry.subject == subject(Kind.CASE, case_id))
    actions = session.scalars(chain.order_by(AuditEntry.seq)).all()
    assert actions[-3:] == ["protect", "protected.name", "protected.end"]


def test_being_named_opens_nothing_the_role_does_not(session):
    here, elsewhere = a_municipality(session, decided=10), a_municipality(session, decided=10)
    case_id = a_case(session)
    asked(session, case_id, here)
    protect(session, case_id)
    stranger = replace(writer(elsewhere), user_id=5)
    own = replace(writer(here), user_id=6)
    name(session, case_id, stranger)
    name(session, case_id, own)

    assert shown(session, case_id, own).id == case_id
    with pytest.raises(NotFound):
        shown(session, case_id, stranger)


def test_its_places_leave_the_numbers_and_come_back(session):
    here = a_municipality(session, decided=10)
    case_id = a_case(session, persons=3)
    placed(session, case_id, here)
    assert figures(session, here) == (3, 0, 7)

    protect(session, case_id)
    assert figures(session, here) == (0, 0, 10)
    assert not faults(session)
    assert not [
        line for line in ledger(session, here, 2020, actor=lead()).items if line.case_id == case_id
    ]
    protect(session, case_id, Protection.STRICTLY_CONFIDENTIAL)
    assert figures(session, here) == (0, 0, 10)
    protect(session, case_id, Protection.NONE)

    assert figures(session, here) == (3, 0, 7)
    assert not faults(session)
    held = select(PlaceAccount.held).where(PlaceAccount.pool == Pool.PROTECTED)
    assert session.scalars(held).all() == [0]


def test_it_lives_its_whole_life_outside_the_numbers_and_lists(session):
    here = a_municipality(session, decided=1)
    case_id = born_protected(session, OFFICER)
    own = replace(writer(here), user_id=6)
    name(session, case_id, own)

    commands.put_to_municipality(
        session, case_id, "distribute", Question(here, 2020), actor=OFFICER, at=NOW
    )
    question = distributions.distributions(session, case_id=case_id, actor=own).items
    commands.accept(session, case_id, settlement_week=WEEK, actor=own, at=NOW + timedelta(days=1))

    assert len(question) == 1
    assert not distributions.distributions(session, actor=own).items
    assert not lists.cases(session, lists.CaseFilter(), today=NOW.date(), actor=own).items
    assert figures(session, here) == (0, 0, 1)
    assert not faults(session)


def test_it_takes_no_reported_home(session):
    here = a_municipality(session, decided=5)
    case_id = born_protected(session, OFFICER)
    home = a_vacancy(session, here)

    with pytest.raises(HomeNotProtected):
        commands.put_to_municipality(
            session, case_id, "distribute", Question(here, 2020, home), actor=OFFICER, at=NOW
        )


def test_runs_leave_it_out_and_tell_the_lead_how_many(session):
    here = a_municipality(session, decided=20)
    open_one, hidden, waits = a_case(session), a_case(session), a_case(session)
    for case_id in (open_one, hidden, waits):
        asked(session, case_id, here, at=NOW)
    protect(session, hidden)
    later = NOW + timedelta(days=3)

    run = withdrawal_runs.preview(
        session,
        before=later.date(),
        reason="Innreise er ikke mulig",
        legal_ground=None,
        actor=officer(),
        at=later,
    )

    items = runs.items(session, run.id, kind=RunKind.WITHDRAWAL, actor=lead()).items
    assert {item.case_id for item in items} == {open_one, waits}
    assert runs.run(session, run.id, kind=RunKind.WITHDRAWAL, actor=lead()).protected == 1
    assert runs.run(session, run.id, kind=RunKind.WITHDRAWAL, actor=officer()).protected is None
    protect(session, waits)
    items = runs.items(session, run.id, kind=RunKind.WITHDRAWAL, actor=lead()).items
    assert {item.case_id for item in items} == {open_one}


def test_it_cannot_be_put_into_a_run_by_who_is_named_either(session):
    case_id = born_protected(session, OFFICER)

    with pytest.raises(NotFound):
        redistribution_runs.preview(session, case_ids=[case_id], actor=OFFICER, at=NOW)


def test_a_lead_sees_numbers_and_names_of_the_named_only(session):
    case_id = a_case(session, name="Amal")
    protect(session, case_id)
    name(session, case_id, OFFICER)

    (seen,) = protected.protected_cases(session, actor=LEAD)
    number = session.get_one(Case, case_id).case_number
    assert (seen.case_number, [one.user_id for one in seen.access]) == (number, [2])
    assert protected.counted_nationally(session, actor=LEAD) == (1, 2)
    assert [one.id for one in protected.protected_cases(session, actor=OFFICER)] == [case_id]
    assert not protected.protected_cases(session, actor=officer())
    with pytest.raises(NotFound):
        shown(session, case_id, LEAD)
