"""What notices, recipients and deliveries need, and bodies with every field."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications import choosing, dispatching
from notifications.models import Dispatch, Notification
from tests.factories import NOW, a_case, a_municipality, administrator, asked, writer
from tests.journeys.stage import THEN, Stage, Stages, number
from tests.notifications.telling import tell

STAGES = Stages()


def a_notice(session: Session, municipality_id: int) -> int:
    asked(session, a_case(session), municipality_id)
    tell(session, at=THEN)
    return session.scalars(
        select(Notification.id).where(Notification.municipality_id == municipality_id).limit(1)
    ).one()


def an_address(session: Session, municipality_id: int) -> int:
    return choosing.choose(
        session,
        municipality_id,
        topic=None,
        address="post@kommune.example",
        actor=writer(municipality_id),
        at=NOW,
    )


def a_dead_letter(session: Session, municipality_id: int) -> int:
    """The municipality has an address, and a message to it has been given up."""
    a_notice(session, municipality_id)
    made = session.scalars(
        select(Dispatch.id).where(Dispatch.municipality_id == municipality_id).limit(1)
    ).one()
    dispatching.failed(session, made, "email.recipient_refused", final=True, at=THEN)
    return made


@STAGES.of("readNotification")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=10)
    at = {"notice_id": a_notice(session, here)}
    return Stage(writer(here), "/notifications/{notice_id}/read", at)


@STAGES.of("readAllNotifications")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=10)
    return Stage(writer(here), "/notifications/read", body={"until": a_notice(session, here)})


@STAGES.of("chooseRecipient")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    body = {
        "topic": "requests",
        "channel": "email",
        "address": "flyktning@kommune.example",
        "timing": "at_once",
        "language": "nn",
    }
    at = {"number": number(session, here)}
    return Stage(writer(here), "/municipalities/{number}/recipients", at, body)


@STAGES.of("endRecipient")
def _(session: Session) -> Stage:
    here = a_municipality(session)
    at = {"recipient_id": an_address(session, here)}
    return Stage(writer(here), "/recipients/{recipient_id}/end", at)


@STAGES.of("retryDelivery")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=10)
    an_address(session, here)
    at = {"delivery_id": a_dead_letter(session, here)}
    return Stage(administrator(), "/deliveries/{delivery_id}/retry", at)
