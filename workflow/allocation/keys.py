"""Keys stored: each version once, as the file that says it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from workflow.allocation.access import only_the_agency
from workflow.allocation.errors import KeyUnusable, KeyVersionTaken
from workflow.allocation.models import DistributionKey
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.keys.errors import KeyIsWrong
from workflow.keys.parameters import Parameters, parse, ready


@dataclass(frozen=True, slots=True)
class KeySeen:
    id: int
    name: str
    version: int
    title: str
    valid_from: date
    source: str
    at: datetime
    actor: str


def store(session: Session, parameters: str, *, actor: Actor, at: datetime) -> int:
    """Keep a version of a key; the same file again is the one there is.

    Raises:
        NotThisRole; KeyUnusable; KeyVersionTaken: another file has this name and version.
    """
    only_the_agency(actor)
    told = read(parameters)
    made = session.execute(
        insert(DistributionKey)
        .values(
            name=told.name,
            version=told.version,
            title=told.title,
            valid_from=told.valid_from,
            source=told.source,
            parameters=parameters,
            at=at,
            actor=actor.name,
        )
        .on_conflict_do_nothing()
        .returning(DistributionKey.id)
    ).scalar_one_or_none()
    if made is None:
        return _the_same(session, told, parameters)
    changed = audit.Change(
        audit.subject(audit.Kind.DISTRIBUTION_KEY, made),
        after={"name": told.name, "version": told.version, "valid_from": told.valid_from},
    )
    audit.record(session, changed, "store_key", actor=actor, at=at)
    return made


def store_ready(session: Session, name: str, *, actor: Actor, at: datetime) -> int:
    """Keep one of the keys that come with the system.

    Raises:
        NotFound: none is called so. NotThisRole; KeyVersionTaken.
    """
    known = ready()
    if name not in known:
        raise NotFound("ready key")
    return store(session, known[name], actor=actor, at=at)


def read(parameters: str) -> Parameters:
    """Raises KeyUnusable with what is wrong."""
    try:
        return parse(parameters)
    except KeyIsWrong as fault:
        raise KeyUnusable(
            "the key says what cannot be", pointer="/parameters", problems="; ".join(fault.problems)
        ) from None


def keys(session: Session, *, actor: Actor) -> list[KeySeen]:
    """All versions of all keys, the latest to hold first; no secret to anybody signed in."""
    rows = session.execute(
        _SEEN.order_by(
            DistributionKey.valid_from.desc(), DistributionKey.name, DistributionKey.version.desc()
        )
    )
    return [KeySeen(*row) for row in rows]


def key(session: Session, key_id: int, *, actor: Actor) -> KeySeen:
    """Raises NotFound."""
    row = session.execute(_SEEN.where(DistributionKey.id == key_id)).one_or_none()
    if row is None:
        raise NotFound("key")
    return KeySeen(*row)


def parameters_of(session: Session, key_id: int, *, actor: Actor) -> str:
    """The file. Raises NotFound."""
    found = session.scalar(select(DistributionKey.parameters).where(DistributionKey.id == key_id))
    if found is None:
        raise NotFound("key")
    return found


def _the_same(session: Session, told: Parameters, parameters: str) -> int:
    there = session.execute(
        select(DistributionKey.id, DistributionKey.parameters).where(
            DistributionKey.name == told.name, DistributionKey.version == told.version
        )
    ).one()
    if there.parameters != parameters:
        raise KeyVersionTaken(
            "this version of the key says something else", name=told.name, version=told.version
        )
    return int(there.id)


_SEEN = select(
    DistributionKey.id,
    DistributionKey.name,
    DistributionKey.version,
    DistributionKey.title,
    DistributionKey.valid_from,
    DistributionKey.source,
    DistributionKey.at,
    DistributionKey.actor,
)
