"""Whom an office's messages go to beside its notices.

A municipality chooses addresses for each topic; what nobody is chosen for goes to its post office.
An officer of the state chooses for himself, at the address of his work.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Integer,
    String,
    and_,
    case,
    column,
    func,
    literal,
    select,
    table,
    true,
)
from sqlalchemy.orm import Session

from notifications.models import Recipient
from notifications.rules import RULES, SWEDISH_RULES, Audience
from notifications.states import USUAL_TIMING, Channel, Language, Timing, Topic
from workflow.kernel.actor import COUNTY, DIRECTORATE, Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.db import table_of
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.municipalities.models import Municipality

#: Users stand in the layer above; what is asked of them here is who they are and whether they left.
USERS: Final = table(
    "users",
    column("id", Integer),
    column("role", String),
    column("ended_at", DateTime(timezone=True)),
    column("demo", Boolean),
    column("county", String),
)
#: As are deployments: which country it is for.
_DEPLOYMENT: Final = table("deployment", column("country", String))
#: Whose own choice counts for an audience.
ROLES_OF: Final = {
    Audience.IMDI: tuple(sorted(DIRECTORATE)),
    Audience.LEAD: (Role.LEAD,),
    Audience.UDI: (Role.TRAVEL_OFFICER,),
    Audience.AGENCY: (Role.MIGRATION_OFFICER,),
    Audience.COORDINATOR: (Role.COUNTY_COORDINATOR,),
    #: Those of the counties an event names.
    Audience.COUNTY: tuple(sorted(COUNTY)),
}
#: What a municipality may be told about, by country.
TOPICS_OF_A_MUNICIPALITY: Final = {
    country: tuple(
        topic
        for topic in Topic
        if any(rule.topic is topic and Audience.MUNICIPALITY in rule.to for rule in rules)
    )
    for country, rules in ((Country.NORWAY, RULES), (Country.SWEDEN, SWEDISH_RULES))
}


#: Who sees what municipalities have chosen, and which have not.
WATCH: Final = DIRECTORATE | {Role.AUDITOR, Role.MIGRATION_OFFICER}


@dataclass(frozen=True, slots=True)
class To:
    """Where one message goes, and when."""

    recipient_id: int
    channel: Channel
    address: str
    language: Language
    timing: Timing


@dataclass(frozen=True, slots=True)
class RecipientSeen:
    """A chosen address. `topic` None: the post office."""

    id: int
    topic: Topic | None
    channel: Channel
    address: str
    language: Language
    timing: Timing | None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A municipality with topics that nobody is told of by e-mail; `at_all`: it has no address."""

    number: str
    name: str
    topics: tuple[Topic, ...]
    at_all: bool


class RecipientsOf:
    """Where messages go; each office is asked for once, the municipalities all at once."""

    def __init__(self, session: Session, municipality_ids: Iterable[int | None]) -> None:
        self._session = session
        self._offices: dict[tuple[Audience, tuple[int | str, ...]], list[Any]] = {}
        self._municipalities: dict[int, list[Any]] = {}
        named = {one for one in municipality_ids if one is not None}
        if named:
            found = _LIVING.where(Recipient.municipality_id.in_(named))
            for row in session.execute(found):
                self._municipalities.setdefault(row.municipality_id, []).append(row)

    def told(
        self,
        audience: Audience,
        topic: Topic,
        *,
        municipality_id: int | None = None,
        among: Sequence[int | str] = (),
    ) -> list[To]:
        """Where a message of the topic goes; the post office where nobody is chosen by e-mail.

        Args:
            among: the users of it, or the counties.
        """
        rows = [
            row
            for row in self._rows(audience, municipality_id, tuple(sorted(among, key=str)))
            if row.topic in (topic, None)
        ]
        by_mail = any(row.topic is not None and row.channel is Channel.EMAIL for row in rows)
        return [
            To(row.id, row.channel, row.address, row.language, row.timing or USUAL_TIMING[topic])
            for row in rows
            if row.topic is not None or not by_mail
        ]

    def _rows(
        self, audience: Audience, municipality_id: int | None, among: tuple[int | str, ...]
    ) -> Sequence[Any]:
        if audience is Audience.MUNICIPALITY:
            return self._municipalities.get(municipality_id or 0, [])
        office = audience, among
        if office not in self._offices:
            found = _LIVING.join(USERS, USERS.c.id == Recipient.user_id).where(
                USERS.c.ended_at.is_(None), _whose(audience, among)
            )
            self._offices[office] = [*self._session.execute(found)]
        return self._offices[office]


def _whose(audience: Audience, among: tuple[int | str, ...]) -> ColumnElement[bool]:
    if audience is Audience.PERSON:
        return USERS.c.id.in_(among)
    role = USERS.c.role.in_(ROLES_OF[audience])
    return role & USERS.c.county.in_(among) if audience is Audience.COUNTY else role


_LIVING = (
    select(
        Recipient.id,
        Recipient.municipality_id,
        Recipient.topic,
        Recipient.channel,
        Recipient.address,
        Recipient.language,
        Recipient.timing,
    )
    .where(Recipient.ended_at.is_(None))
    .order_by(Recipient.id)
)


def of_municipality(session: Session, municipality_id: int, *, actor: Actor) -> list[RecipientSeen]:
    """The addresses a municipality has chosen, the post office first.

    Raises:
        NotFound: they are another's.
    """
    if not _looks_after(actor, municipality_id):
        raise NotFound("municipality")
    return _seen(session, Recipient.municipality_id == municipality_id)


def of_user(session: Session, *, actor: Actor) -> list[RecipientSeen]:
    """What the actor has chosen for itself."""
    if actor.named_user is None:
        return []
    return _seen(session, Recipient.user_id == actor.named_user)


def unreachable(session: Session, *, actor: Actor) -> list[Unreachable]:
    """The municipalities that would not hear of something by e-mail, before it happens.

    Raises:
        NotAllowed: it is for IMDi and the auditor.
    """
    _only_the_state(actor)
    return _unreachable(session, true())


def _only_the_state(actor: Actor) -> None:
    if actor.role not in WATCH:
        raise NotAllowed("whom nothing reaches is IMDi's to know", role=actor.role)


def _unreachable(session: Session, which: ColumnElement[bool]) -> list[Unreachable]:
    mine = table_of(Recipient).c
    living = and_(mine.ended_at.is_(None), mine.channel == Channel.EMAIL)
    rows = session.execute(
        select(
            Municipality.number,
            Municipality.official_name,
            func.coalesce(
                func.array_agg(case((mine.topic.is_(None), literal("")), else_=mine.topic)).filter(
                    mine.id.is_not(None)
                ),
                [],
            ),
        )
        .outerjoin(Recipient, and_(mine.municipality_id == Municipality.id, living))
        .where(Municipality.valid_to.is_(None), which)
        .group_by(Municipality.id)
        .order_by(Municipality.sort_key)
    )
    told = topics_of_a_municipality(session)
    return [
        Unreachable(number, name, without, at_all=not topics)
        for number, name, topics in rows
        if (without := _without(topics, told))
    ]


def unreached(
    session: Session, topic: Topic, numbers: Collection[str], *, actor: Actor
) -> dict[str, str]:
    """Which of these municipalities nobody in would hear of the topic by e-mail; names by number.

    Raises:
        NotAllowed: it is for IMDi and the auditor.
    """
    _only_the_state(actor)
    if not numbers:
        return {}
    return {
        one.number: one.name
        for one in _unreachable(session, Municipality.number.in_(numbers))
        if topic in one.topics
    }


def country_here(session: Session) -> Country:
    return Country(session.scalar(select(_DEPLOYMENT.c.country)) or Country.NORWAY)


def topics_of_a_municipality(session: Session) -> tuple[Topic, ...]:
    """What a municipality of this deployment may be told about."""
    return TOPICS_OF_A_MUNICIPALITY[country_here(session)]


def _without(topics: Iterable[str], told: Iterable[Topic]) -> tuple[Topic, ...]:
    chosen = set(topics)
    if "" in chosen:
        return ()
    return tuple(topic for topic in told if topic not in chosen)


def topics_without(chosen: Iterable[RecipientSeen], told: Iterable[Topic]) -> tuple[Topic, ...]:
    """What nobody would be told of by e-mail."""
    by_mail = [one for one in chosen if one.channel is Channel.EMAIL]
    return _without((str(one.topic) if one.topic else "" for one in by_mail), told)


def _looks_after(actor: Actor, municipality_id: int) -> bool:
    if actor.is_municipality:
        return actor.municipality_id == municipality_id
    return actor.role in WATCH


def _seen(session: Session, whose: object) -> list[RecipientSeen]:
    rows = session.execute(
        select(
            Recipient.id,
            Recipient.topic,
            Recipient.channel,
            Recipient.address,
            Recipient.language,
            Recipient.timing,
        )
        .where(whose, Recipient.ended_at.is_(None))  # type: ignore[arg-type]
        .order_by(Recipient.topic.is_not(None), Recipient.topic, Recipient.id)
    )
    return [RecipientSeen(*row) for row in rows]
