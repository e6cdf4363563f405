"""The order in which events are told to other systems: positions without a gap, given once.

Ids are given out as rows are written, not as they are committed: who reads by them passes over
what an earlier transaction commits later. So positions are given afterwards, to what is committed
and may leave, by one at a time: a position is committed only after every one before it, and nothing
that a reader has not seen can come in below one it has.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from workflow.kernel.db import rows_of
from workflow.kernel.outbox import OutboxMessage

#: Names the database's lock that whoever gives positions holds until it has committed.
LOCK: Final = 0x0B05_E771
#: Positions given in one transaction.
BATCH: Final = 1_000


def place(session: Session, *, at: datetime, most: int = BATCH) -> range:
    """Give the next positions to what may leave; the positions given, empty when nothing waits.

    Of one case nothing goes before what was written earlier and has to wait: its order is kept.
    """
    session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    earlier = aliased(OutboxMessage)
    held_back = exists().where(
        earlier.case_id == OutboxMessage.case_id,
        earlier.id < OutboxMessage.id,
        earlier.position.is_(None),
        earlier.recalled_at.is_(None),
        earlier.leaves_at > at,
    )
    ids = session.scalars(
        select(OutboxMessage.id)
        .where(
            OutboxMessage.position.is_(None),
            OutboxMessage.recalled_at.is_(None),
            OutboxMessage.leaves_at <= at,
            ~held_back,
        )
        .order_by(OutboxMessage.id)
        .limit(most)
        .with_for_update(key_share=True)
    ).all()
    if not ids:
        return range(0)
    last = session.scalar(select(func.max(OutboxMessage.position))) or 0
    positions = range(last + 1, last + 1 + len(ids))
    placed = rows_of(
        "placed", {"id": (ids, BigInteger()), "position": (list(positions), BigInteger())}
    )
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == placed.c.id)
        .values(position=placed.c.position)
        .execution_options(synchronize_session=False)
    )
    return positions
