"""One case as an actor may see it: its persons, what can be done with it, its history."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from workflow.cases import machine
from workflow.cases.folders import open_folder
from workflow.cases.lists import former_visible
from workflow.cases.machine import Context
from workflow.cases.models import Case, CaseLink, Person
from workflow.cases.queries import may_see_names, paused_by, visible
from workflow.cases.states import (
    ASKED,
    WAITING,
    CaseState,
    EntryStatus,
    Group,
    Need,
    Protection,
    Purpose,
    Sex,
    Track,
)
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import DomainError, NotFound
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality

#: What a flight has to be booked with.
TRAVEL_NEEDS = frozenset({Need.ACCESSIBILITY, Need.SPECIALIST_HEALTH})


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to be done with the case, and what stops it now, if anything does."""

    trigger: str
    refusal: DomainError | None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """What is known of entry: a person's, or the least of a case's persons (R15)."""

    status: EntryStatus
    from_on: date | None
    permit_expires_on: date | None


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A person of a case; `name` and `duf_number` None where the actor may not see them."""

    id: UUID
    name: str | None
    duf_number: str | None
    birth_year: int
    sex: Sex
    nationality: str
    relation: str | None
    languages: tuple[str, ...]
    occupation: str | None
    education: str | None
    entry: EntrySeen
    joined_on: date
    left_on: date | None
    left_reason: str | None
    arrived_at: datetime | None
    settled_on: date | None


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case with all that may be known of it at once."""

    id: UUID
    case_number: str
    group: Group
    state: CaseState
    departure_country: str | None
    reception_centre: str | None
    needs: tuple[str, ...]
    address_protection: Protection
    persons_count: int
    settled_count: int
    entry: EntrySeen
    municipality_id: int | None
    municipality_number: str | None
    municipality_name: str | None
    places_year: int | None
    vacancy_id: UUID | None
    distributed_on: date | None
    answer_due: date | None
    settlement_week: Week | None
    placed_on: date | None
    former_municipality_id: int | None
    former_municipality_number: str | None
    former_municipality_name: str | None
    track: Track | None
    was_withdrawn: bool
    created_at: datetime
    version: int
    names_shown: bool
    #: Those now in the case, then those who have left it (only where names are shown).
    persons: tuple[PersonSeen, ...]
    left: tuple[PersonSeen, ...]
    related_case_ids: tuple[UUID, ...]
    choices: tuple[Choice, ...]

    def is_overdue(self, today: date) -> bool:
        return self.state in ASKED and self.answer_due is not None and self.answer_due < today

    def choice(self, trigger: str) -> Choice | None:
        return next((choice for choice in self.choices if choice.trigger == trigger), None)


_former = aliased(Municipality)


def case(
    session: Session, case_id: UUID, *, today: date, named: bool = False, actor: Actor
) -> CaseSeen:
    """The case, if this actor may see it; without names.

    Args:
        named: its folder has been opened (`opened`), so the names may be shown.

    Raises:
        NotFound: no such case, or not one of the actor's.
    """
    row = session.execute(
        select(
            Case,
            Municipality.number,
            Municipality.official_name,
            _former.id,
            _former.number,
            _former.official_name,
        )
        .outerjoin(Municipality, Municipality.id == Case.municipality_id)
        .outerjoin(_former, and_(_former.id == Case.former_municipality_id, former_visible(actor)))
        .where(Case.id == case_id, visible(actor))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("case")
    found: Case = row[0]
    named = named and may_see_names(actor, found)
    persons = _persons(session, case_id, named=named, travels=_only_travels(actor))
    return CaseSeen(
        id=found.id,
        case_number=found.case_number,
        group=found.group,
        state=found.state,
        departure_country=found.departure_country,
        reception_centre=found.reception_centre,
        needs=_needs(found, actor),
        address_protection=found.address_protection,
        persons_count=found.persons_count,
        settled_count=found.settled_count,
        entry=EntrySeen(found.entry_status, found.entry_from_on, found.permit_expires_on),
        municipality_id=found.municipality_id,
        municipality_number=row[1],
        municipality_name=row[2],
        places_year=found.places_year,
        vacancy_id=found.vacancy_id,
        distributed_on=found.asked_on,
        answer_due=found.answer_due,
        settlement_week=found.settlement_week,
        placed_on=found.placed_on,
        former_municipality_id=row[3],
        former_municipality_number=row[4],
        former_municipality_name=row[5],
        track=found.track,
        was_withdrawn=found.was_withdrawn,
        created_at=found.created_at,
        version=found.version,
        names_shown=named,
        persons=tuple(person for person in persons if person.left_on is None),
        left=tuple(person for person in persons if person.left_on is not None and named),
        related_case_ids=_related(session, case_id, actor),
        choices=_choices(session, found, today, actor),
    )


def opened(
    session: Session,
    case_id: UUID,
    *,
    purpose: Purpose | None = None,
    actor: Actor,
    at: datetime,
) -> CaseSeen:
    """The case with the names of its people where the actor may see them, which is put on record.

    Raises:
        NotFound; NotAllowed; PurposeMissing: see workflow.cases.folders.open_folder.
    """
    named = open_folder(session, case_id, purpose=purpose, actor=actor, at=at)
    return case(session, case_id, today=local_day(at), named=named, actor=actor)


def _only_travels(actor: Actor) -> bool:
    """UDI reads what travel needs: who they are, and what they need on the way."""
    return actor.role is Role.TRAVEL_OFFICER


def _needs(found: Case, actor: Actor) -> tuple[str, ...]:
    return tuple(need for need in found.needs if need in TRAVEL_NEEDS or not _only_travels(actor))


def _persons(session: Session, case_id: UUID, *, named: bool, travels: bool) -> list[PersonSeen]:
    rows = session.scalars(
        select(Person)
        .where(Person.case_id == case_id)
        .order_by(Person.position)
        .execution_options(populate_existing=True)
    )
    return [
        PersonSeen(
            id=person.id,
            name=person.name if named else None,
            duf_number=person.duf_number if named else None,
            birth_year=person.birth_year,
            sex=person.sex,
            nationality=person.nationality,
            relation=person.relation,
            languages=() if travels else tuple(person.languages),
            occupation=None if travels else person.occupation,
            education=None if travels else person.education,
            entry=EntrySeen(person.entry_status, person.entry_from_on, person.permit_expires_on),
            joined_on=person.joined_on,
            left_on=person.left_on,
            left_reason=person.left_reason,
            arrived_at=person.arrived_at,
            settled_on=person.settled_on,
        )
        for person in rows
    ]


def _related(session: Session, case_id: UUID, actor: Actor) -> tuple[UUID, ...]:
    """The cases that belong together with this one, as far as the actor may see them."""
    rows = session.scalars(
        select(Case.id)
        .join(
            CaseLink,
            or_(
                and_(CaseLink.case_id == case_id, CaseLink.related_case_id == Case.id),
                and_(CaseLink.related_case_id == case_id, CaseLink.case_id == Case.id),
            ),
        )
        .where(visible(actor))
        .order_by(Case.case_number)
    )
    return tuple(rows)


def _choices(session: Session, found: Case, today: date, actor: Actor) -> tuple[Choice, ...]:
    """What the commands would say now, by the same guards."""
    paused = paused_by(session, found.group, today) if found.state in WAITING else None
    ctx = Context(actor, today, paused_by=paused, asking=True)
    return tuple(
        Choice(trigger, refusal) for trigger, refusal in machine.choices(found, ctx).items()
    )
