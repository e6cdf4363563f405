"""Things to test with: keyword-only, with defaults that pass every guard; made by commands."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.scenario.load import LOADED
from workflow.capacity import commands as capacity
from workflow.capacity.commands import YEARS, Cause, YearChange
from workflow.capacity.states import Pool
from workflow.cases import commands, deciding, registration
from workflow.cases.commands import Question
from workflow.cases.entry import Entry
from workflow.cases.models import Case
from workflow.cases.moves import CaseInHand
from workflow.cases.registration import NewCase, NewPerson
from workflow.cases.states import EntryStatus, Group, Sex
from workflow.kernel.actor import ROLES_OF, SYSTEM, Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.kernel.weeks import Week
from workflow.municipalities.alphabet import sort_key
from workflow.travel import commands as travel
from workflow.vacancies import commands as vacancies
from workflow.vacancies.states import VacancyKind

#: The roles people have in a Norwegian deployment.
NORWEGIAN = tuple(role for role in Role if role in ROLES_OF[Country.NORWAY])
NOW = datetime(2020, 4, 1, 10, tzinfo=UTC)
TODAY = NOW.date()
WEEK = Week(2020, 24)
ENTRY = Entry(
    EntryStatus.POSSIBLE,
    source="UDI",
    from_on=date(2020, 4, 15),
    permit_expires_on=date(2020, 9, 30),
)

_numbers: Iterator[int] = count(1)


def a_demonstration(session: Session) -> None:
    """The sign by which a database is known as one that `bosetting demo` has filled."""
    publish(session, Event(LOADED, facts={"seed": 0, "figures": "of a test"}), at=NOW)


def officer() -> Actor:
    return Actor("Kari Saksbehandler", Role.CASE_OFFICER)


def lead() -> Actor:
    return Actor("Liv Leder", Role.LEAD)


def udi() -> Actor:
    return Actor("Ulla Reise", Role.TRAVEL_OFFICER)


def auditor() -> Actor:
    return Actor("Rita Revisor", Role.AUDITOR)


def administrator() -> Actor:
    return Actor("Ada Drift", Role.ADMINISTRATOR)


def centre(name: str = "Dale mottak") -> Actor:
    return Actor("Mona Mottak", Role.RECEPTION_CENTRE, reception_centre=name)


def writer(municipality_id: int) -> Actor:
    return Actor("Ola Kommune", Role.MUNICIPALITY_WRITER, municipality_id=municipality_id)


def reader(municipality_id: int) -> Actor:
    return Actor("Lise Leser", Role.MUNICIPALITY_READER, municipality_id=municipality_id)


AN_AIRPORT = (
    "INSERT INTO airports (iata, icao, name, latitude, longitude, scheduled)"
    " VALUES (%(iata)s, %(icao)s, %(airport_name)s, 63.45, 10.92, true)"
    " ON CONFLICT (iata) DO NOTHING"
)


def an_airport(session: Session, *, iata: str = "TRD", name: str = "Værnes") -> str:
    session.connection().exec_driver_sql(AN_AIRPORT, _airport(iata, name))
    return iata


def _airport(iata: str, name: str) -> dict[str, str]:
    return {"iata": iata, "icao": f"E{iata}", "airport_name": name}


def a_municipality(
    session: Session,
    *,
    number: str | None = None,
    name: str | None = None,
    sami_name: str | None = None,
    county: str = "Trøndelag",
    valid_from: date = date(2000, 1, 1),
    valid_to: date | None = None,
    nearest_airport: str | None = "TRD",
    decided: int | None = None,
    year: int = 2020,
) -> int:
    """A municipality, with decided places in `year` if `decided` says how many; returns its id."""
    # No county begins so: none that a test names.
    number = number or f"{next(_numbers) % 3999 + 6000}"
    name = name or f"Bygd {number}"
    official = f"{sami_name} - {name}" if sami_name else name
    period = {
        "number": number,
        "official_name": official,
        "norwegian_name": name,
        "sami_name": sami_name,
        "county": county,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    columns, values = ", ".join(period), ", ".join(f"%({name})s" for name in period)
    # Made so often that what SQLAlchemy takes for it is felt.
    municipality_id: int = (
        session.connection()
        .exec_driver_sql(
            f"WITH {'airport AS (' + AN_AIRPORT + '), ' if nearest_airport else ''}"
            f"made AS (INSERT INTO municipalities (sort_key, nearest_airport, sami_area,"
            f" letter_language, {columns})"
            f" VALUES (%(sort_key)s, %(airport)s, false, 'neutral', {values}) RETURNING id)"
            f" INSERT INTO municipality_names (municipality_id, {columns})"
            f" SELECT id, {values} FROM made RETURNING municipality_id",
            period
            | {"sort_key": sort_key(name), "airport": nearest_airport}
            | _airport(nearest_airport or "", "Værnes"),
        )
        .scalar_one()
    )
    if decided is not None:
        places(session, municipality_id, decided=decided, year=year)
    return municipality_id


def places(
    session: Session,
    municipality_id: int,
    *,
    decided: int = 10,
    extra: int = 0,
    original_request: int | None = None,
    year: int = 2020,
    pool: Pool = Pool.ORDINARY,
) -> None:
    """Register a year of a municipality."""
    if (
        year in YEARS
        and extra == 0
        and original_request is None
        and _first_of(session, municipality_id, decided, year, pool)
    ):
        return
    change: dict[str, int] = {"decided_places": decided, "extra_places": extra}
    if original_request is not None:
        change["original_request"] = original_request
    capacity.register_year(
        session,
        municipality_id=municipality_id,
        year=year,
        pool=pool,
        change=YearChange(**change),
        cause=Cause(SYSTEM, NOW),
        on=TODAY,
    )


def _first_of(session: Session, municipality_id: int, decided: int, year: int, pool: Pool) -> bool:
    """What the command writes of a year nobody has registered, but its audit; made that often."""
    made = session.connection().exec_driver_sql(
        "WITH made AS (INSERT INTO place_accounts (municipality_id, year, pool, decided_places,"
        " extra_places, held, settled, overrun, version)"
        " VALUES (%(municipality)s, %(year)s, %(pool)s, %(decided)s, 0, 0, 0, 0, 2)"
        " ON CONFLICT DO NOTHING RETURNING id)"
        " INSERT INTO place_entries"
        " (account_id, at, kind, held_change, settled_change, ceiling_change, free_after, actor)"
        " SELECT id, %(at)s, 'decided', 0, 0, %(decided)s, %(decided)s, %(actor)s FROM made",
        {
            "municipality": municipality_id,
            "year": year,
            "pool": pool,
            "decided": decided,
            "at": NOW,
            "actor": SYSTEM.name,
        },
    )
    return made.rowcount == 1


def a_person(*, name: str | None = None, duf_number: str | None = None) -> NewPerson:
    return NewPerson(
        birth_year=1985,
        sex=Sex.FEMALE,
        nationality="SY",
        name=name,
        duf_number=duf_number,
        languages=("arabisk",),
    )


def a_case(
    session: Session,
    *,
    group: Group = Group.RESETTLEMENT,
    persons: int = 2,
    name: str | None = None,
    duf_number: str | None = None,
    entry: Entry | None = ENTRY,
    reception_centre: str | None = None,
    at: datetime = NOW,
) -> UUID:
    """A registered case; `name` and `duf_number` are its first person's."""
    first = a_person(name=name, duf_number=duf_number)
    case_id, _ = registration.register(
        session,
        NewCase(
            group=group,
            persons=[first, *(a_person() for _ in range(persons - 1))],
            entry=entry,
            reception_centre=reception_centre,
        ),
        actor=officer(),
        at=at,
    )
    return case_id


def asked(
    session: Session, case_id: UUID, municipality_id: int, *, year: int = 2020, at: datetime = NOW
) -> CaseInHand:
    """The case is put to the municipality."""
    withdrawn = session.scalar(select(Case.was_withdrawn).where(Case.id == case_id))
    return commands.put_to_municipality(
        session,
        case_id,
        "redistribute" if withdrawn else "distribute",
        Question(municipality_id, year),
        actor=officer(),
        at=at,
    )


def accepted(
    session: Session,
    case_id: UUID,
    municipality_id: int,
    *,
    week: Week = WEEK,
    at: datetime = NOW,
) -> CaseInHand:
    """The case is put to the municipality, which says yes a day later."""
    asked(session, case_id, municipality_id, at=at)
    return commands.accept(
        session,
        case_id,
        settlement_week=week,
        actor=writer(municipality_id),
        at=at + timedelta(days=1),
    )


def placed(
    session: Session,
    case_id: UUID,
    municipality_id: int,
    *,
    week: Week = WEEK,
    at: datetime = NOW,
) -> CaseInHand:
    """Asked, accepted, and two days later decided."""
    accepted(session, case_id, municipality_id, week=week, at=at)
    return deciding.decide(session, case_id, actor=officer(), at=at + timedelta(days=2))


def booked(
    session: Session,
    case_id: UUID,
    municipality_id: int,
    *,
    week: Week = WEEK,
    arrives_at: datetime | None = None,
    at: datetime = NOW,
) -> UUID:
    """Placed, and a day later booked to noon on the week's Tuesday; returns the booking's id."""
    placed(session, case_id, municipality_id, week=week, at=at)
    tuesday = week.monday + timedelta(days=1)
    return travel.book(
        session,
        case_id,
        arrival_airport="TRD",
        arrives_at=arrives_at or datetime.combine(tuesday, time(12), UTC),
        flight="SK362",
        actor=udi(),
        at=at + timedelta(days=3),
    )


def a_vacancy(
    session: Session,
    municipality_id: int,
    *,
    places: int = 4,
    kind: VacancyKind = VacancyKind.HOME,
    week: Week | None = None,
    group: Group | None = None,
    accessible: bool = False,
    at: datetime = NOW,
) -> UUID:
    """A home the municipality has reported, free from this week unless told otherwise."""
    return vacancies.report(
        session,
        municipality_id=municipality_id,
        kind=kind,
        places=places,
        available_from_week=week or Week.of(at.date()),
        group=group,
        accessible=accessible,
        actor=writer(municipality_id),
        at=at,
    )
