"""Whether a municipality's year still is what somebody read; asked with both accounts locked."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.capacity.commands import open_account
from workflow.capacity.models import PlaceAccount
from workflow.capacity.queries import FRESH
from workflow.capacity.states import SHOWN_POOLS, Pool
from workflow.kernel.errors import Stale


def still_at(
    session: Session, municipality_id: int, year: int, tags: Collection[str] | None
) -> None:
    """Lock the year and see that it has one of these tags (None = any).

    A year without accounts gets them, so that two who register it first meet at the same rows.

    Raises:
        Stale: somebody has changed it since, or places were taken or given back.
    """
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
