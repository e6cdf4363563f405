"""IMDi's settlement decision, on one case or many."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, accepted, asked, auditor, lead, officer
from tests.workflow.books import events, faults, figures, questions, steps, the_case
from workflow.cases import deciding
from workflow.cases.errors import WrongState
from workflow.cases.models import Decision
from workflow.cases.moves import CaseInHand
from workflow.cases.states import CaseState, DecisionKind, DistributionState
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import NotAllowed, NotFound

LATER = NOW + timedelta(days=2)


def test_a_decided_case_is_placed_and_its_places_stay_held(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session, persons=3)
    accepted(session, case, here)

    deciding.decide(session, case, actor=officer(), at=LATER)

    now = the_case(session, case)
    assert (now.state, now.placed_on) == (CaseState.PLACED, LATER.date())
    assert figures(session, here).held == 3
    [decision] = session.scalars(select(Decision).where(Decision.case_id == case))
    assert (decision.kind, decision.municipality_id) == (DecisionKind.SETTLEMENT, here)
    assert (decision.legal_ground, decision.actor) == (None, officer().name)
    assert questions(session, case)[0].state is DistributionState.PLACED
    last = events(session, case)[-1]
    assert (last.type, last.facts) == ("case.placed", {"settlement_week": "2020-W24"})
    assert faults(session) == {}


def test_a_question_without_an_answer_is_not_decided(session: Session) -> None:
    here = a_municipality(session, decided=5)
    case = a_case(session)
    asked(session, case, here)

    with pytest.raises(WrongState):
        deciding.decide(session, case, actor=officer(), at=LATER)


def test_among_many_each_stands_for_itself(session: Session) -> None:
    here = a_municipality(session, decided=20)
    ready = [a_case(session) for _ in range(3)]
    for case in ready:
        accepted(session, case, here)
    unanswered, nobody = a_case(session), uuid4()
    asked(session, unanswered, here)
    wanted = [ready[0], nobody, ready[1], unanswered, ready[1], ready[2]]

    results = deciding.decide_many(session, wanted, actor=lead(), at=LATER)

    assert [case_id for case_id, _ in results] == [
        ready[0],
        nobody,
        ready[1],
        unanswered,
        ready[2],
    ], "in the order they were named, each once"
    outcomes = dict(results)
    assert isinstance(outcomes[nobody], NotFound)
    assert isinstance(outcomes[unanswered], WrongState)
    assert {the_case(session, case).state for case in ready} == {CaseState.PLACED}
    assert the_case(session, unanswered).state is CaseState.DISTRIBUTED
    assert steps(session, unanswered)[-1].trigger == "distribute"
    kept = session.scalars(select(Decision.case_id)).all()
    assert sorted(kept) == sorted(ready)
    assert faults(session) == {}


def test_what_is_written_of_one_among_many_is_what_is_written_of_one(session: Session) -> None:
    here = a_municipality(session, decided=20)
    alone, among = a_case(session), a_case(session)
    for case in (alone, among):
        accepted(session, case, here)

    deciding.decide(session, alone, actor=officer(), at=LATER)
    [(_, result)] = deciding.decide_many(session, [among], actor=officer(), at=LATER)

    def written(case: UUID) -> tuple:
        now, step, event = the_case(session, case), steps(session, case)[-1], events(session, case)
        question = questions(session, case)[-1]
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"case:{case}").order_by(AuditEntry.seq)
        ).all()[-1]
        return (
            *(now.state, now.placed_on, now.version, question.state, question.closed_at),
            *(step.trigger, step.source, step.dest, step.version, step.reason, step.facts),
            *(event[-1].type, event[-1].facts, event[-1].municipality_id),
            *(entry.action, entry.before, {"facts": {}, **(entry.after or {})}, entry.refusal),
        )

    assert written(among) == written(alone)
    assert isinstance(result, CaseInHand)
    assert (result.placed_on, result.version) == (LATER.date(), the_case(session, among).version)


def test_who_may_not_decide_decides_none_of_many(session: Session) -> None:
    here = a_municipality(session, decided=20)
    case = a_case(session)
    accepted(session, case, here)

    [(_, refusal)] = deciding.decide_many(session, [case], actor=auditor(), at=LATER)

    assert isinstance(refusal, NotAllowed)
    assert session.scalars(select(Decision)).all() == []


def test_none_at_all_is_nothing_done(session: Session) -> None:
    assert deciding.decide_many(session, [], actor=lead(), at=LATER) == []
