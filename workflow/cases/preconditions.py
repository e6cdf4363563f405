"""Whether a case still is what somebody read; asked with the row locked, before a command."""

from collections.abc import Collection
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from workflow.cases.models import Case
from workflow.cases.queries import visible
from workflow.kernel.actor import Actor
from workflow.kernel.db import table_of
from workflow.kernel.errors import NotFound, Stale

_CASES = table_of(Case)


@lru_cache(maxsize=2000)
def _locked_version(actor: Actor) -> Select[int]:
    """The version of one case this actor may see, kept: building it costs more than running it."""
    wanted = select(_CASES.c.version).where(_CASES.c.id == bindparam("case_id"), visible(actor))
    return wanted.with_for_update(of=_CASES, key_share=True)


def still_at(
    session: Session, case_id: UUID, versions: Collection[int] | None, *, actor: Actor
) -> int:
    """Lock the case and see that it has one of these versions (None = any); returns the one it has.

    Raises:
        NotFound: no such case, or not one of the actor's.
        Stale: somebody has changed it since.
    """
    found = session.scalar(
        select(Case.version)
        .where(Case.id == case_id, visible(actor))
        .with_for_update(key_share=True)
    )
    if found is None:
        raise NotFound("case")
    if versions is not None and found not in versions:
        raise Stale("the case has changed since it was read", version=found)
    return found
