"""The hour's anchor, a piece of the worker's work: made, and told to the folder once it stands."""

import logging
from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session

from app.audit import anchors
from app.settings import Settings

log = logging.getLogger(__name__)


def anchor(session: Session, settings: Settings, at: datetime) -> str:
    """Anchor all chains; the file is written when the anchor is committed, never before."""
    key = anchors.signing_key(settings)
    if key is None:
        return "no key"
    try:
        made = anchors.make(session, key)
    except anchors.TamperedWith:
        log.exception("audit")
        return "refused"
    folder = settings.audit_folder
    if folder is not None:

        @event.listens_for(session, "after_commit", once=True)
        def _tell(session: Session) -> None:
            try:
                anchors.export(made, folder)
            except OSError:
                log.exception("audit: anchor %s is not exported", made.number)

    return f"anchor {made.number}, {made.leaves} leaves"
