"""To choose whom messages go to, and to end it. Addresses stand in no audit entry."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Integer, String, case, column, func, literal, select, table, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notifications.errors import ChosenAlready, NoAddressOfWork
from notifications.models import Notification, Recipient
from notifications.recipients import country_here, topics_of_a_municipality
from notifications.states import LANGUAGES_IN, Channel, Language, Timing, Topic
from workflow.kernel import audit
from workflow.kernel.actor import COUNTY, DIRECTORATE, READS_ALL_CASES, Actor, Role
from workflow.kernel.audit import Kind
from workflow.kernel.db import rows_of
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities.models import Municipality
from workflow.municipalities.states import LetterLanguage

#: Who chooses for a municipality: itself, and IMDi's leads for one that has not.
_OF_THE_MUNICIPALITY: Final = frozenset({Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR})
#: Officers who choose for themselves.
CHOOSES_FOR_ONESELF: Final = DIRECTORATE | COUNTY | {Role.TRAVEL_OFFICER, Role.MIGRATION_OFFICER}
#: Who names post offices, and chooses for a municipality that has not.
_CHOOSES_FOR_ANY: Final = frozenset({Role.LEAD, Role.MIGRATION_OFFICER})
_SHAPE: Final = {
    Channel.EMAIL: re.compile(r"[^\s@<>,;:\"()]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"),
    Channel.SMS: re.compile(r"\+[1-9][0-9]{6,14}"),
}
_LONGEST: Final = 254
_USERS: Final = table("users", column("id"), column("email"))


def choose(
    session: Session,
    municipality_id: int,
    *,
    topic: Topic | None,
    address: str,
    channel: Channel = Channel.EMAIL,
    timing: Timing | None = None,
    language: Language | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """An address the municipality's messages of a topic go to; returns its number.

    Args:
        topic: None for the post office, which has one address: a new one comes instead.
        language: None for the municipality's own decision on letters to it (språklova § 13).

    Raises:
        NotAllowed: the role does not choose.
        NotFound: the municipality does not exist, or not for this actor.
        Invalid: no address, or a topic municipalities are not told of.
        ChosenAlready.
    """
    _may(actor, municipality_id)
    spoken = session.scalar(
        select(Municipality.letter_language).where(
            Municipality.id == municipality_id, Municipality.valid_to.is_(None)
        )
    )
    if spoken is None:
        raise NotFound("municipality")
    if topic is None:
        channel = Channel.EMAIL
        _end_post_offices(session, [municipality_id], actor=actor, at=at)
    elif topic not in topics_of_a_municipality(session):
        raise Invalid("municipalities are not told of it", pointer="topic")
    spoken_here = LANGUAGES_IN[country_here(session)]
    if language not in {None, *spoken_here}:
        raise Invalid("nothing is written in it here", pointer="language")
    nynorsk = spoken is LetterLanguage.NYNORSK and Language.NN in spoken_here
    usual = Language.NN if nynorsk else spoken_here[0]
    number = _add(
        session,
        {"municipality_id": municipality_id},
        topic=topic,
        address=_address(address, channel),
        channel=channel,
        timing=timing,
        language=language or usual,
        actor=actor,
        at=at,
    )
    whose = f"{Kind.MUNICIPALITY}:{municipality_id}"
    _note(session, whose, "recipients.choose", number=number, topic=topic, actor=actor, at=at)
    return number


def name_post_offices(
    session: Session, addresses: Mapping[int, str], *, actor: Actor, at: datetime
) -> None:
    """The post offices of many municipalities at once, by their ids; in place of those before.

    Raises:
        NotAllowed: it is for IMDi's leads.
        Invalid: not an address.
    """
    if actor.role not in _CHOOSES_FOR_ANY:
        raise NotAllowed("the role does not name post offices", role=actor.role)
    written = [_address(one, Channel.EMAIL) for one in addresses.values()]
    _end_post_offices(session, addresses, actor=actor, at=at)
    given = rows_of(
        "given",
        {"municipality_id": ([*addresses], Integer()), "address": (written, String())},
    )
    newest = select(func.coalesce(func.max(Notification.id), 0)).scalar_subquery()
    nynorsk = Municipality.letter_language == LetterLanguage.NYNORSK
    language = Recipient.language.type
    values = {
        "municipality_id": Municipality.id,
        "address": given.c.address,
        "channel": literal(Channel.EMAIL, Recipient.channel.type),
        "language": case(
            (nynorsk, literal(Language.NN, language)), else_=literal(Language.NB, language)
        ),
        "gathered_until": newest,
        "added_at": literal(at, Recipient.added_at.type),
        "added_by": literal(actor.name),
    }
    found = (
        select(*values.values())
        .join(given, given.c.municipality_id == Municipality.id)
        .where(Municipality.valid_to.is_(None))
    )
    made = session.execute(
        insert(Recipient)
        .from_select([*values], found)
        .returning(Recipient.id, Recipient.municipality_id)
    ).all()
    changes = [
        audit.Change(
            f"{Kind.MUNICIPALITY}:{row.municipality_id}",
            after={"recipient": row.id, "topic": None},
        )
        for row in made
    ]
    audit.record_all(session, changes, "recipients.choose", actor=actor, at=at)


def end(session: Session, recipient_id: int, *, actor: Actor, at: datetime) -> None:
    """The address is chosen no longer; what waits for it does not leave.

    Raises:
        NotFound: no such address of the actor's, or it has ended.
    """
    found = session.execute(
        select(Recipient.municipality_id, Recipient.user_id, Recipient.topic)
        .where(Recipient.id == recipient_id, Recipient.ended_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("recipient")
    if found.municipality_id is not None:
        if not _is_seen_by(actor, found.municipality_id):
            raise NotFound("recipient")
        _may(actor, found.municipality_id)
        whose = f"{Kind.MUNICIPALITY}:{found.municipality_id}"
    elif found.user_id == actor.named_user:
        whose = f"{Kind.ACTOR}:user:{found.user_id}"
    else:
        raise NotFound("recipient")
    session.execute(
        update(Recipient)
        .where(Recipient.id == recipient_id)
        .values(ended_at=at, ended_by=actor.name)
        .execution_options(synchronize_session=False)
    )
    _note(
        session, whose, "recipients.end", number=recipient_id, topic=found.topic, actor=actor, at=at
    )


def prefer(
    session: Session,
    choices: Mapping[Topic, Timing | None],
    *,
    language: Language = Language.NB,
    actor: Actor,
    at: datetime,
) -> None:
    """What an officer of the state wants by e-mail, of each topic named; None: only here.

    Raises:
        NotAllowed: a municipality chooses addresses instead; a machine chooses nothing.
        NoAddressOfWork: the user has no e-mail address.
    """
    oneself = actor.named_user
    if actor.role not in CHOOSES_FOR_ONESELF or oneself is None:
        raise NotAllowed("only officers of the state choose for themselves", role=actor.role)
    address = session.scalar(select(_USERS.c.email).where(_USERS.c.id == oneself))
    if address is None and any(choices.values()):
        raise NoAddressOfWork
    session.execute(
        update(Recipient)
        .where(
            Recipient.user_id == oneself,
            Recipient.topic.in_(choices),
            Recipient.ended_at.is_(None),
        )
        .values(ended_at=at, ended_by=actor.name)
        .execution_options(synchronize_session=False)
    )
    for topic, timing in choices.items():
        if timing is not None:
            _add(
                session,
                {"user_id": oneself},
                topic=topic,
                address=address,
                channel=Channel.EMAIL,
                timing=timing,
                language=language,
                actor=actor,
                at=at,
            )
    audit.record(
        session,
        audit.Change(
            f"{Kind.ACTOR}:user:{oneself}",
            after={str(topic): timing and str(timing) for topic, timing in choices.items()},
        ),
        "recipients.prefer",
        actor=actor,
        at=at,
    )


def write_in(session: Session, language: Language, *, actor: Actor) -> None:
    """What the actor has chosen for itself comes in this language from now on."""
    session.execute(
        update(Recipient)
        .where(
            Recipient.user_id == actor.named_user,
            Recipient.ended_at.is_(None),
            Recipient.language != language,
        )
        .values(language=language)
        .execution_options(synchronize_session=False)
    )


def _is_seen_by(actor: Actor, municipality_id: int) -> bool:
    """Whether there is such an address for the actor at all, before what it may do with it."""
    own = actor.is_municipality and actor.municipality_id == municipality_id
    return own or actor.role in READS_ALL_CASES | _CHOOSES_FOR_ANY


def _may(actor: Actor, municipality_id: int) -> None:
    if actor.is_municipality and actor.municipality_id != municipality_id:
        raise NotFound("municipality")
    if actor.role not in _OF_THE_MUNICIPALITY | _CHOOSES_FOR_ANY:
        raise NotAllowed("the role does not choose recipients", role=actor.role)


def _address(told: str, channel: Channel) -> str:
    address = told.strip()
    if channel is Channel.SMS:
        address = address.replace(" ", "")
    if len(address) > _LONGEST or not _SHAPE[channel].fullmatch(address):
        raise Invalid(f"not an address for {channel}", pointer="address")
    return address


def _add(
    session: Session,
    whose: Mapping[str, int],
    *,
    topic: Topic | None,
    address: str | None,
    channel: Channel,
    timing: Timing | None,
    language: Language,
    actor: Actor,
    at: datetime,
) -> int:
    newest = select(func.coalesce(func.max(Notification.id), 0)).scalar_subquery()
    number: int | None = session.scalar(
        insert(Recipient)
        .values(
            **whose,
            topic=topic,
            channel=channel,
            address=address,
            language=language,
            timing=timing,
            gathered_until=newest,
            added_at=at,
            added_by=actor.name,
        )
        .on_conflict_do_nothing()
        .returning(Recipient.id)
    )
    if number is None:
        raise ChosenAlready(topic=topic)
    return number


def _end_post_offices(
    session: Session, municipality_ids: Collection[int], *, actor: Actor, at: datetime
) -> None:
    session.execute(
        update(Recipient)
        .where(
            Recipient.municipality_id.in_(municipality_ids),
            Recipient.topic.is_(None),
            Recipient.ended_at.is_(None),
        )
        .values(ended_at=at, ended_by=actor.name)
        .execution_options(synchronize_session=False)
    )


def _note(
    session: Session,
    whose: str,
    action: str,
    *,
    number: int,
    topic: Topic | None,
    actor: Actor,
    at: datetime,
) -> None:
    values = {"recipient": number, "topic": topic and str(topic)}
    ends = action == "recipients.end"
    change = audit.Change(whose, before=values) if ends else audit.Change(whose, after=values)
    audit.record(session, change, action, actor=actor, at=at)
