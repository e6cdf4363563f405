"""What takes two over the API: it is put before a second person, and 202 says what waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from app.api.schemas.approvals import ApprovalOut
from app.api.schemas.fields import ListOf
from workflow.approvals.commands import prepare
from workflow.approvals.errors import SecondPersonNeeded
from workflow.kernel.actor import Actor
from workflow.redistribution.awaiting import awaiting

Waits = ListOf[ApprovalOut]
#: For the document of an operation that may have to wait.
WAITS: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "model": Waits,
        "description": "It takes two: nothing is done until another approves what waits.",
    }
}


@dataclass(slots=True)
class Waiting:
    """What was prepared in one request."""

    session: Session
    actor: Actor
    at: datetime
    ids: list[UUID] = field(default_factory=list)

    @contextmanager
    def or_waits(self) -> Iterator[None]:
        """Prepare what the block would have done, where it takes two."""
        try:
            yield
        except SecondPersonNeeded as needed:
            self.ids.append(prepare(self.session, needed.asked, actor=self.actor, at=self.at))

    def answer(self) -> JSONResponse:
        """What waits."""
        items = [ApprovalOut.of(awaiting(self.session, one, actor=self.actor)) for one in self.ids]
        return JSONResponse(Waits(items=items).model_dump(mode="json"), 202)
