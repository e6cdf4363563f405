"""Rule sets before they are in force, what a run was planned from, scores, what-ifs."""

from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from app.api import API
from app.api.parameters import Language, NumberInPath
from app.api.refusals import changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.planning import (
    BarrierOut,
    CostOut,
    OverrideIn,
    ReplayOut,
    RuleDraftIn,
    RuleDraftOut,
    RunPlanOut,
    ScoreImportIn,
    ScoreImportOut,
    ScoresImportedOut,
    WhatIfIn,
    WhatIfOut,
    WhyNotOut,
)
from app.approving import WAITS, Waiting
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.languages import speaking
from app.signin import CurrentActor
from app.wording import barred, label
from workflow.planning.explained import Cost
from workflow.redistribution import drafts, kept, overriding, rules, scores, what_ifs
from workflow.redistribution.rules import NewRuleSet

router = APIRouter(tags=["planning"], route_class=OnceRoute)


@router.get("/rule-drafts", operation_id="listRuleDrafts", responses=refusals(404))
def list_drafts(session: ReadSession, actor: CurrentActor) -> ListOf[RuleDraftOut]:
    """Rule sets that are written, simulated or proposed, the newest first (IMDi, auditor)."""
    return ListOf(items=[RuleDraftOut.of(one) for one in drafts.drafts(session, actor=actor)])


@router.post(
    "/rule-drafts",
    status_code=201,
    operation_id="writeRuleDraft",
    dependencies=[Once],
    responses=changes(),
)
def write_draft(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: RuleDraftIn
) -> RuleDraftOut:
    """Write a rule set; nothing is in force by it (IMDi's lead)."""
    new = NewRuleSet(
        body.valid_from,
        Decimal(str(body.vacancy_window)),
        body.next_shown,
        body.note,
        rules.read_planning(body.planning.words()),
    )
    made = drafts.write(session, new, actor=actor, at=at)
    response.headers["location"] = f"{API}/rule-drafts/{made}"
    return RuleDraftOut.of(drafts.draft(session, made, actor=actor))


@router.get("/rule-drafts/{draft_id}", operation_id="getRuleDraft", responses=refusals(404, 422))
def get_draft(session: ReadSession, actor: CurrentActor, draft_id: UUID) -> RuleDraftOut:
    """One of them."""
    return RuleDraftOut.of(drafts.draft(session, draft_id, actor=actor))


@router.post(
    "/rule-drafts/{draft_id}/simulate",
    operation_id="simulateRuleDraft",
    dependencies=[Once],
    responses=changes(404, codes="rule_draft.settled scores.none"),
)
def simulate(session: WriteSession, actor: CurrentActor, at: Now, draft_id: UUID) -> RuleDraftOut:
    """Try it on the cases of the last 31 days, beside the rules in force (IMDi's lead)."""
    drafts.simulate(session, draft_id, actor=actor, at=at)
    return RuleDraftOut.of(drafts.draft(session, draft_id, actor=actor))


@router.post(
    "/rule-drafts/{draft_id}/propose",
    operation_id="proposeRuleDraft",
    dependencies=[Once],
    response_model=RuleDraftOut,
    responses=changes(
        404, codes="rule_draft.not_simulated rule_draft.settled approvals.waits_already"
    )
    | WAITS,
)
def propose(
    session: WriteSession, actor: CurrentActor, at: Now, draft_id: UUID
) -> RuleDraftOut | Response:
    """Put a simulated rule set in force from its day on; by two persons where it takes two."""
    drafts.propose(session, draft_id, actor=actor, at=at)
    waiting = Waiting(session, actor, at)
    with waiting.or_waits():
        drafts.put_in_force(session, draft_id, actor=actor, at=at)
    if waiting.ids:
        return waiting.answer()
    return RuleDraftOut.of(drafts.draft(session, draft_id, actor=actor))


@router.get(
    "/redistribution-runs/{run_id}/plan",
    operation_id="getRunPlan",
    responses=refusals(404, 409, 422, codes="run.not_kept"),
)
def get_plan(session: ReadSession, actor: CurrentActor, run_id: UUID) -> RunPlanOut:
    """The rules a run follows, its figures, and its steps with their bounds (IMDi, auditor)."""
    run = kept.kept_run(session, run_id, actor=actor)
    return RunPlanOut(
        rules=run.rules.to_mapping(),
        planner_version=run.planner_version,
        planned_on=run.basis.on,
        inputs_sha256=run.inputs_sha256,
        intact=run.intact,
        outcome=None if run.outcome is None else dict(run.outcome),
    )


@router.get(
    "/redistribution-runs/{run_id}/replay",
    operation_id="replayRun",
    responses=refusals(404, 409, 422, codes="run.not_kept run.other_planner"),
)
def replay(session: ReadSession, actor: CurrentActor, run_id: UUID) -> ReplayOut:
    """Plan the run again from what was kept, and compare; nothing is changed (IMDi, auditor)."""
    again = kept.plan_again(session, run_id, actor=actor)
    return ReplayOut(
        same=again.same, cases=len(again.planned.lines), differing=list(again.differing)
    )


@router.get(
    "/redistribution-runs/{run_id}/items/{case_id}/why-not/{number}",
    operation_id="whyNot",
    responses=refusals(404, 409, 422, codes="run.not_kept"),
)
def why_not(
    session: ReadSession,
    actor: CurrentActor,
    language: Language,
    run_id: UUID,
    case_id: UUID,
    number: NumberInPath,
) -> WhyNotOut:
    """Why a case of a run is not put to a municipality, and what would have to change."""
    found = overriding.case_in_run(session, run_id, case_id, instead=number, actor=actor)
    answer = found.not_there
    assert answer is not None  # noqa: S101  it was asked for
    with speaking(language):
        barriers = [
            BarrierOut(
                code=one.code,
                text=barred(one.code, one.facts),
                facts=dict(one.facts),
                change=None if one.change is None else label(one.change, "change"),
            )
            for one in answer.barriers
        ]
    return WhyNotOut(
        case_number=answer.case_number,
        municipality_number=answer.municipality_number,
        barriers=barriers,
        cost=None if answer.cost is None else _cost(answer.cost),
        moved=dict(answer.moved),
    )


@router.post(
    "/redistribution-runs/{run_id}/items/{case_id}/override",
    operation_id="overrideRunItem",
    dependencies=[Once],
    responses=changes(
        404, codes="override.barred override.no_room run.not_preview run.not_kept reason.missing"
    ),
)
def override(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    run_id: UUID,
    case_id: UUID,
    body: OverrideIn,
) -> CostOut:
    """Put one case of a preview elsewhere, for a reason; the run has another token then (IMDi)."""
    return _cost(
        overriding.override(
            session,
            run_id,
            case_id,
            municipality_number=body.municipality_number,
            reason=body.reason,
            actor=actor,
            at=at,
        )
    )


def _cost(cost: Cost) -> CostOut:
    told: dict[str, Any] = overriding.cost_data(cost)
    return CostOut(**told)


@router.get("/score-imports", operation_id="listScoreImports", responses=refusals(404))
def list_scores(session: ReadSession, actor: CurrentActor) -> ListOf[ScoreImportOut]:
    """Where outcome scores come from, the newest first; the first is used where scores are."""
    return ListOf(items=[ScoreImportOut.of(one) for one in scores.imports(session, actor=actor)])


@router.post(
    "/score-imports",
    status_code=201,
    operation_id="importScores",
    dependencies=[Once],
    responses=changes(),
)
def import_scores(
    session: WriteSession, actor: CurrentActor, at: Now, body: ScoreImportIn
) -> ScoresImportedOut:
    """Bring in outcome scores; they settle nothing until a run is made by `score` (IMDi's lead).

    With a first column `person` each line is one adult's chance, 0 to 1: `household_score` of the
    rule set in force says how they become the household's, and who they are is not kept.
    """
    done = scores.import_scores(
        session,
        BytesIO(body.text.encode()),
        source=body.source,
        file_name=body.file_name,
        actor=actor,
        at=at,
    )
    seen = next(one for one in scores.imports(session, actor=actor) if one.id == done.import_id)
    return ScoresImportedOut.of(seen, rejected=[str(row) for row in done.rejected])


@router.get("/what-ifs", operation_id="listWhatIfs", responses=refusals(404))
def list_what_ifs(session: ReadSession, actor: CurrentActor) -> ListOf[WhatIfOut]:
    """Kept questions with what they came to, the newest first (IMDi, auditor)."""
    return ListOf(items=[WhatIfOut.of(one) for one in what_ifs.kept(session, actor=actor)])


@router.post(
    "/what-ifs",
    status_code=201,
    operation_id="keepWhatIf",
    dependencies=[Once],
    responses=changes(),
)
def keep_what_if(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: WhatIfIn
) -> WhatIfOut:
    """What would follow from other figures, kept under a name; no figure is changed (IMDi)."""
    made = what_ifs.keep(session, body.name, body.question(), actor=actor, at=at)
    response.headers["location"] = f"{API}/what-ifs/{made}"
    return WhatIfOut.of(what_ifs.one(session, made, actor=actor))


@router.get("/what-ifs/{what_if_id}", operation_id="getWhatIf", responses=refusals(404, 422))
def get_what_if(session: ReadSession, actor: CurrentActor, what_if_id: UUID) -> WhatIfOut:
    """One of them."""
    return WhatIfOut.of(what_ifs.one(session, what_if_id, actor=actor))
