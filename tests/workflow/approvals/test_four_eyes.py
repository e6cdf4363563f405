"""What touches many takes two: prepared by one, confirmed by another, done once, in both names."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.databases import Database
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    administrator,
    asked,
    auditor,
    lead,
    officer,
    placed,
    udi,
    writer,
)
from tests.workflow.at_once import at_once, done, refusals
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
from workflow.capacity.commands import Cause, YearChange, register_year
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.cases.errors import LegalGroundMissing
from workflow.cases.models import Case, CaseStep
from workflow.cases.states import CaseState
from workflow.kernel.actor import SYSTEM, Actor, Delegator, Role
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.redistribution import approving, awaiting, commands, rules, withdrawal_runs
from workflow.redistribution.errors import RunStale
from workflow.redistribution.models import RuleSetVersion, Run
from workflow.redistribution.states import RunState

LATER = NOW + timedelta(days=5)
WINDOW = timedelta(minutes=30)
KARI = Actor("Kari", Role.CASE_OFFICER, user_id=901)
JONAS = Actor("Jonas", Role.CASE_OFFICER, user_id=902)
HANNE = Actor("Hanne", Role.LEAD, user_id=903)
LIV = Actor("Liv", Role.LEAD, user_id=904)


def takes_two(session: Session, *actions: Action, threshold: int = 1) -> None:
    session.execute(
        update(ApprovalRule)
        .where(ApprovalRule.action.in_(actions or tuple(Action)))
        .values(needed=True, threshold=threshold)
    )


def prepared(session: Session, work: Callable[[], Any], *, by: Actor) -> UUID:
    with pytest.raises(SecondPersonNeeded) as needed:
        work()
    return approvals.prepare(session, needed.value.asked, actor=by, at=LATER)


def approve(session: Session, approval: UUID, *, by: Actor, authority_of: tuple[str, ...] = ()):
    approving.approve(
        session, approval, authority_of=authority_of, actor=by, at=LATER, undo_window=WINDOW
    )


def withdraw(session: Session, case: UUID, *, by: Actor, ground: str | None = "conditions_failed"):
    return commands.withdraw(session, case, reason="Stans", legal_ground=ground, actor=by, at=LATER)


def a_decided_case(session: Session) -> UUID:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    return case


def state(session: Session, case: UUID) -> CaseState:
    return session.scalars(select(Case.state).where(Case.id == case)).one()


def a_reversal(session: Session, *, by: Actor = KARI) -> tuple[UUID, UUID]:
    """A decided case and its reversal, waiting."""
    takes_two(session, Action.REVERSAL)
    case = a_decided_case(session)
    return case, prepared(session, lambda: withdraw(session, case, by=by), by=by)


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


def test_the_list_goes_on_where_the_page_ended(session: Session):
    made = [a_reversal(session)[1] for _ in range(3)]

    first = awaiting.approvals(session, limit=2, actor=JONAS)
    rest = awaiting.approvals(session, limit=2, after=first.next, actor=JONAS)

    assert {one.id for one in (*first.items, *rest.items)} == set(made)
    assert rest.next is None
    with pytest.raises(Invalid):
        awaiting.approvals(session, after="x", actor=JONAS)


# Runs, places, rules ---------------------------------------------------------------------------


def a_run(session: Session, cases: int, *, by: Actor = KARI) -> Run:
    here = a_municipality(session, decided=40)
    for _ in range(cases):
        asked(session, a_case(session), here)
    return withdrawal_runs.preview(
        session,
        before=LATER.date(),
        reason="Stans",
        legal_ground=None,
        actor=by,
        at=LATER,
    )


def confirm(session: Session, run: Run, *, by: Actor = KARI) -> Run:
    return withdrawal_runs.confirm(
        session, run.id, run.token, actor=by, at=LATER, undo_window=WINDOW
    )


def test_a_run_below_the_threshold_takes_one(session: Session):
    takes_two(session, Action.RUN, threshold=3)
    run = a_run(session, 2)

    confirm(session, run)

    assert run.state is RunState.CONFIRMED


def test_a_large_run_takes_two_and_names_both(session: Session):
    takes_two(session, Action.RUN, threshold=2)
    run = a_run(session, 2)
    approval = prepared(session, lambda: confirm(session, run), by=KARI)
    assert run.state is RunState.PREVIEW

    approve(session, approval, by=JONAS)

    session.refresh(run)
    assert (run.state, run.confirmed_by) == (RunState.CONFIRMED, "Kari & Jonas")


def test_a_run_whose_cases_moved_is_stale_with_what_moved(session: Session):
    takes_two(session, Action.RUN)
    run = a_run(session, 1)
    approval = prepared(session, lambda: confirm(session, run), by=KARI)
    session.execute(update(Case).values(version=Case.version + 1))

    with pytest.raises(RunStale) as refused:
        approve(session, approval, by=JONAS)

    assert refused.value.facts["changed"][0]["code"] == "run.case_changed"


def extra(session: Session, municipality: int, places: int, *, by: Actor) -> None:
    register_year(
        session,
        municipality_id=municipality,
        year=2020,
        pool=Pool.ORDINARY,
        change=YearChange(extra_places=places),
        cause=Cause(by, LATER, reason="Nytt hus"),
        on=LATER.date(),
    )


def extra_places(session: Session, municipality: int) -> int:
    return session.scalars(
        select(PlaceAccount.extra_places).where(PlaceAccount.municipality_id == municipality)
    ).one()


def test_extra_places_take_two_of_the_same_municipality(session: Session):
    takes_two(session, Action.EXTRA_PLACES, threshold=5)
    here, there = (a_municipality(session, decided=20) for _ in range(2))
    ola = replace(writer(here), user_id=911)
    extra(session, here, 4, by=ola)
    approval = prepared(session, lambda: extra(session, here, 9, by=ola), by=ola)
    assert extra_places(session, here) == 4

    for stranger in (replace(writer(there), user_id=912), HANNE):
        with pytest.raises(NotFound):
            approve(session, approval, by=stranger)
    approve(session, approval, by=replace(writer(here), name="Eli", user_id=913))

    assert extra_places(session, here) == 9


def test_extra_places_changed_meanwhile_are_stale(session: Session):
    takes_two(session, Action.EXTRA_PLACES)
    here = a_municipality(session, decided=20)
    ola = replace(writer(here), user_id=911)
    approval = prepared(session, lambda: extra(session, here, 9, by=ola), by=ola)
    extra(session, here, 2, by=SYSTEM)

    with pytest.raises(ApprovalStale) as refused:
        approve(session, approval, by=replace(writer(here), user_id=913))

    assert refused.value.facts["changed"] == [{"what": "extra_places", "was": 0, "is": 2}]


def new_rules(session: Session, *, by: Actor, window: str = "0.2") -> int:
    new = rules.NewRuleSet(date(2020, 7, 1), Decimal(window), 3, "Etter høring")
    return rules.put_in_force(session, new, actor=by, at=LATER)


def test_a_rule_set_takes_two_leads(session: Session):
    takes_two(session, Action.RULE_SET)
    approval = prepared(session, lambda: new_rules(session, by=HANNE), by=HANNE)

    with pytest.raises(NotFound):
        approve(session, approval, by=KARI)
    approve(session, approval, by=LIV)

    newest = session.scalars(select(RuleSetVersion).order_by(RuleSetVersion.version.desc())).first()
    assert newest is not None
    assert (newest.version, newest.actor, newest.vacancy_window) == (
        2,
        "Hanne & Liv",
        Decimal("0.2"),
    )


def test_another_version_that_came_meanwhile_makes_a_rule_set_stale(session: Session):
    takes_two(session, Action.RULE_SET)
    approval = prepared(session, lambda: new_rules(session, by=HANNE), by=HANNE)
    session.execute(update(ApprovalRule).values(needed=False))
    new_rules(session, by=LIV, window="0.3")

    with pytest.raises(ApprovalStale) as refused:
        approve(session, approval, by=LIV)

    assert {"what": "version", "was": 1, "is": 2} in refused.value.facts["changed"]


def test_rules_are_put_in_force_by_the_lead_alone_where_one_is_enough(session: Session):
    assert new_rules(session, by=HANNE) == 2
    with pytest.raises(NotAllowed):
        new_rules(session, by=KARI)
    for window in ("1.1", "-0.1", "NaN", "0.1234567"):
        with pytest.raises(Invalid):
            new_rules(session, by=HANNE, window=window)
    assert lead().role is Role.LEAD


# At once ---------------------------------------------------------------------------------------


def test_two_who_confirm_at_once_have_one_effect(committed: Database):
    for _ in range(4):
        case, approval = done(committed.sessions, a_reversal)

        outcomes = at_once(
            committed.sessions,
            *(
                lambda session, who=who, one=approval: approve(session, one, by=who)
                for who in (JONAS, HANNE, LIV)
            ),
        )

        assert refusals(outcomes) == ["approvals.settled"] * 2
        with committed.sessions() as session:
            taken = session.scalars(
                select(CaseStep).where(CaseStep.case_id == case, CaseStep.trigger == "withdraw")
            )
            assert len(taken.all()) == 1


def test_confirming_and_rejecting_at_once_has_one_outcome(committed: Database):
    case, approval = done(committed.sessions, a_reversal)

    outcomes = at_once(
        committed.sessions,
        lambda session: approve(session, approval, by=JONAS),
        lambda session: approving.reject(session, approval, reason="Nei", actor=HANNE, at=LATER),
    )

    assert refusals(outcomes) == ["approvals.settled"]
    with committed.sessions() as session:
        seen = awaiting.awaiting(session, approval, actor=KARI)
        expected = CaseState.WITHDRAWN if seen.settled_by == "Jonas" else CaseState.PLACED
        assert state(session, case) is expected


def test_two_who_prepare_the_same_at_once_make_one(committed: Database):
    def make(session: Session) -> UUID:
        takes_two(session, Action.REVERSAL)
        return a_decided_case(session)

    case = done(committed.sessions, make)

    def prepare(session: Session, who: Actor) -> UUID:
        return prepared(session, lambda: withdraw(session, case, by=who), by=who)

    outcomes = at_once(
        committed.sessions,
        lambda session: prepare(session, KARI),
        lambda session: prepare(session, JONAS),
    )

    assert refusals(outcomes) == ["approvals.waits_already"]
    with committed.sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM approvals")) == 1
