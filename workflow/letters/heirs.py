"""Letters of a municipality that was merged."""

from collections.abc import Sequence

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from workflow.letters.models import Letter
from workflow.letters.states import LetterState


def hand_over(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """The archive goes to the successor; so do letters that still wait to be written."""
    session.execute(
        update(Letter)
        .where(Letter.holder_id.in_(predecessors))
        .values(
            holder_id=successor_id,
            municipality_id=case(
                (Letter.state.in_((LetterState.WAITING, LetterState.STOPPED)), successor_id),
                else_=Letter.municipality_id,
            ),
        )
        .execution_options(synchronize_session=False)
    )
