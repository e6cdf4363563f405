"""The published rules, and the measures that pause a group."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.api.refusals import changes, refusals
from app.api.schemas.approvals import RuleSetIn
from app.api.schemas.cases import MeasureIn, MeasureOut
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.runs import RuleSetOut, RulesOut
from app.approving import WAITS, Waiting
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.cases import measures
from workflow.kernel.calendar import local_day
from workflow.redistribution import drafts, rules

router = APIRouter(tags=["rules"], route_class=OnceRoute)

MeasureInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("/rules", operation_id="getRules", responses=refusals())
def get_rules(session: ReadSession, actor: CurrentActor, at: Now) -> RulesOut:
    """The rule set in force today, and every version of it."""
    published = rules.published(session, on=local_day(at), actor=actor)
    return RulesOut(
        in_force=RuleSetOut.of(published.in_force),
        items=[RuleSetOut.of(version) for version in published.history],
    )


@router.get("/measures", operation_id="listMeasures", responses=refusals())
def list_measures(session: ReadSession, actor: CurrentActor) -> ListOf[MeasureOut]:
    """Government measures, the newest first, in one page (IMDi, UDI, auditor)."""
    known = measures.known(session, actor=actor)
    return ListOf(items=[MeasureOut.of(measure) for measure in known])


@router.post(
    "/measures",
    status_code=201,
    operation_id="startMeasure",
    dependencies=[Once],
    responses=changes(),
)
def start(session: WriteSession, actor: CurrentActor, at: Now, body: MeasureIn) -> MeasureOut:
    """Pause a group from a day to a day, both included (IMDi's lead)."""
    measure_id = measures.start(
        session,
        group=body.group,
        reason=body.reason,
        from_on=body.from_on,
        until_on=body.until_on,
        actor=actor,
        at=at,
    )
    return MeasureOut.of(measures.one(session, measure_id, actor=actor))


@router.post(
    "/measures/{measure_id}/end",
    operation_id="endMeasure",
    dependencies=[Once],
    responses=changes(404),
)
def end(
    session: WriteSession, actor: CurrentActor, at: Now, measure_id: MeasureInPath
) -> MeasureOut:
    """The measure holds no longer; ending it twice changes nothing."""
    measures.end(session, measure_id, actor=actor, at=at)
    return MeasureOut.of(measures.one(session, measure_id, actor=actor))


@router.post(
    "/rules",
    status_code=201,
    operation_id="putRulesInForce",
    dependencies=[Once],
    response_model=RuleSetOut,
    responses=changes(codes="approvals.waits_already") | WAITS,
)
def put_rules_in_force(
    session: WriteSession, actor: CurrentActor, at: Now, body: RuleSetIn
) -> RuleSetOut | Response:
    """A new version of the published order, from a day on; tried on last month (IMDi's lead)."""
    waiting = Waiting(session, actor, at)
    new = rules.NewRuleSet(
        valid_from=body.valid_from,
        vacancy_window=Decimal(str(body.vacancy_window)),
        next_shown=body.next_shown,
        note=body.note,
    )
    draft_id = drafts.all_at_once(session, new, actor=actor, at=at)
    with waiting.or_waits():
        drafts.put_in_force(session, draft_id, actor=actor, at=at)
    if waiting.ids:
        return waiting.answer()
    published = rules.published(session, on=local_day(at), actor=actor)
    return RuleSetOut.of(max(published.history, key=lambda version: version.version))
