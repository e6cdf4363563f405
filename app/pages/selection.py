"""Cases chosen in a list, carried from page to page as they were read: no page depends on scripts.

The list's filters stay in the address all the way, so that everything they find can be chosen, and
found again before anything is done.
"""

import base64
import binascii
import struct
import zlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.pages.case_list import asked_for
from app.pages.visit import Visit
from workflow.cases import selecting
from workflow.cases.selecting import MOST, Moved

FIELD: Final = "selection"
_ROW: Final = struct.Struct(">16sI")
_LARGEST: Final = _ROW.size * MOST + 1


@dataclass(frozen=True, slots=True)
class Selection:
    """Cases with the version each was read at."""

    versions: dict[UUID, int]
    #: Everything the filters of the address found.
    all_that_match: bool

    def written(self) -> str:
        """As a field of a form carries it."""
        rows = [_ROW.pack(one.bytes, self.versions[one]) for one in sorted(self.versions)]
        packed = zlib.compress(bytes([self.all_that_match]) + b"".join(rows))
        return base64.urlsafe_b64encode(packed).decode()


def read(text: str) -> Selection:
    """Raises: ValueError: it was not written by `written`."""
    try:
        inflating = zlib.decompressobj()
        packed = inflating.decompress(base64.b64decode(text, b"-_", validate=True), _LARGEST + 1)
        if len(packed) > _LARGEST or not inflating.eof or packed[:1] not in {b"\0", b"\1"}:
            raise ValueError("no selection")
        rows = list(_ROW.iter_unpack(packed[1:]))
    except (binascii.Error, zlib.error, struct.error) as fault:
        raise ValueError("no selection") from fault
    return Selection({UUID(bytes=one): version for one, version in rows}, packed[:1] == b"\1")


def of_form(reader: Visit) -> Selection | None:
    """What the form chooses: a selection that was made, everything that matches, or those ticked.

    None where it chooses nothing; the fault stands at the ticks.
    """
    form = reader.form
    if text := form.typed(FIELD):
        try:
            return read(text)
        except ValueError:
            form.fault("case_ids", "nothing_chosen")
            return None
    if form.typed("chosen") == "all":
        found = _matching(reader, reader.session)
        if found is None:
            form.fault("case_ids", "too_many_chosen")
            return None
        made = Selection(found, all_that_match=True)
    else:
        ticked = form.ids("case_ids")
        versions = selecting.as_read(reader.session, ticked, actor=reader.actor)
        made = Selection(versions, all_that_match=False)
    if not made.versions:
        form.fault("case_ids", "nothing_chosen")
        return None
    return made


def moved(reader: Visit, session: Session, chosen: Selection) -> tuple[Moved, Selection]:
    """What is no longer as it was chosen, and what the same choice comes to now."""
    now = (
        _matching(reader, session)
        if chosen.all_that_match
        else selecting.as_read(session, chosen.versions, actor=reader.actor)
    )
    if now is None:  # so many now that what came cannot be told one by one
        now = selecting.as_read(session, chosen.versions, actor=reader.actor)
    found = selecting.moved(chosen.versions, now, all_that_match=chosen.all_that_match)
    return found, Selection(now, chosen.all_that_match)


def _matching(reader: Visit, session: Session) -> dict[UUID, int] | None:
    _, wanted = asked_for(reader)
    if wanted is None:
        return {}
    return selecting.matching(session, wanted, today=reader.today, actor=reader.actor)
