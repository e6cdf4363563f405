"""Whom messages go to beside the notices: a municipality's addresses, an officer's own choice."""

from fastapi import APIRouter, Response

from app.languages import language
from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from notifications import choosing, recipients
from notifications.rules import RULES, SWEDISH_RULES, Audience
from notifications.states import LANGUAGES_IN, USUAL_TIMING, Channel, Language, Timing, Topic
from workflow.kernel.actor import MUNICIPALITY, Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.errors import DomainError, NotFound
from workflow.municipalities import queries as register

router = APIRouter(route_class=InOneThread)

_OFFICERS = tuple(sorted(choosing.CHOOSES_FOR_ONESELF))
_WATCH = tuple(sorted(recipients.WATCH))
_NAMES = (Role.LEAD, Role.MIGRATION_OFFICER)
#: In a form: not by e-mail.
NONE = "none"


@router.get("/kommune/varsling")
def addresses(reader: Reader) -> Response:
    return _addresses(reader, reader.only(*MUNICIPALITY))


@router.post("/kommune/varsling")
def choose(reader: Reader) -> Response:
    actor = reader.only(*MUNICIPALITY)
    form = reader.form
    address = form.text("address", required=True)
    topic = form.choice("topic", Topic)
    channel = form.choice("channel", Channel) or Channel.EMAIL
    timing = form.choice("timing", Timing)
    language = form.choice("message_language", Language)
    if address is None or actor.municipality_id is None or form.errors:
        return _addresses(reader, actor, status_code=reader.again())
    try:
        with reader.change() as session:
            choosing.choose(
                session,
                actor.municipality_id,
                topic=topic,
                address=address,
                channel=channel,
                timing=timing,
                language=language,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _addresses(reader, actor, status_code=reader.again(refusal))
    return reader.done("/kommune/varsling", "recipient_chosen")


@router.post("/kommune/varsling/{recipient_id}/avslutt")
def end(reader: Reader, recipient_id: int) -> Response:
    actor = reader.only(*MUNICIPALITY)
    with reader.change() as session:
        choosing.end(session, recipient_id, actor=actor, at=reader.at)
    return reader.done("/kommune/varsling", "recipient_ended")


@router.get("/varsler/valg")
def own_choice(reader: Reader) -> Response:
    return _own_choice(reader, reader.only(*_OFFICERS))


@router.post("/varsler/valg")
def prefer(reader: Reader) -> Response:
    actor = reader.only(*_OFFICERS)
    choices = {
        topic: None if reader.form.typed(topic) == NONE else reader.form.choice(topic, Timing)
        for topic in _topics_of(actor, reader.country)
    }
    if reader.form.errors:
        return _own_choice(reader, actor, status_code=reader.again())
    try:
        with reader.change() as session:
            choosing.prefer(
                session, choices, language=Language(language()), actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _own_choice(reader, actor, status_code=reader.again(refusal))
    return reader.done("/varsler/valg", "preferences_kept")


@router.get("/varsling/uten-mottaker")
def unreachable(reader: Reader) -> Response:
    return _unreachable(reader, reader.only(*_WATCH))


@router.post("/varsling/uten-mottaker")
def name_post_office(reader: Reader) -> Response:
    """IMDi's lead, or Migrationsverket, names the post office of a municipality that has not."""
    actor = reader.only(*_NAMES)
    form = reader.form
    number = form.text("municipality_number", required=True)
    address = form.text("address", required=True)
    if number is None or address is None:
        return _unreachable(reader, actor, status_code=reader.again())
    try:
        here = register.by_number(reader.session, number, on=reader.today, actor=actor).id
        with reader.change() as session:
            choosing.choose(session, here, topic=None, address=address, actor=actor, at=reader.at)
    except NotFound:
        form.fault("municipality_number", "choice")
        return _unreachable(reader, actor, status_code=reader.again())
    except DomainError as refusal:
        return _unreachable(reader, actor, status_code=reader.again(refusal))
    return reader.done("/varsling/uten-mottaker", "recipient_chosen")


def _addresses(reader: Visit, actor: Actor, *, status_code: int = 200) -> Response:
    if actor.municipality_id is None:
        raise NotFound("municipality")
    chosen = recipients.of_municipality(reader.session, actor.municipality_id, actor=actor)
    topics = recipients.TOPICS_OF_A_MUNICIPALITY[reader.country]
    return reader.page(
        "recipients/municipality.html",
        status_code=status_code,
        chosen=chosen,
        post_office=next((one for one in chosen if one.topic is None), None),
        without=recipients.topics_without(chosen, topics),
        topics=topics,
        channels=tuple(Channel),
        timings=tuple(Timing),
        languages=LANGUAGES_IN[reader.country],
        may_choose=actor.role is not Role.MUNICIPALITY_READER,
    )


def _own_choice(reader: Visit, actor: Actor, *, status_code: int = 200) -> Response:
    chosen = {one.topic: one.timing for one in recipients.of_user(reader.session, actor=actor)}
    return reader.page(
        "recipients/own.html",
        status_code=status_code,
        chosen=chosen,
        topics=_topics_of(actor, reader.country),
        usual=USUAL_TIMING,
        timings=(NONE, *Timing),
    )


def _unreachable(reader: Visit, actor: Actor, *, status_code: int = 200) -> Response:
    return reader.page(
        "recipients/unreachable.html",
        status_code=status_code,
        rows=recipients.unreachable(reader.session, actor=actor),
        may_name=actor.role in _NAMES,
    )


_RULES = {Country.NORWAY: RULES, Country.SWEDEN: SWEDISH_RULES}


def _topics_of(actor: Actor, country: Country) -> tuple[Topic, ...]:
    """What the actor's audiences are told of."""
    audiences = {
        audience for audience, roles in recipients.ROLES_OF.items() if actor.role in roles
    } | {Audience.PERSON}
    return tuple(
        topic
        for topic in Topic
        if any(
            rule.topic is topic and audiences & set(rule.to) for rule in (*RULES, *SWEDISH_RULES)
        )
    )
