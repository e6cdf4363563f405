"""Something to change by every write operation of the API: who may, where, and with what body.

Each operation has a case, booking, home or run of its own, so that one that is carried out leaves
the others where they are.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, officer
from workflow.cases.models import Person
from workflow.kernel.actor import Actor
from workflow.redistribution import commands

#: When the operations are asked for: what they need has been made by then.
THEN = NOW + timedelta(days=10)


@dataclass(frozen=True)
class Stage:
    """One operation ready to be carried out: `body` is what it accepts, with every field it has."""

    who: Actor
    path: str
    #: By the names of the path.
    at: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] | None = None

    @property
    def address(self) -> str:
        return self.address_with()

    def address_with(self, **other: Any) -> str:
        return f"/api/v1{self.path}".format(**(self.at | other))


Make = Callable[[Session], Stage]


class Stages(dict[str, Make]):
    """By operation id; each is made in the session it is called with."""

    def of(self, operation_id: str) -> Callable[[Make], Make]:
        def keep(make: Make) -> Make:
            self[operation_id] = make
            return make

        return keep


def steps_of(case_id: Any, **body: Any) -> dict[str, Any]:
    return {"at": {"case_id": str(case_id)}, "body": body or None}


def number(session: Session, municipality_id: int) -> str:
    found = session.connection().exec_driver_sql(
        "SELECT number FROM municipalities WHERE id = %s", (municipality_id,)
    )
    return str(found.scalar_one())


def person_of(session: Session, case_id: Any) -> str:
    found = select(Person.id).where(Person.case_id == case_id).order_by(Person.position)
    return str(session.scalars(found).first())


def withdraw(session: Session, case: Any) -> None:
    commands.withdraw(
        session, case, reason="Stopp", legal_ground="conditions_failed", actor=officer(), at=NOW
    )
