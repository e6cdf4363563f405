"""Next year's numbers from the places that were left: who is full is asked for none."""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.allocation import counts, keys, runs, statistics, targets
from workflow.allocation.access import only_the_agency
from workflow.allocation.errors import TargetsMissing
from workflow.allocation.statistics import NewStatistics
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day

#: The key by places left that comes with the system.
KEY: Final = "se-2023"
COLUMNS: Final = ("target", "placed")


def run(
    session: Session,
    year: int,
    total: int,
    *,
    title: str | None = None,
    source: str | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Compute `year`'s numbers in proportion to what is left of the year before.

    Args:
        title: what the statistics are called, and where they are said to be from.

    Raises:
        NotThisRole; TargetsMissing: the year before has no numbers; KeyNotComputable.
    """
    only_the_agency(actor)
    stand = targets.standing(session, year - 1)
    if not stand:
        raise TargetsMissing("the year before has no targets", year=year - 1)
    count = counts.latest(session, actor=actor)
    here = counts.lines(session, count.id, actor=actor) if count else {}
    values = {
        municipality_id: {
            "target": Decimal(target),
            "placed": Decimal(
                (here[municipality_id].in_the_number or 0) if municipality_id in here else 0
            ),
        }
        for municipality_id, target in stand.items()
    }
    day = count.day if count else local_day(at)
    new = NewStatistics(
        title=title or f"Places left of {year - 1}",
        source=source or f"targets of {year - 1}; latest count",
        day=day,
    )
    told = repr(sorted(values.items())).encode()
    kept = statistics.keep(
        session,
        new,
        COLUMNS,
        values,
        digest=hashlib.sha256(told).hexdigest(),
        actor=actor,
        at=at,
    )
    return runs.run(
        session,
        key_id=keys.store_ready(session, KEY, actor=actor, at=at),
        statistics_id=kept,
        year=year,
        total=total,
        actor=actor,
        at=at,
    )
