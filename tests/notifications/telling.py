"""What tests of messages share: telling, sending what may leave, who is chosen."""

from datetime import timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.models import User
from notifications import choosing, dispatching
from notifications.deliver import deliver_some
from notifications.models import Dispatch
from notifications.states import DispatchState, Way
from tests.factories import (
    NOW,
    writer,
)
from workflow.kernel.actor import Actor, Role

LATER = NOW + timedelta(days=10)
LEASE = timedelta(seconds=60)


def tell(session: Session, *, at=NOW) -> int:
    """All that may leave is told, as the worker does; how many events there were."""
    count = 0
    while told := deliver_some(session, at=at, most=500):
        count += len(told)
    return count


def leaving(session: Session, *, at=NOW, way=Way.EMAIL) -> list[dispatching.Leaving]:
    """All that may leave by a channel, each sent as it is claimed."""
    found = []
    while (one := dispatching.claim(session, way, lease=LEASE, at=at)) is not None:
        dispatching.sent(session, one.id, at=at)
        found.append(one)
    return found


def post_office(session: Session, here: int, address: str = "post@kommune.example") -> int:
    return choosing.choose(session, here, topic=None, address=address, actor=writer(here), at=NOW)


def an_officer(
    session: Session, *, email: str | None = "kari@imdi.example", role=Role.LEAD
) -> Actor:
    number = session.scalar(
        insert(User).values(name="Kari", role=role, email=email, demo=False).returning(User.id)
    )
    return Actor("Kari", role, user_id=number)


def states(session: Session) -> list[DispatchState]:
    return list(session.scalars(select(Dispatch.state).order_by(Dispatch.id)))
