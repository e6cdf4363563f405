"""The audit: who did what, for whom, when and why, and what it was and is."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.parameters import Cursor, Limit
from app.api.refusals import refusals
from app.api.schemas.audit import AuditEntryOut
from app.api.schemas.fields import ListOf
from app.audit import trail
from app.audit.trail import Wanted
from app.db import ReadSession
from app.idempotency import OnceRoute
from app.signin import CurrentActor
from workflow.kernel import audit
from workflow.kernel.audit import Kind
from workflow.kernel.paging import USUAL_PAGE

router = APIRouter(tags=["audit"], route_class=OnceRoute)

_Text = Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


@router.get("/audit", operation_id="listAudit", responses=refusals(403, 422))
def list_audit(
    session: ReadSession,
    actor: CurrentActor,
    case_id: Annotated[UUID | None, Query(description="The chain of this case.")] = None,
    subject: Annotated[_Text, Query(description="Another chain: `run:<id>`.")] = None,
    by: Annotated[
        _Text,
        Query(alias="actor", description="Who: `user:17`, `token:<name>`, `system`."),
    ] = None,
    action: _Text = None,
    refused: Annotated[bool | None, Query(description="Only attempts that were refused.")] = None,
    after: Annotated[
        int | None, Query(ge=0, le=2**63 - 1, description="A `position`: what came after it.")
    ] = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[AuditEntryOut]:
    """Entries in the order they were written (auditor, IMDi's lead).

    Within a chain each `previous_hash` is the `hash` of the entry before it; `bosetting audit
    verify` checks all of it.
    """
    wanted = Wanted(
        subject=audit.subject(Kind.CASE, case_id) if case_id else subject,
        actor=by,
        action=action,
        refused=bool(refused),
        after=after,
    )
    page = trail.entries(session, wanted, limit=limit, cursor=cursor, actor=actor)
    return ListOf(items=[AuditEntryOut.of(entry) for entry in page.items], next=page.next)
