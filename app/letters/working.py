"""What the worker does with letters: makes, numbers and seals them, and sends them by a channel.

Sending calls others, so it goes on in a thread of its own: a channel that hangs holds up nothing
but itself. Any number of workers may do this; each letter is one's at a time.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock
from app.db import Sessions, transaction
from app.errors import CannotStart
from app.letters import rendering
from app.letters.channels import ChannelFault, Folder, LetterChannel, Taken
from app.letters.maskinporten import AccessToken
from app.letters.postal import PostalAddresses
from app.letters.svarut import SvarUt
from app.settings import Settings
from workflow.letters import making, posting, sealing
from workflow.letters.states import Channel, Delivery

log = logging.getLogger(__name__)

#: Between two looks for something to send, seconds.
GLANCE = 1.0
_NEEDED = (
    "svarut_integration_id",
    "svarut_integration_password",
    "svarut_maskinporten_issuer",
    "svarut_maskinporten_client_id",
    "svarut_maskinporten_key",
    "svarut_maskinporten_key_id",
    "postal_addresses",
)


def channel(settings: Settings) -> LetterChannel:
    """SvarUt where we have an account there, else the folder.

    Raises:
        CannotStart: only a part of the account is configured.
    """
    if settings.svarut_account is None:
        return Folder(settings.letters_folder or settings.data_dir.parent / "letters")
    missing = [name for name in _NEEDED if getattr(settings, name) is None]
    if missing:
        names = ", ".join(f"BOSETTING_{name.upper()}" for name in missing)
        raise CannotStart(f"BOSETTING_SVARUT_ACCOUNT needs {names} beside it.")
    seconds = float(settings.svarut_seconds)
    assert settings.svarut_maskinporten_key is not None  # noqa: S101  and the others: not missing
    assert settings.svarut_integration_password is not None  # noqa: S101
    assert settings.postal_addresses is not None  # noqa: S101
    token = AccessToken(
        issuer=settings.svarut_maskinporten_issuer or "",
        client_id=settings.svarut_maskinporten_client_id or "",
        key=settings.svarut_maskinporten_key.get_secret_value(),
        key_id=settings.svarut_maskinporten_key_id or "",
        scope="ks:fiks",
        timeout=seconds,
    )
    return SvarUt(
        url=settings.svarut_url,
        account=settings.svarut_account,
        integration_id=settings.svarut_integration_id or "",
        integration_password=settings.svarut_integration_password.get_secret_value(),
        token=token,
        addresses=PostalAddresses(settings.postal_addresses),
        timeout=seconds,
    )


def work(sessions: Sessions, settings: Settings, *, stop: Signal | None = None) -> int:
    """Make, number and seal what there is; returns how many letters were made or sealed."""
    window = timedelta(minutes=settings.undo_minutes)
    done = 0
    while not _stopped(stop):
        with transaction(sessions) as session:
            made = making.make(session, window=window, at=_now(session))
        if not made:
            break
        log.info("%d letters made", made)
        done += made
    with transaction(sessions) as session:
        at = _now(session)
        making.recall_undone(session, at=at)
        sealing.number_due(session, at=at)
    while not _stopped(stop) and _seal_next(sessions):
        done += 1
    return done


def _seal_next(sessions: Sessions) -> bool:
    """Seal one letter; one that cannot be written is put off, and the next one has its turn."""
    try:
        with transaction(sessions) as session:
            return sealing.seal_next(session, rendering.pdf, at=_now(session)) is not None
    except sealing.CannotWrite as fault:
        log.error("letter %s cannot be written", fault.letter_id, exc_info=fault.__cause__)  # noqa: TRY400  its cause is the fault
        with transaction(sessions) as session:
            sealing.put_off(session, fault.letter_id, at=_now(session))
        return True


def post(sessions: Sessions, way: LetterChannel, *, stop: Signal | None = None) -> int:
    """Send what is to be sent, and ask how the sent fare; returns how many left."""
    left = 0
    while not _stopped(stop) and _post_next(sessions, way):
        left += 1
    _ask(sessions, way)
    return left


@contextmanager
def keeps_posting(sessions: Sessions, settings: Settings, *, stop: Signal) -> Iterator[None]:
    """Post beside the other work until `stop` is set.

    Raises:
        CannotStart: the channel is half configured.
    """
    way = channel(settings)

    def go_on() -> None:
        while not stop.wait(GLANCE):
            try:
                post(sessions, way, stop=stop)
            except SQLAlchemyError as fault:
                log.warning("letters wait for the database: %s", type(fault).__name__)

    posting_thread = Thread(target=go_on, name="letters", daemon=True)
    posting_thread.start()
    try:
        yield
    finally:
        stop.set()
        posting_thread.join(way.timeout)


def _post_next(sessions: Sessions, way: LetterChannel) -> bool:
    with transaction(sessions) as session:
        letter = posting.claim(session, lease=timedelta(seconds=2 * way.timeout), at=_now(session))
    if letter is None:
        return False
    name, taken, fault = way.name, Taken(None, Delivery.BY_HAND), None
    if letter.by_hand:
        name = Channel.BY_HAND
    else:
        try:
            taken = way.send(letter)
        except ChannelFault as given:
            fault = given
    with transaction(sessions) as session:
        at = _now(session)
        if fault is not None:
            posting.failed(session, letter.id, fault.code, final=fault.final, at=at)
        else:
            posting.sent(
                session,
                letter.id,
                channel=name,
                external_id=taken.external_id,
                delivery=taken.delivery,
                at=at,
            )
    if fault is not None:
        log.warning("letter %s did not leave: %s", letter.number, fault.code)
    return True


def _ask(sessions: Sessions, way: LetterChannel) -> None:
    with transaction(sessions) as session:
        asked = posting.to_ask(session, at=_now(session))
    if not asked:
        return
    try:
        told = way.statuses(asked.keys())
    except ChannelFault as fault:
        log.warning("how %d letters fare is not known: %s", len(asked), fault.code)
        return
    news = {asked[name]: status for name, status in told.items() if name in asked}
    with transaction(sessions) as session:
        posting.heard(session, news, at=_now(session))


def _now(session: Session) -> datetime:
    """By the clock of the database's world, as the rest of the worker."""
    return clock.now(session, demo=True)


def _stopped(stop: Signal | None) -> bool:
    return stop is not None and stop.is_set()
