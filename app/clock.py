"""What time it is: the machine's, or in the demonstration another one that somebody has set.

Sign-ins, tokens and keys live by the machine's own time: setting the clock signs nobody out.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.acting import VISITOR
from app.db import Sessions, reading
from app.models import ClockShift


def machine_time() -> datetime:
    return datetime.now(UTC)


def now(session: Session, *, demo: bool) -> datetime:
    """The time in the application's world; only the demonstration's can be another than ours."""
    return machine_time() + (shift_of(session) if demo else timedelta())


def shift_of(session: Session) -> timedelta:
    return session.scalar(select(ClockShift.shift)) or timedelta()


def set_clock(session: Session, to: datetime) -> None:
    """From this moment on it is `to` in the demonstration, and time goes on from there."""
    shift = to - machine_time()
    session.execute(
        upsert(ClockShift)
        .values(id=1, shift=shift)
        .on_conflict_do_update(index_elements=["id"], set_={"shift": shift})
    )


def reset_clock(session: Session) -> None:
    """The demonstration lives in the present again."""
    session.execute(delete(ClockShift))


def _shifted(sessions: Sessions) -> datetime:
    with reading(sessions, VISITOR) as session:
        return now(session, demo=True)


async def request_time(request: Request) -> datetime:
    if not request.app.state.settings.demo:
        return machine_time()
    return _shifted(request.app.state.sessions)


#: When the request is handled, as every command and query takes it.
Now = Annotated[datetime, Depends(request_time)]
