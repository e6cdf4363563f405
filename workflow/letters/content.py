"""What one letter says: read when its document is made, and from then on it stands in that."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from workflow.cases.models import Case, Decision, Distribution, Person
from workflow.cases.states import Group, LegalGround, Track
from workflow.kernel.calendar import local_day
from workflow.kernel.weeks import Week
from workflow.letters.languages import Language
from workflow.letters.models import Letter
from workflow.letters.states import NAMES_PEOPLE, LetterKind, Recipient
from workflow.municipalities.models import Airport, Municipality, MunicipalityName
from workflow.travel.models import BookingVersion


@dataclass(frozen=True, slots=True)
class Addressee:
    """The municipality a letter is to, or is about, as it is called on the letter's day."""

    number: str
    name: str
    organisation_number: str | None


@dataclass(frozen=True, slots=True)
class PersonNamed:
    name: str | None
    birth_year: int
    duf_number: str | None


@dataclass(frozen=True, slots=True)
class AboutCase:
    """The case a letter is about. `persons` only where the letter names them."""

    case_number: str
    group: Group
    persons_count: int
    persons: tuple[PersonNamed, ...]
    decided_on: date | None
    settlement_week: Week | None
    legal_ground: LegalGround | None
    reason: str | None
    track: Track | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """Flight, place and time; `again`: an earlier notice no longer holds (R21)."""

    arrives_at: datetime
    airport: str
    airport_name: str
    flight: str | None
    again: bool

    @property
    def on(self) -> date:
        return local_day(self.arrives_at)


@dataclass(frozen=True, slots=True)
class Request:
    """How many a municipality is asked to settle in a year, the first letter's number too (R01)."""

    year: int
    original: int | None
    adjusted: int | None
    minors: int | None


@dataclass(frozen=True, slots=True)
class Content:
    """All a template needs. `number` is None in a preview."""

    kind: LetterKind
    recipient: Recipient
    language: Language
    reading_language: Language | None
    number: str | None
    on: date
    happened_on: date
    municipality: Addressee
    case: AboutCase | None = None
    arrival: Arrival | None = None
    request: Request | None = None


def content(session: Session, letter: Letter, *, on: date) -> Content:
    """What the letter says if its document is made on a day."""
    facts = letter.facts
    happened = local_day(datetime.fromisoformat(facts["at"]))
    return Content(
        kind=letter.kind,
        recipient=letter.recipient,
        language=letter.language,
        reading_language=letter.reading_language,
        number=None if letter.number is None else f"{letter.year}/{letter.number}",
        on=on,
        happened_on=happened,
        municipality=_addressee(session, letter.municipality_id, on),
        case=_about(session, letter, letter.case_id) if letter.case_id is not None else None,
        arrival=_arrival(session, facts) if letter.kind is LetterKind.ARRIVAL else None,
        request=_request(facts),
    )


def _addressee(session: Session, municipality_id: int, on: date) -> Addressee:
    row = session.execute(
        select(
            func.coalesce(MunicipalityName.number, Municipality.number),
            func.coalesce(MunicipalityName.official_name, Municipality.official_name),
            Municipality.organisation_number,
        )
        .outerjoin(
            MunicipalityName,
            and_(
                MunicipalityName.municipality_id == Municipality.id,
                MunicipalityName.valid_from <= on,
                or_(MunicipalityName.valid_to.is_(None), MunicipalityName.valid_to > on),
            ),
        )
        .where(Municipality.id == municipality_id)
    ).one()
    return Addressee(*row)


def _about(session: Session, letter: Letter, case_id: UUID) -> AboutCase:
    case = session.execute(
        select(Case.case_number, Case.group, Case.persons_count).where(Case.id == case_id)
    ).one()
    facts = letter.facts
    decision = None
    if "decision_id" in facts:
        decision = session.execute(
            select(Decision.legal_ground, Decision.reason, Decision.at).where(
                Decision.id == UUID(facts["decision_id"])
            )
        ).one()
    question = session.execute(
        select(Distribution.outcome, Distribution.settlement_week, Distribution.persons_count)
        .where(
            Distribution.case_id == case_id,
            Distribution.municipality_id == letter.municipality_id,
            Distribution.asked_at <= datetime.fromisoformat(facts["at"]),
        )
        .order_by(Distribution.asked_at.desc())
        .limit(1)
    ).one_or_none()
    names = letter.kind in NAMES_PEOPLE
    week = facts.get("settlement_week")
    return AboutCase(
        case_number=case.case_number,
        group=case.group,
        persons_count=case.persons_count if names or question is None else question.persons_count,
        persons=_persons(session, case_id) if names else (),
        decided_on=local_day(decision.at) if decision else None,
        settlement_week=Week.parse(week) if week else question and question.settlement_week,
        legal_ground=decision and decision.legal_ground,
        reason=decision.reason if decision else question and question.outcome,
        track=Track(facts["track"]) if facts.get("track") else None,
    )


def _persons(session: Session, case_id: UUID) -> tuple[PersonNamed, ...]:
    rows = session.execute(
        select(Person.name, Person.birth_year, Person.duf_number)
        .where(Person.case_id == case_id, Person.left_on.is_(None))
        .order_by(Person.position)
    )
    return tuple(PersonNamed(*row) for row in rows)


def _arrival(session: Session, facts: dict[str, Any]) -> Arrival:
    row = session.execute(
        select(
            BookingVersion.arrives_at,
            BookingVersion.arrival_airport,
            Airport.name,
            BookingVersion.flight,
        )
        .join(Airport, Airport.iata == BookingVersion.arrival_airport)
        .where(
            BookingVersion.booking_id == UUID(facts["booking_id"]),
            BookingVersion.version == facts["version"],
        )
    ).one()
    return Arrival(*row, again=bool(facts.get("again")))


def _request(facts: dict[str, Any]) -> Request | None:
    if "year" not in facts:
        return None
    return Request(facts["year"], facts["original"], facts["adjusted"], facts["minors"])
