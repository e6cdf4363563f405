"""What has happened to a case, and what has been known of its people's entry, for one actor."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.models import Case, CaseStep, EntryRecord, Person
from workflow.cases.queries import visible
from workflow.cases.states import WAITING, CaseState, EntryStatus
from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.errors import NotFound

#: Steps by which a case follows its municipality into another (workflow.reforms).
REFORMS = ("merge", "move")
#: States in which a case is in no municipality.
NOWHERE_NOW = WAITING | {CaseState.LAPSED}


@dataclass(frozen=True, slots=True)
class StepSeen:
    """One line of a case's history."""

    at: datetime
    actor: str
    actor_role: str
    trigger: str
    source: CaseState
    dest: CaseState
    reason: str | None
    facts: dict[str, Any]
    run_id: UUID | None
    #: The case's version after it.
    version: int


def history(session: Session, case_id: UUID, *, actor: Actor) -> list[StepSeen]:
    """What happened to the case, the oldest first.

    A municipality reads what happened while the case was its own; what another one was asked and
    answered does not exist for it. Its own words are read by itself and by who reads all.

    Raises:
        NotFound: no such case, or not one of the actor's.
    """
    _must_be_visible(session, case_id, actor)
    steps = session.scalars(
        select(CaseStep).where(CaseStep.case_id == case_id).order_by(CaseStep.version)
    ).all()
    if actor.is_municipality:
        steps = _while_in(steps, actor.municipality_id)
    # Which other case it is tied to, who reads all sees; others see the tie if both are theirs.
    hidden = set() if actor.role in READS_ALL_CASES else {"related_case_id"}
    if not (actor.is_municipality or actor.role in READS_ALL_CASES):
        hidden.add("text")
    return [
        StepSeen(
            at=step.at,
            actor=step.actor,
            actor_role=step.actor_role,
            trigger=step.trigger,
            source=CaseState(step.source),
            dest=CaseState(step.dest),
            reason=step.reason,
            facts={name: fact for name, fact in step.facts.items() if name not in hidden},
            run_id=step.run_id,
            version=step.version,
        )
        for step in steps
    ]


@dataclass(slots=True)
class _Stay:
    """The steps taken while the case was one municipality's, with the one that ended it."""

    municipality_id: int
    steps: list[CaseStep] = field(default_factory=list)


def _while_in(steps: Sequence[CaseStep], municipality_id: int | None) -> list[CaseStep]:
    """The steps of the municipality's own stays; a successor goes on with its predecessor's."""
    stays: list[_Stay] = []
    somewhere = False
    for step in steps:
        if step.trigger in ("distribute", "redistribute"):
            stays.append(_Stay(step.facts["municipality_id"]))
            somewhere = True
        elif step.trigger == "restore":
            somewhere = bool(stays)  # the last stay goes on
        elif step.trigger in REFORMS and somewhere:
            stays[-1].municipality_id = step.facts["municipality_id"]
        if somewhere:
            stays[-1].steps.append(step)
        somewhere = somewhere and step.dest not in NOWHERE_NOW
    return [
        step for stay in stays if stay.municipality_id == municipality_id for step in stay.steps
    ]


@dataclass(frozen=True, slots=True)
class EntryNoted:
    """What was known of one person's entry from a moment on, and who said so (R04)."""

    person_id: UUID
    status: EntryStatus
    from_on: date | None
    permit_expires_on: date | None
    source: str
    at: datetime
    actor: str


def entry_history(session: Session, case_id: UUID, *, actor: Actor) -> list[EntryNoted]:
    """What was known of the entry of those now in the case, the oldest first.

    Raises:
        NotFound: no such case, or not one of the actor's.
    """
    _must_be_visible(session, case_id, actor)
    rows = session.execute(
        select(
            EntryRecord.person_id,
            EntryRecord.status,
            EntryRecord.from_on,
            EntryRecord.permit_expires_on,
            EntryRecord.source,
            EntryRecord.at,
            EntryRecord.actor,
        )
        .join(Person, Person.id == EntryRecord.person_id)
        .where(Person.case_id == case_id, Person.left_on.is_(None))
        .order_by(EntryRecord.id)
    )
    return [EntryNoted(*row) for row in rows]


def _must_be_visible(session: Session, case_id: UUID, actor: Actor) -> None:
    if session.scalar(select(Case.id).where(Case.id == case_id, visible(actor))) is None:
        raise NotFound("case")
