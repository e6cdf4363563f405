"""A run by any rule set, and planned again from what was kept: the same reasons."""

import json
from fractions import Fraction
from io import BytesIO
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    auditor,
    lead,
    officer,
    writer,
)
from tests.workflow.books import figures, the_case
from tests.workflow.redistribution.withdrawn import confirm, lines, preview, undo, withdrawn
from workflow.cases import commands as cases
from workflow.cases.models import Case, Distribution
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.municipalities.models import Municipality
from workflow.planning.rule_sets import Method
from workflow.redistribution import commands
from workflow.redistribution.errors import (
    NoScores,
    OverrideBarred,
    OverrideNoRoom,
    PlannerChanged,
    RunNotKept,
    RunNotPreview,
)
from workflow.redistribution.kept import kept_run, plan_again
from workflow.redistribution.models import Run, RunItem, RunPlan
from workflow.redistribution.overriding import case_in_run, override
from workflow.redistribution.scores import import_scores, imports
from workflow.redistribution.states import ItemOutcome, RunState

METHODS = [Method.RULE, Method.BALANCED, Method.SCORE]


def number(session: Session, municipality_id: int) -> str:
    return session.scalars(
        select(Municipality.number).where(Municipality.id == municipality_id)
    ).one()


def case_number(session: Session, case_id: object) -> str:
    return session.scalars(select(Case.case_number).where(Case.id == case_id)).one()


def scores(session: Session, rows: list[tuple[object, int, float]], **given: object) -> object:
    text = "case,municipality,score\n" + "".join(
        f"{case_number(session, case)},{number(session, place)},{score}\n"
        for case, place, score in rows
    )
    told = {"source": "Oppdiktet", "file_name": "skår.csv", "actor": lead(), "at": NOW} | given
    return import_scores(session, BytesIO(text.encode()), **told)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_a_run_planned_again_from_what_was_kept_gives_the_same_reasons(session: Session, method):
    here, there = a_municipality(session, decided=12), a_municipality(session, decided=20)
    a_vacancy(session, there, places=3)
    chosen = [withdrawn(session, here, persons=size) for size in (3, 2, 5, 9, 4)]
    scores(session, [(case, there, 0.25 * place) for place, case in enumerate(chosen)])
    run = preview(session, chosen, method=method)
    before = {case: (one.municipality_id, one.reasons) for case, one in lines(session, run).items()}

    session.execute(update(Municipality).where(Municipality.id == there).values(number="9998"))
    again = plan_again(session, run.id, actor=auditor())

    kept = kept_run(session, run.id, actor=officer())
    assert again.same
    assert kept.intact
    assert kept.rules.version == run.rules_version
    assert {line.case_number for line in again.planned.lines} == {
        case_number(session, case) for case in chosen
    }
    after = {case: (one.municipality_id, one.reasons) for case, one in lines(session, run).items()}
    assert after == before
    # From the text in the database alone, by whoever has it.
    assert json.loads(json.dumps([line.reasons for line in again.planned.lines])) == [
        one.reasons for one in lines(session, run).values()
    ]


@pytest.mark.parametrize("method", METHODS)
def test_no_method_puts_a_case_where_the_published_order_may_not(session: Session, method):
    declined, full = a_municipality(session, decided=50), a_municipality(session, decided=1)
    said_no, unregistered = a_municipality(session, decided=0), a_municipality(session)
    fits = a_municipality(session, decided=4)
    case = withdrawn(session, fits, persons=3)
    commands.redistribute(
        session,
        case,
        municipality_id=declined,
        override_reason="Prøve",
        actor=officer(),
        at=NOW,
    )
    cases.decline(
        session, case, reason_code="no_housing", text=None, actor=writer(declined), at=NOW
    )
    scores(session, [(case, place, 99.0) for place in (declined, full, said_no, unregistered)])

    run = preview(session, [case], method=method)

    (line,) = lines(session, run).values()
    assert line.municipality_id == fits


def test_the_planner_evens_out_and_tells_its_steps_with_their_bounds(session: Session):
    small, large = a_municipality(session, decided=10), a_municipality(session, decided=30)
    source = a_municipality(session, decided=2)
    chosen = [withdrawn(session, source, persons=2) for _ in range(10)]

    run = preview(session, chosen, method=Method.BALANCED)

    placed = [line.municipality_id for line in lines(session, run).values()]
    assert (placed.count(small), placed.count(large)) == (2, 7)
    kept = kept_run(session, run.id, actor=officer())
    assert kept.outcome is not None
    steps = {step["step"]: step for step in kept.outcome["steps"]}
    assert steps["persons"]["value"] == steps["persons"]["bound"] == 20
    assert steps["balance"]["missing"] == pytest.approx(0, abs=0.01)
    assert run.parameters["method"] == "balanced"


def test_a_planned_run_is_confirmed_once_and_undone_as_any_other(session: Session):
    here, there = a_municipality(session, decided=4), a_municipality(session, decided=40)
    chosen = [withdrawn(session, here, persons=2) for _ in range(4)]
    run = preview(session, chosen, method=Method.BALANCED)

    confirm(session, run)
    confirm(session, run)

    held = figures(session, here).held + figures(session, there).held
    assert held == 8
    assert {the_case(session, case).state for case in chosen} == {"redistributed"}
    undo(session, run)
    assert figures(session, here).held + figures(session, there).held == 0
    assert run.state is RunState.UNDONE
    assert plan_again(session, run.id, actor=officer()).same


def from_a_full_one(session: Session, *, persons: int) -> UUID:
    """A withdrawn case whose former municipality has filled its places since."""
    source = a_municipality(session, decided=persons)
    case = withdrawn(session, source, persons=persons)
    asked(session, a_case(session, persons=persons), source)
    return case


def overridable(session: Session) -> tuple[Run, UUID, int, int]:
    """A run of one case that the plan puts in the first municipality, and a second with room."""
    first, second = a_municipality(session, decided=50), a_municipality(session, decided=20)
    case = from_a_full_one(session, persons=4)
    run = preview(session, [case], method=Method.BALANCED)
    (line,) = lines(session, run).values()
    other = second if line.municipality_id == first else first
    assert line.municipality_id is not None
    return run, case, line.municipality_id, other


def test_an_override_tells_its_cost_and_makes_another_token(session: Session):
    run, case, planned, other = overridable(session)
    token = run.token

    cost = override(
        session,
        run.id,
        case,
        municipality_number=number(session, other),
        reason="Søsken bor der",
        actor=officer(),
        at=NOW,
    )

    (line,) = lines(session, run).values()
    assert (line.municipality_id, line.outcome) == (other, ItemOutcome.WILL_PLACE)
    assert line.override is not None
    assert line.override["reason"] == "Søsken bor der"
    assert line.override["cost"]["deviation_pp"] == pytest.approx(cost.deviation_pp, abs=1e-5)
    assert (cost.persons, cost.score) == (0, None)
    assert cost.deviation_pp > 0
    session.refresh(run)
    assert run.token != token
    assert run.counts["overridden"] == 1
    with pytest.raises(Invalid):
        confirm(session, Run(id=run.id, token=token))
    confirm(session, run)
    put = session.scalars(
        select(Distribution).where(Distribution.case_id == case, Distribution.closed_at.is_(None))
    ).one()
    assert (put.municipality_id, put.override_reason) == (other, "Søsken bor der")
    assert plan_again(session, run.id, actor=officer()).same
    with pytest.raises(RunNotPreview):
        override(
            session,
            run.id,
            case,
            municipality_number=number(session, planned),
            reason="Ombestemt",
            actor=officer(),
            at=NOW,
        )


def test_the_plans_own_choice_takes_an_override_back(session: Session):
    run, case, planned, other = overridable(session)
    token = run.token

    for chosen in (other, planned):
        override(
            session,
            run.id,
            case,
            municipality_number=number(session, chosen),
            reason="Ombestemt",
            actor=officer(),
            at=NOW,
        )

    (line,) = lines(session, run).values()
    session.refresh(run)
    assert (line.municipality_id, line.override) == (planned, None)
    assert (run.token, run.counts["overridden"]) == (token, 0)


def test_an_override_without_reason_room_or_against_a_hard_rule_is_refused(session: Session):
    run, case, _, other = overridable(session)
    unregistered, tiny = a_municipality(session), a_municipality(session, decided=1)
    run = preview(session, [case], method=Method.BALANCED)

    def attempt(place: int, reason: str | None, by: object = None) -> None:
        override(
            session,
            run.id,
            case,
            municipality_number=number(session, place),
            reason=reason,
            actor=by or officer(),  # type: ignore[arg-type]
            at=NOW,
        )

    with pytest.raises(ReasonMissing):
        attempt(other, None)
    with pytest.raises(OverrideNoRoom):
        attempt(tiny, "Ønske")
    with pytest.raises(OverrideBarred):
        attempt(unregistered, "Ønske")
    with pytest.raises(NotAllowed):
        attempt(other, "Ønske", auditor())


def test_a_case_of_a_run_says_why_not_elsewhere_and_what_would_have_to_change(session: Session):
    run, case, planned, other = overridable(session)
    tiny = a_municipality(session, decided=1)
    run = preview(session, [case], method=Method.RULE)

    answers = {
        place: case_in_run(
            session,
            run.id,
            case,
            instead=number(session, place),
            actor=auditor(),
        ).not_there
        for place in (planned, other, tiny)
    }

    assert answers[planned].cost.persons == 0
    assert answers[other].barriers == ()
    (barrier,) = answers[tiny].barriers
    assert (barrier.code, barrier.change, barrier.facts["more"]) == (
        "places.too_few",
        "change.places",
        3,
    )
    with pytest.raises(NotFound):
        case_in_run(session, run.id, case, instead="0000", actor=auditor())
    with pytest.raises(NotFound):
        case_in_run(session, run.id, case, instead=None, actor=writer(other))


def test_scores_are_brought_in_by_the_lead_with_where_they_come_from(session: Session):
    here = a_municipality(session, decided=5)
    case = a_case(session)
    text = (
        "case,municipality,score\n"
        f"{case_number(session, case)},{number(session, here)},0.7\n"
        f"{case_number(session, case)},{number(session, here)},0.9\n"
        f"2020-999999,{number(session, here)},0.7\n"
        f"{case_number(session, case)},0000,0.7\n"
        f"{case_number(session, case)},{number(session, here)},mye\n"
    )
    given = {"source": "Modell 1", "file_name": "s.csv", "actor": lead(), "at": NOW}

    done = import_scores(session, BytesIO(text.encode()), **given)  # type: ignore[arg-type]

    assert (done.cases, done.pairs) == (1, 1)
    assert [(row.line, row.column) for row in done.rejected] == [
        (3, "case"),
        (4, "case"),
        (5, "municipality"),
        (6, "score"),
    ]
    (seen,) = imports(session, actor=auditor())
    assert (seen.source, seen.actor, seen.pairs) == ("Modell 1", lead().name, 1)
    with pytest.raises(NotAllowed):
        import_scores(session, BytesIO(text.encode()), **given | {"actor": officer()})  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        import_scores(session, BytesIO(b"case,municipality,score\n"), **given)  # type: ignore[arg-type]


def test_scores_settle_nothing_until_they_are_asked_for(session: Session):
    here, there = a_municipality(session, decided=40), a_municipality(session, decided=40)
    case = from_a_full_one(session, persons=4)
    with pytest.raises(NoScores):
        preview(session, [case], method=Method.SCORE)
    scores(session, [(case, there, 5.0), (case, here, 1.0)])

    by_rule, by_score = preview(session, [case]), preview(session, [case], method=Method.SCORE)

    assert "scores" not in by_rule.parameters
    (line,) = lines(session, by_score).values()
    assert line.municipality_id == there
    assert by_score.parameters["scores"] > 0
    kept = kept_run(session, by_score.id, actor=officer())
    assert kept.basis.scores == {
        (case_number(session, case), number(session, there)): 5.0,
        (case_number(session, case), number(session, here)): 1.0,
    }


def test_a_run_whose_basis_is_gone_or_whose_planner_has_changed_says_so(session: Session):
    run, _, _, _ = overridable(session)
    session.execute(update(RunPlan).where(RunPlan.run_id == run.id).values(planner_version=1))
    with pytest.raises(PlannerChanged):
        plan_again(session, run.id, actor=officer())
    session.execute(update(RunItem).where(RunItem.run_id == run.id).values(input=None))
    with pytest.raises(RunNotKept):
        plan_again(session, run.id, actor=officer())


def test_a_band_goes_with_the_score_alone(session: Session):
    here = a_municipality(session, decided=40)
    case = withdrawn(session, here)

    with pytest.raises(Invalid):
        preview(session, [case], method=Method.BALANCED, band=Fraction(1, 50))
