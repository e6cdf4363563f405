"""Drafts of rule sets, overrides, scores and what-ifs, with every field."""

from datetime import date
from decimal import Decimal
from io import BytesIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import a_case, a_municipality, asked, lead, officer
from tests.journeys.stage import THEN, Stage, Stages, number, withdraw
from workflow.cases.models import Case
from workflow.planning.rule_sets import Method
from workflow.redistribution import drafts, preparing, redistribution_runs, scores, what_ifs
from workflow.redistribution.rules import NewRuleSet
from workflow.redistribution.what_if import Changes

STAGES = Stages()
DRAFT = {
    "valid_from": "2100-07-01",
    "vacancy_window": 0.05,
    "next_shown": 4,
    "note": "Etter høring",
    "planning": {
        "method": "score",
        "steps": ["former"],
        "band": 0.02,
        "household_score": "mean",
        "needs_checked": ["wheelchair", "language"],
        "health_within": 60,
        "weeks_ahead": 12,
    },
}


def a_draft(session: Session) -> UUID:
    new = NewRuleSet(date(2100, 7, 1), Decimal("0.05"), 4, "Etter høring")
    return drafts.write(session, new, actor=lead(), at=THEN)


def a_what_if(session: Session) -> UUID:
    asked_about = what_ifs.Question(Changes())
    return what_ifs.keep(session, "Som nå", asked_about, actor=lead(), at=THEN)


def a_preparation(session: Session) -> UUID:
    return preparing.prepare(session, case_ids=None, actor=officer(), at=THEN)


@STAGES.of("writeRuleDraft")
def _(session: Session) -> Stage:
    return Stage(lead(), "/rule-drafts", body=DRAFT)


@STAGES.of("simulateRuleDraft")
def _(session: Session) -> Stage:
    at = {"draft_id": str(a_draft(session))}
    return Stage(lead(), "/rule-drafts/{draft_id}/simulate", at)


@STAGES.of("proposeRuleDraft")
def _(session: Session) -> Stage:
    made = a_draft(session)
    drafts.simulate(session, made, actor=lead(), at=THEN)
    return Stage(lead(), "/rule-drafts/{draft_id}/propose", {"draft_id": str(made)})


@STAGES.of("stopRunPreparation")
def _(session: Session) -> Stage:
    made = a_preparation(session)
    return Stage(
        officer(), "/run-preparations/{preparation_id}/stop", {"preparation_id": str(made)}
    )


@STAGES.of("overrideRunItem")
def _(session: Session) -> Stage:
    here, there = a_municipality(session, decided=60), a_municipality(session, decided=4)
    case = a_case(session)
    asked(session, case, here)
    withdraw(session, case)
    run = redistribution_runs.preview(
        session, case_ids=[case], method=Method.BALANCED, actor=officer(), at=THEN
    )
    return Stage(
        officer(),
        "/redistribution-runs/{run_id}/items/{case_id}/override",
        {"run_id": str(run.id), "case_id": str(case)},
        {"municipality_number": number(session, there), "reason": "Søsken bor der"},
    )


@STAGES.of("importScores")
def _(session: Session) -> Stage:
    here, case = a_municipality(session), a_case(session)
    named = session.scalars(select(Case.case_number).where(Case.id == case)).one()
    text = f"case,municipality,score\n{named},{number(session, here)},0.5\n"
    body = {"source": "Modell 1", "file_name": "scores.csv", "text": text}
    return Stage(lead(), "/score-imports", body=body)


def some_scores(session: Session, case: UUID, municipality_id: int) -> None:
    named = session.scalars(select(Case.case_number).where(Case.id == case)).one()
    text = f"case,municipality,score\n{named},{number(session, municipality_id)},0.5\n"
    scores.import_scores(
        session, BytesIO(text.encode()), source="x", file_name="x", actor=lead(), at=THEN
    )


@STAGES.of("keepWhatIf")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=10)
    return Stage(
        officer(),
        "/what-ifs",
        body={
            "name": "Som i 2020",
            "per_cent": -34.3,
            "least": 10,
            "decisions_follow": True,
            "more_places": [{"municipality_number": number(session, here), "places": 5}],
            "airports_closed": ["TRD"],
            "before": "2020-03-12",
        },
    )
