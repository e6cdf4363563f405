"""Runs, extra places and rule sets that wait; two who act at the same moment."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from tests.databases import Database
from tests.factories import (
    a_case,
    a_municipality,
    asked,
    lead,
    writer,
)
from tests.workflow.approvals.waiting import (
    HANNE,
    JONAS,
    KARI,
    LATER,
    LIV,
    WINDOW,
    a_decided_case,
    a_reversal,
    approve,
    prepared,
    state,
    takes_two,
    withdraw,
)
from tests.workflow.at_once import at_once, done, refusals
from workflow.approvals.errors import (
    ApprovalStale,
)
from workflow.approvals.models import ApprovalRule
from workflow.approvals.states import Action
from workflow.capacity.commands import Cause, YearChange, register_year
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.cases.models import Case, CaseStep
from workflow.cases.states import CaseState
from workflow.kernel.actor import SYSTEM, Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.redistribution import approving, awaiting, rules, withdrawal_runs
from workflow.redistribution.errors import RunStale
from workflow.redistribution.models import RuleSetVersion, Run
from workflow.redistribution.states import RunState

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
