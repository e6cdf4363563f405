"""What touches many takes two: prepared by one, confirmed by another, done once, in both names."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    administrator,
    asked,
    auditor,
    officer,
    udi,
    writer,
)
from tests.workflow.approvals.waiting import (
    HANNE,
    JONAS,
    KARI,
    LATER,
    a_decided_case,
    a_reversal,
    approve,
    prepared,
    state,
    takes_two,
    withdraw,
)
from workflow.approvals import commands as approvals
from workflow.approvals.errors import (
    AlreadyWaits,
    ApprovalSettled,
    ApprovalStale,
    DelegateOfPreparer,
    SamePerson,
    SecondPersonNeeded,
)
from workflow.approvals.models import Approval, ApprovalRule
from workflow.approvals.rules import RULES
from workflow.approvals.states import Action, ApprovalState
from workflow.cases.access_models import ProtectedAccess
from workflow.cases.errors import LegalGroundMissing
from workflow.cases.models import Case, CaseStep
from workflow.cases.states import CaseState, Protection
from workflow.kernel.actor import Actor, Delegator, Role
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.redistribution import approving, awaiting, commands

# The rules -------------------------------------------------------------------------------------


def test_the_table_begins_with_the_rules_and_none_is_needed(session: Session):
    rows = {row.action: row for row in session.scalars(select(ApprovalRule))}

    assert {action: row.threshold for action, row in rows.items()} == {
        action: rule.threshold for action, rule in RULES.items()
    }
    assert not any(row.needed for row in rows.values())


def test_nothing_waits_where_no_rule_says_so(session: Session):
    case = a_decided_case(session)

    withdraw(session, case, by=KARI)

    assert state(session, case) is CaseState.WITHDRAWN


def test_a_rule_is_the_administrators_and_its_change_is_on_record(session: Session):
    approvals.change_rule(
        session, Action.RUN, needed=True, threshold=60, actor=administrator(), at=NOW
    )

    rule = next(
        one for one in awaiting.approval_rules(session, actor=HANNE) if one.action is Action.RUN
    )
    assert (rule.needed, rule.threshold, rule.changed_by) == (True, 60, "Ada Drift")
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.subject == "setting:approval/run")
    ).one()
    assert entry.before == {"needed": False, "threshold": 50}
    assert entry.after == {"needed": True, "threshold": 60}


@pytest.mark.parametrize("actor", [KARI, HANNE, writer(1), auditor(), udi()])
def test_whom_a_rule_binds_cannot_lift_it(session: Session, actor: Actor):
    with pytest.raises(NotAllowed):
        approvals.change_rule(session, Action.RUN, needed=False, threshold=50, actor=actor, at=NOW)


@pytest.mark.parametrize("threshold", [0, -1, 100_001])
def test_a_threshold_is_a_count(session: Session, threshold: int):
    with pytest.raises(Invalid):
        approvals.change_rule(
            session, Action.RUN, needed=True, threshold=threshold, actor=administrator(), at=NOW
        )


# A reversal ------------------------------------------------------------------------------------


def test_a_reversal_waits_and_is_done_by_the_second_person_in_both_names(session: Session):
    case, approval = a_reversal(session)
    assert state(session, case) is CaseState.PLACED

    approve(session, approval, by=JONAS)

    assert state(session, case) is CaseState.WITHDRAWN
    last = session.scalars(
        select(CaseStep.actor).where(CaseStep.case_id == case).order_by(CaseStep.id.desc())
    ).first()
    assert last == "Kari & Jonas"
    seen = awaiting.awaiting(session, approval, actor=KARI)
    assert (seen.state, seen.prepared_by, seen.settled_by) == (
        ApprovalState.APPROVED,
        "Kari",
        "Jonas",
    )


def test_the_chain_of_the_case_names_who_prepared_and_who_confirmed(session: Session):
    case, approval = a_reversal(session)
    approve(session, approval, by=JONAS)

    entries = session.execute(
        select(AuditEntry.action, AuditEntry.actor)
        .where(AuditEntry.subject == f"case:{case}")
        .order_by(AuditEntry.seq)
    ).all()

    assert ("prepare", "user:901") in [tuple(row) for row in entries]
    assert ("approve", "user:902") in [tuple(row) for row in entries]


def test_a_case_without_a_decision_is_withdrawn_by_one(session: Session):
    takes_two(session)
    case = a_case(session)
    asked(session, case, a_municipality(session, decided=20))

    withdraw(session, case, by=KARI, ground=None)

    assert state(session, case) is CaseState.WITHDRAWN


def test_what_is_refused_anyway_waits_for_nobody(session: Session):
    takes_two(session)
    case = a_decided_case(session)

    with pytest.raises(LegalGroundMissing):
        withdraw(session, case, by=KARI, ground=None)


def test_a_lapse_that_reverses_a_decision_takes_two_of_imdi_also_from_udi(session: Session):
    takes_two(session, Action.REVERSAL)
    case, other = a_decided_case(session), replace(udi(), user_id=905)
    approval = prepared(
        session,
        lambda: commands.lapse(session, case, reason="Kommer ikke", actor=other, at=LATER),
        by=other,
    )

    with pytest.raises(NotAllowed):
        approve(session, approval, by=other)
    approve(session, approval, by=KARI)

    assert state(session, case) is CaseState.LAPSED


# The second person -----------------------------------------------------------------------------


def behind(person: Actor, lender: Actor) -> Actor:
    return replace(
        person,
        role=lender.role,
        name=f"{person.name} for {lender.name}",
        acting_for=Delegator(lender.user_id or 0, lender.name),
    )


@pytest.mark.parametrize(
    ("preparer", "confirmer"),
    [
        (KARI, KARI),
        (KARI, replace(KARI, role=Role.LEAD)),
        (KARI, behind(JONAS, KARI)),
        (behind(JONAS, KARI), KARI),
        (behind(JONAS, KARI), JONAS),
        (behind(JONAS, KARI), behind(HANNE, KARI)),
        (KARI, Actor("A token", Role.LEAD, owner_id=901)),
        (Actor("A token", Role.LEAD, owner_id=901), Actor("Other", Role.LEAD, owner_id=901)),
        (officer(), officer()),
    ],
)
def test_nobody_behind_the_preparation_confirms(session, preparer: Actor, confirmer: Actor):
    case, approval = a_reversal(session, by=preparer)

    with pytest.raises(SamePerson) as refused:
        approve(session, approval, by=confirmer)

    assert refused.value.facts["prepared_by"] == preparer.name
    assert refused.value.facts["roles"] == ["case_officer", "lead"]
    assert state(session, case) is CaseState.PLACED


def test_who_holds_the_preparers_authority_does_not_confirm_in_the_own_name_either(
    session: Session,
):
    case, approval = a_reversal(session)

    with pytest.raises(DelegateOfPreparer) as refused:
        approve(session, approval, by=JONAS, authority_of=("user:901",))

    assert refused.value.facts["prepared_by"] == "Kari"
    assert state(session, case) is CaseState.PLACED


def test_the_database_itself_keeps_the_two_apart(session: Session):
    _, approval = a_reversal(session)

    with pytest.raises(IntegrityError, match="four_eyes"):
        session.execute(
            update(Approval)
            .where(Approval.id == approval)
            .values(
                state=ApprovalState.APPROVED,
                settled_at=NOW,
                settled_by="Kari",
                settled_persons=["user:901"],
            )
        )


@pytest.mark.parametrize("actor", [administrator(), writer(1), udi()])
def test_for_others_it_does_not_exist(session: Session, actor: Actor):
    _, approval = a_reversal(session)

    with pytest.raises(NotFound):
        approve(session, approval, by=actor)
    with pytest.raises(NotFound):
        approving.reject(session, approval, reason="x", actor=actor, at=LATER)
    assert awaiting.approvals(session, actor=actor).items == ()


def test_the_auditor_reads_and_confirms_nothing(session: Session):
    _, approval = a_reversal(session)

    assert awaiting.awaiting(session, approval, actor=auditor()).id == approval
    with pytest.raises(NotAllowed):
        approve(session, approval, by=auditor())


def test_confirming_again_changes_nothing_and_another_hears_who_did(session: Session):
    _, approval = a_reversal(session)
    approve(session, approval, by=JONAS)

    approve(session, approval, by=JONAS)
    with pytest.raises(ApprovalSettled) as refused:
        approve(session, approval, by=HANNE)

    assert refused.value.facts == {"state": ApprovalState.APPROVED, "settled_by": "Jonas"}


# What has changed ------------------------------------------------------------------------------


def test_a_case_that_has_moved_since_is_told_and_not_done(session: Session):
    case, approval = a_reversal(session)
    session.execute(update(Case).where(Case.id == case).values(version=Case.version + 1))

    with pytest.raises(ApprovalStale) as refused:
        approve(session, approval, by=JONAS)

    (changed,) = refused.value.facts["changed"]
    assert (changed["what"], changed["is"]) == ("version", changed["was"] + 1)
    assert awaiting.awaiting(session, approval, actor=JONAS).state is ApprovalState.WAITING


def test_a_case_withdrawn_meanwhile_is_stale_and_not_a_wrong_state(session: Session):
    case, approval = a_reversal(session)
    session.execute(update(ApprovalRule).values(needed=False))
    withdraw(session, case, by=HANNE)

    with pytest.raises(ApprovalStale) as refused:
        approve(session, approval, by=JONAS)

    assert {"what": "state", "was": "placed", "is": "withdrawn"} in refused.value.facts["changed"]


# Preparing -------------------------------------------------------------------------------------


def test_preparing_the_same_again_is_the_same(session: Session):
    case, approval = a_reversal(session)

    again = prepared(session, lambda: withdraw(session, case, by=KARI), by=KARI)

    assert again == approval


def test_the_same_persons_other_wish_takes_the_place_of_the_first(session: Session):
    case, first = a_reversal(session)

    second = prepared(
        session,
        lambda: commands.lapse(session, case, reason="Kommer ikke", actor=KARI, at=LATER),
        by=KARI,
    )

    states = {row.id: row.state for row in session.execute(select(Approval.id, Approval.state))}
    assert (states[first], states[second]) == (ApprovalState.TAKEN_BACK, ApprovalState.WAITING)


def test_another_who_prepares_the_same_hears_that_it_waits(session: Session):
    case, approval = a_reversal(session)

    with pytest.raises(SecondPersonNeeded) as needed:
        withdraw(session, case, by=JONAS)
    with pytest.raises(AlreadyWaits) as refused:
        approvals.prepare(session, needed.value.asked, actor=JONAS, at=LATER)

    assert refused.value.facts == {"approval_id": str(approval), "prepared_by": "Kari"}


def test_rejecting_needs_a_reason_and_taking_back_does_not(session: Session):
    _, approval = a_reversal(session)
    with pytest.raises(ReasonMissing):
        approving.reject(session, approval, reason=None, actor=JONAS, at=LATER)

    approving.reject(session, approval, reason="Feil sak", actor=JONAS, at=LATER)
    approving.reject(session, approval, reason="Feil sak", actor=JONAS, at=LATER)

    seen = awaiting.awaiting(session, approval, actor=KARI)
    assert (seen.state, seen.settled_by, seen.reason) == (
        ApprovalState.REJECTED,
        "Jonas",
        "Feil sak",
    )
    with pytest.raises(ApprovalSettled):
        approve(session, approval, by=HANNE)
    _, own = a_reversal(session)
    approving.reject(session, own, reason=None, actor=KARI, at=LATER)
    assert awaiting.awaiting(session, own, actor=KARI).state is ApprovalState.TAKEN_BACK


def test_what_waits_is_listed_for_who_may_confirm_it(session: Session):
    _, approval = a_reversal(session)

    assert [one.id for one in awaiting.to_confirm(session, limit=9, actor=JONAS)] == [approval]
    assert awaiting.to_confirm(session, limit=9, actor=KARI) == []
    (seen,) = awaiting.approvals(session, actor=KARI).items
    assert (seen.own, seen.may_confirm) == (True, False)


def test_a_protected_case_is_in_no_list_and_confirmed_by_persons_named_for_it(session: Session):
    case, approval = a_reversal(session)
    session.execute(
        update(Case).where(Case.id == case).values(address_protection=Protection.CONFIDENTIAL)
    )

    with pytest.raises(NotFound):
        approve(session, approval, by=JONAS)
    session.execute(
        insert(ProtectedAccess),
        {"case_id": case, "user_id": 902, "given_at": NOW, "given_by": "Liv", "reason": "Fast"},
    )

    assert awaiting.awaiting(session, approval, actor=JONAS).case_id == case
    assert awaiting.approvals(session, actor=JONAS).items == ()
    assert awaiting.to_confirm(session, limit=9, actor=JONAS) == []
    with pytest.raises(NotFound):
        approve(session, approval, by=behind(JONAS, HANNE))  # what is given by name is not lent


def test_the_list_goes_on_where_the_page_ended(session: Session):
    made = [a_reversal(session)[1] for _ in range(3)]

    first = awaiting.approvals(session, limit=2, actor=JONAS)
    rest = awaiting.approvals(session, limit=2, after=first.next, actor=JONAS)

    assert {one.id for one in (*first.items, *rest.items)} == set(made)
    assert rest.next is None
    with pytest.raises(Invalid):
        awaiting.approvals(session, after="x", actor=JONAS)
