"""What a caller has read and means to change: told before the command, compared under its lock.

So the comparison costs no statement of its own and nothing can come between it and the change.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.kernel.errors import Stale

_KEY = "expectation"


@dataclass(slots=True)
class Expectation:
    """One row in one of these versions; `compared` once a command has locked it."""

    subject: UUID
    versions: Collection[int]
    compared: bool = False


def expect(session: Session, subject: UUID, versions: Collection[int]) -> Expectation:
    """From now on a command that locks the row in another version raises Stale."""
    expectation = Expectation(subject, versions)
    session.info[_KEY] = expectation
    return expectation


def compare(session: Session, subject: UUID, version: int) -> None:
    """For commands, once they have locked a row.

    Raises:
        Stale: the caller has read another version.
    """
    expectation: Expectation | None = session.info.get(_KEY)
    if expectation is None or expectation.compared or expectation.subject != subject:
        return
    if version not in expectation.versions:
        raise Stale("the row has changed since it was read", version=version)
    expectation.compared = True
