"""The worker's threads that send messages: one for each channel, which holds up only itself.

Any number of workers may do this; each message is one's at a time.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Signal
from threading import Thread

from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.clock import machine_time
from app.db import Sessions, transaction
from app.errors import CannotStart
from app.messages.channels import Folder, MessageChannel, NotTaken, SmsGateway, Smtp
from app.messages.composing import Sender
from app.settings import Settings
from notifications import dispatching
from notifications.states import Way

log = logging.getLogger(__name__)

#: Between two looks for something to send, seconds.
GLANCE = 1.0
#: Where the application is when it has not been said: only files in a folder say so.
HERE = "http://127.0.0.1:8000"


def channels(settings: Settings) -> Mapping[Way, MessageChannel]:
    """A server where one is named, else a folder.

    Raises:
        CannotStart: a server is named, and not where people reach the application.
    """
    if (settings.smtp_host or settings.sms_url) and settings.public_url is None:
        raise CannotStart("BOSETTING_PUBLIC_URL is needed: messages link to it.")
    sender = Sender(settings.mail_from, settings.public_url or HERE)
    folder = settings.messages_folder or settings.data_dir.parent / "messages"
    seconds = float(settings.message_seconds)
    by_mail: MessageChannel = Folder(sender, folder, kind="email")
    if settings.smtp_host:
        password = settings.smtp_password
        by_mail = Smtp(
            sender,
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            login=(settings.smtp_user, password.get_secret_value())
            if settings.smtp_user and password
            else None,
            timeout=seconds,
        )
    by_sms: MessageChannel = Folder(sender, folder, kind="sms")
    if settings.sms_url:
        if settings.sms_token is None:
            raise CannotStart("BOSETTING_SMS_URL needs BOSETTING_SMS_TOKEN beside it.")
        by_sms = SmsGateway(
            sender,
            url=settings.sms_url,
            token=settings.sms_token.get_secret_value(),
            name=settings.sms_from,
            timeout=seconds,
        )
    return {Way.EMAIL: by_mail, Way.SMS: by_sms}


@contextmanager
def keeps_sending(sessions: Sessions, settings: Settings, *, stop: Signal) -> Iterator[None]:
    """Send beside the other work until `stop` is set.

    Raises:
        CannotStart: the channels are half configured.
    """
    ways = channels(settings)

    def go_on(way: Way, channel: MessageChannel) -> None:
        while not stop.wait(GLANCE):
            try:
                send(sessions, way, channel, stop=stop)
            except SQLAlchemyError as fault:
                log.warning("messages wait for the database: %s", type(fault).__name__)
        channel.rest()

    threads = [
        Thread(target=go_on, args=one, name=f"messages by {one[0]}", daemon=True)
        for one in ways.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(float(settings.message_seconds))


def send(
    sessions: Sessions, way: Way, channel: MessageChannel, *, stop: Signal | None = None
) -> int:
    """Send what may leave by one channel now; returns how many left.

    No transaction is open while the channel has a message. What came of one is written with the
    claim of the next.
    """
    left, lease = 0, timedelta(seconds=channel.longest)
    with transaction(sessions) as session:
        shift = clock.shift_of(session)
        leaving = dispatching.claim(session, way, lease=lease, at=machine_time() + shift)
    while leaving is not None:
        fault: NotTaken | None = None
        try:
            channel.send(leaving, at=machine_time() + shift)
        except NotTaken as given:
            fault = given
        number = leaving.id
        with transaction(sessions) as session:
            at = machine_time() + shift
            if fault is None:
                dispatching.sent(session, number, at=at)
                left += 1
            else:
                dispatching.failed(session, number, fault.code, final=fault.final, at=at)
            stopped = stop is not None and stop.is_set()
            leaving = None if stopped else dispatching.claim(session, way, lease=lease, at=at)
        if fault is not None:
            log.warning("delivery %s did not leave: %s", number, fault.code)
    channel.rest()
    return left
