"""Whether a municipality's year still is what somebody read; asked with both accounts locked."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.capacity.commands import WRITES_PLACES, open_account
from workflow.capacity.models import PlaceAccount
from workflow.capacity.queries import FRESH
from workflow.capacity.states import SHOWN_POOLS, Pool
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Stale


def still_at(
    session: Session,
    municipality_id: int,
    year: int,
    tags: Collection[str] | None,
    *,
    actor: Actor,
) -> None:
    """Lock the year and see that it has one of these tags (None = any).

    A year without accounts gets them, so that two who register it first meet at the same rows. For
    who registers nothing there, nothing is made or locked: what they want to do says why not.

    Raises:
        Stale: somebody has changed it since, or places were taken or given back.
    """
    if not _registers_there(actor, municipality_id):
        return
    for pool in SHOWN_POOLS:
        open_account(session, municipality_id=municipality_id, year=year, pool=pool)
    rows = session.execute(
        select(PlaceAccount.pool, PlaceAccount.version)
        .where(PlaceAccount.municipality_id == municipality_id, PlaceAccount.year == year)
        .order_by(PlaceAccount.id)
        .with_for_update(key_share=True)
    )
    versions = {row.pool: row.version for row in rows}
    found = f"{versions.get(Pool.ORDINARY, FRESH)}.{versions.get(Pool.MINORS, FRESH)}"
    if tags is not None and found not in tags:
        raise Stale("the year has changed since it was read", version=found)


def _registers_there(actor: Actor, municipality_id: int) -> bool:
    own = actor.role in WRITES_PLACES and actor.municipality_id == municipality_id
    return own or actor.role in {Role.LEAD, Role.SYSTEM}
