"""The history of letters: a line for each thing that happened to one."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from workflow.kernel.actor import Actor
from workflow.letters.models import LetterStep
from workflow.letters.states import StopReason


def note_all(
    session: Session,
    letter_ids: Collection[UUID],
    what: str,
    *,
    reason: StopReason | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """The same happened to each of them."""
    if letter_ids:
        session.execute(
            insert(LetterStep),
            [
                {
                    "letter_id": letter_id,
                    "at": at,
                    "what": str(what),
                    "reason": reason,
                    "actor": actor.name,
                }
                for letter_id in letter_ids
            ],
        )
