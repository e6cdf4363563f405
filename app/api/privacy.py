"""Erasure and retention, and who may open a case with a protected address."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from app.api.refusals import changes, refusals
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.privacy import (
    AccessOut,
    ApproveErasuresIn,
    DemandedOut,
    DemandIn,
    ErasureOut,
    ErasuresApproved,
    NamePersonIn,
    ProtectIn,
    ProtectionOut,
    ReasonIn,
    RetentionOut,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.cases import protected
from workflow.privacy import erasing, persons
from workflow.privacy.retention import ALL

router = APIRouter(tags=["privacy"], route_class=OnceRoute)

InPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
CaseNumberInPath = Annotated[str, Path(pattern=r"^[0-9]{4}-[0-9]{6}$", examples=["2020-000184"])]


@router.get("/retention-rules", operation_id="listRetentionRules", responses=refusals())
def list_rules(actor: CurrentActor) -> ListOf[RetentionOut]:
    """How long what is kept, since when, on what ground, and who lets go."""
    return ListOf(items=[RetentionOut.of(rule) for rule in ALL])


@router.get("/erasures", operation_id="listErasures", responses=refusals(403))
def list_erasures(session: ReadSession, actor: CurrentActor) -> ListOf[ErasureOut]:
    """What is proposed for erasure and waits for an answer (IMDi's lead, the administrator)."""
    return ListOf(items=[ErasureOut.of(one) for one in erasing.proposals(session, actor=actor)])


@router.post(
    "/erasures/approve",
    operation_id="approveErasures",
    dependencies=[Once],
    responses=changes(codes="erasure.stale"),
)
def approve(
    session: WriteSession, actor: CurrentActor, at: Now, body: ApproveErasuresIn
) -> ErasuresApproved:
    """Erase the chosen proposals for good; the worker does it, one at a time."""
    chosen = set(body.erasure_ids)
    return ErasuresApproved(approved=erasing.approve(session, chosen, actor=actor, at=at))


@router.post(
    "/erasures/{erasure_id}/keep",
    operation_id="keepErasure",
    status_code=204,
    dependencies=[Once],
    responses=changes(404, codes="reason.missing"),
)
def keep(
    session: WriteSession, actor: CurrentActor, at: Now, erasure_id: InPath, body: ReasonIn
) -> Response:
    """Keep what is proposed, for now, with a reason; it is proposed again in a year."""
    erasing.keep(session, erasure_id, reason=body.reason, actor=actor, at=at)
    return Response(status_code=204)


@router.post(
    "/persons/{person_id}/erasure",
    status_code=201,
    operation_id="demandErasure",
    dependencies=[Once],
    responses=changes(
        404,
        codes="reason.missing erasure.still_needed erasure.waits_already person.erased",
    ),
)
def demand(
    session: WriteSession, actor: CurrentActor, at: Now, person_id: UUID, body: DemandIn
) -> DemandedOut:
    """A person asks to be erased (GDPR art. 17): gone from the household, or in a lapsed case.

    It is put forward for approval. While the case goes on a public task needs what is known.
    """
    made = persons.demand(session, person_id, reason=body.reason, actor=actor, at=at)
    return DemandedOut(id=made, person_id=person_id)


@router.get(
    "/protected-cases/{case_number}",
    operation_id="getProtection",
    responses=refusals(403, 404, 422),
)
def get_protection(
    session: ReadSession,
    actor: CurrentActor,
    response: Response,
    case_number: CaseNumberInPath,
) -> ProtectionOut:
    """A case's protection and who is named for it, by its number (IMDi's lead).

    There is no list: who asks has the number from elsewhere. The case itself stays 404.
    """
    response.headers["cache-control"] = "no-store"
    return ProtectionOut.of(protected.protection_of(session, case_number, actor=actor))


@router.post(
    "/protected-cases/{case_number}/protect",
    operation_id="protectCase",
    dependencies=[Once],
    responses=changes(404, codes="reason.missing"),
)
def protect(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    case_number: CaseNumberInPath,
    body: ProtectIn,
) -> ProtectionOut:
    """Set, change or lift the protection of a case; its places leave the numbers, or return."""
    found = protected.protection_of(session, case_number, actor=actor)
    protected.protect(session, found.id, body.protection, reason=body.reason, actor=actor, at=at)
    return ProtectionOut.of(protected.protection_of(session, case_number, actor=actor))


@router.post(
    "/protected-cases/{case_number}/access",
    status_code=201,
    operation_id="nameForCase",
    dependencies=[Once],
    responses=changes(
        404, codes="reason.missing protection.own_grant protection.none protection.named_already"
    ),
)
def name_person(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    case_number: CaseNumberInPath,
    body: NamePersonIn,
) -> AccessOut:
    """A person may open the case from now on, in their own role; no token ever may."""
    found = protected.protection_of(session, case_number, actor=actor)
    made = protected.name_person(
        session, found.id, body.user_id, reason=body.reason, actor=actor, at=at
    )
    named = protected.protection_of(session, case_number, actor=actor)
    return AccessOut.of(next(one for one in named.access if one.id == made))


@router.post(
    "/protected-access/{grant_id}/end",
    operation_id="endAccess",
    status_code=204,
    dependencies=[Once],
    responses=changes(404, codes="reason.missing"),
)
def end_access(
    session: WriteSession, actor: CurrentActor, at: Now, grant_id: InPath, body: ReasonIn
) -> Response:
    """A person is named for the case no longer; ended twice, the first stands."""
    protected.end_access(session, grant_id, reason=body.reason, actor=actor, at=at)
    return Response(status_code=204)
