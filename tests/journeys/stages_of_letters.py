"""What letters need: a stuck one to try again, and a request nobody has been written of."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, lead, officer, placed, places
from tests.journeys.stage import THEN, Stage, Stages
from workflow.letters import handling, making, posting, sealing
from workflow.letters.models import Letter
from workflow.letters.states import Channel, Delivery, Recipient, StopReason

STAGES = Stages()


def sealed(session: Session, municipality_id: int) -> str:
    """The first letter to the municipality of what has happened until now, sealed."""
    making.make(session, window=timedelta(), at=THEN)
    sealing.number_due(session, at=THEN)
    while sealing.seal_next(session, lambda letter: b"%PDF-1.7", at=THEN):
        pass
    mine = select(Letter.id).where(Letter.holder_id == municipality_id).order_by(Letter.number)
    return str(session.scalars(mine).first())


@STAGES.of("writeRequestLetters")
def _(session: Session) -> Stage:
    places(session, a_municipality(session), original_request=12, year=2027)
    return Stage(lead(), "/letters", body={"year": 2027})


def waiting(session: Session) -> str:
    """A letter in its undo window."""
    case_id = a_case(session)
    placed(session, case_id, a_municipality(session, decided=9))
    making.make(session, window=timedelta(days=9999), at=THEN)
    return str(session.scalars(select(Letter.id).where(Letter.case_id == case_id)).first())


def by_hand(session: Session) -> UUID:
    """A refugee's letter that waits for a person to hand it over."""
    case_id, here = a_case(session), a_municipality(session, decided=9)
    placed(session, case_id, here)
    sealed(session, here)
    theirs = and_(Letter.case_id == case_id, Letter.recipient == Recipient.REFUGEE)
    found = session.scalars(select(Letter.id).where(theirs)).one()
    posting.sent(
        session,
        found,
        channel=Channel.BY_HAND,
        external_id=None,
        delivery=Delivery.BY_HAND,
        at=THEN,
    )
    return found


@STAGES.of("stopLetter")
def _(session: Session) -> Stage:
    named = {"letter_id": waiting(session)}
    return Stage(officer(), "/letters/{letter_id}/stop", named, {"reason": "wrong_content"})


@STAGES.of("letLetterGo")
def _(session: Session) -> Stage:
    named = {"letter_id": waiting(session)}
    stopped = UUID(named["letter_id"])
    handling.stop(session, stopped, StopReason.NO_LONGER_SO, actor=lead(), at=THEN)
    return Stage(officer(), "/letters/{letter_id}/let-go", named)


@STAGES.of("handLetterOver")
def _(session: Session) -> Stage:
    named = {"letter_id": str(by_hand(session))}
    said = {"how": "posted", "on": "2020-03-12"}
    return Stage(officer(), "/letters/{letter_id}/hand-over", named, said)


@STAGES.of("retryLetter")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=9)
    placed(session, a_case(session), here)
    letter_id = sealed(session, here)
    session.execute(update(Letter).where(Letter.id == letter_id).values(attempts=1))
    found = session.scalars(select(Letter.id).where(Letter.holder_id == here)).one()
    posting.failed(session, found, "letter.svarut_refuses", final=True, at=NOW)
    return Stage(officer(), "/letters/{letter_id}/retry", {"letter_id": letter_id})
