"""What municipalities were asked, and where a case should go."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api.parameters import Cursor, Language, Limit, NumberInQuery, YearInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.distributions import (
    DistributionOut,
    ExcludedOut,
    ProposalOut,
    ProposalsOut,
    ReasonOut,
)
from app.api.schemas.fields import ListOf, share, share_exact
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.languages import speaking
from app.reasons import reason_text
from app.signin import CurrentActor
from notifications.recipients import unreached
from notifications.states import Topic
from workflow.cases import commands, distributions
from workflow.cases.states import DistributionState
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.kernel.paging import USUAL_PAGE
from workflow.municipalities import queries as register
from workflow.ranking.order import Ranked
from workflow.redistribution.proposals import Proposals, propose, reason_data

router = APIRouter(tags=["distributions"], route_class=OnceRoute)


@router.get("/distributions", operation_id="listDistributions", responses=refusals(422))
def list_distributions(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    state: Annotated[list[DistributionState] | None, Query(description="Any of these.")] = None,
    municipality: NumberInQuery = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[DistributionOut]:
    """What municipalities were asked, the newest first; a municipality reads its own for good."""
    today = local_day(at)
    municipality_id = None
    if municipality is not None:
        try:
            municipality_id = register.by_number(session, municipality, on=today, actor=actor).id
        except NotFound:
            return ListOf(items=[])
    page = distributions.distributions(
        session,
        states=frozenset(state or ()),
        municipality_id=municipality_id,
        limit=limit,
        after=cursor,
        actor=actor,
    )
    items = [DistributionOut.of(seen, overdue=seen.is_overdue(today)) for seen in page.items]
    return ListOf(items=items, next=page.next)


@router.get(
    "/distributions/{distribution_id}",
    operation_id="getDistribution",
    responses=refusals(404, 422),
)
def get_distribution(
    session: ReadSession, actor: CurrentActor, at: Now, distribution_id: UUID
) -> DistributionOut:
    """One question to one municipality: what it was shown, its answer, what became of it."""
    seen = distributions.distribution(session, distribution_id, actor=actor)
    return DistributionOut.of(seen, overdue=seen.is_overdue(local_day(at)))


@router.post(
    "/distributions/{distribution_id}/reopen",
    operation_id="reopenDistribution",
    status_code=204,
    dependencies=[Once],
    responses=changes(404),
)
def reopen(session: WriteSession, actor: CurrentActor, at: Now, distribution_id: UUID) -> Response:
    """The municipality takes its no back: the case may be put to it again."""
    commands.reopen(session, distribution_id, actor=actor, at=at)
    return Response(status_code=204)


@router.get(
    "/cases/{case_id}/proposals",
    operation_id="listProposals",
    responses=refusals(403, 404, 409, 422),
)
def list_proposals(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    language: Language,
    case_id: UUID,
    year: YearInQuery = None,
    limit: Limit = 10,
) -> ProposalsOut:
    """The municipalities for a case in the published order, each with its reasons (IMDi).

    Where the case may be put to nobody now, the refusal says why.
    """
    proposals = propose(session, case_id, year=year, actor=actor, at=at)
    shown = [one.candidate.municipality_number for one in proposals.ranking.items[:limit]]
    silent = unreached(session, Topic.REQUESTS, shown, actor=actor)
    with speaking(language):
        items = [_proposal(proposals, item, silent) for item in proposals.ranking.items[:limit]]
    return ProposalsOut(
        track=proposals.case.track,
        rules_version=proposals.ranking.rules.version,
        year=proposals.year,
        items=items,
        excluded=[
            ExcludedOut(municipality_number=left_out.municipality_number, code=left_out.code)
            for left_out in proposals.ranking.excluded
        ],
    )


def _proposal(proposals: Proposals, item: Ranked, silent: Collection[str]) -> ProposalOut:
    candidate = item.candidate
    return ProposalOut(
        rank=item.rank,
        municipality_number=candidate.municipality_number,
        municipality_name=proposals.register.name_of[candidate.municipality_number],
        free=candidate.free,
        decided_places=candidate.decided_places or 0,
        unused_share=share(item.unused_share),
        unused_share_exact=share_exact(item.unused_share),
        vacancy_id=UUID(candidate.fitting_vacancy) if candidate.fitting_vacancy else None,
        reachable=candidate.municipality_number not in silent,
        reasons=[
            ReasonOut(**data, text=reason_text(data)) for data in map(reason_data, item.reasons)
        ],
    )
