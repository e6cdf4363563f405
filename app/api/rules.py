"""The published rules, and the measures that pause a group."""

from typing import Annotated

from fastapi import APIRouter, Path

from app.api.refusals import changes, refusals
from app.api.schemas.cases import MeasureIn, MeasureOut
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.runs import RuleSetOut, RulesOut
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.cases import measures
from workflow.kernel.calendar import local_day
from workflow.redistribution import rules

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
