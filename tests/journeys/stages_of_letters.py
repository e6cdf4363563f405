"""What letters need: a stuck one to try again, and a request nobody has been written of."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, a_municipality, lead, officer, placed, places
from tests.journeys.stage import THEN, Stage, Stages
from workflow.letters import making, posting, sealing
from workflow.letters.models import Letter

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


@STAGES.of("retryLetter")
def _(session: Session) -> Stage:
    here = a_municipality(session, decided=9)
    placed(session, a_case(session), here)
    letter_id = sealed(session, here)
    session.execute(update(Letter).where(Letter.id == letter_id).values(attempts=1))
    found = session.scalars(select(Letter.id).where(Letter.holder_id == here)).one()
    posting.failed(session, found, "letter.svarut_refuses", final=True, at=NOW)
    return Stage(officer(), "/letters/{letter_id}/retry", {"letter_id": letter_id})
