"""What messages leave by: SMTP, a gateway for SMS, and folders where there is neither."""

import json
import os
import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Literal, Protocol

import httpx2

from app.messages.composing import Sender, email, message_id, sms
from notifications.dispatching import Leaving

#: 4xx: not now; 5xx: never (RFC 5321, 4.2.1).
_NEVER: Final = 500


class NotTaken(Exception):
    """It was not taken. `code` is ours, never the server's words; `final`: it never will be."""

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


class MessageChannel(Protocol):
    """A way out. No transaction is open while it is called."""

    @property
    def longest(self) -> float:
        """Seconds one send may take; a claim lasts as long."""

    def send(self, leaving: Leaving, *, at: datetime) -> None:
        """Hand a message over. Sent again it has the same id.

        Raises:
            NotTaken.
        """

    def rest(self) -> None:
        """Nothing waits: let go of what is kept open."""


class Smtp:
    """One connection, kept while there is something to send. For one thread."""

    def __init__(
        self,
        sender: Sender,
        *,
        host: str,
        port: int,
        security: Literal["starttls", "tls", "none"],
        login: tuple[str, str] | None = None,
        timeout: float = 10.0,
    ) -> None:
        self._timeout = timeout
        #: Connection, greeting, two hellos, TLS, two steps of a login, four commands and a spare.
        self.longest: Final = 12 * timeout
        self._sender = sender
        self._host, self._port = host, port
        self._security = security
        self._login = login
        self._open: smtplib.SMTP | None = None

    def send(self, leaving: Leaving, *, at: datetime) -> None:
        self._hand_over(email(leaving, self._sender, at=at))

    def rest(self) -> None:
        if self._open is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._open.quit()
            self._open = None

    def _hand_over(self, made: EmailMessage) -> None:
        try:
            if self._open is None:
                self._open = self._connected()
            self._open.send_message(made)
        except smtplib.SMTPRecipientsRefused as fault:
            (code, _) = next(iter(fault.recipients.values()))
            self._let_go()
            raise NotTaken("email.recipient_refused", final=code >= _NEVER) from fault
        except smtplib.SMTPDataError as fault:
            self._let_go()
            raise NotTaken("email.refused", final=fault.smtp_code >= _NEVER) from fault
        except smtplib.SMTPAuthenticationError as fault:
            self._let_go()
            raise NotTaken("email.sign_in_refused") from fault
        except smtplib.SMTPResponseException as fault:
            # Of the greeting or the sender: the server's state or our settings, not this message.
            self._let_go()
            raise NotTaken("email.server_refuses") from fault
        except (smtplib.SMTPException, OSError) as fault:
            self._let_go()
            # smtplib wraps a silence in a disconnection.
            slow = isinstance(fault, TimeoutError) or isinstance(fault.__context__, TimeoutError)
            raise NotTaken("email.slow" if slow else "email.away") from fault

    def _connected(self) -> smtplib.SMTP:
        if self._security == "tls":
            made: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._timeout, context=ssl.create_default_context()
            )
        else:
            made = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._security == "starttls":
                made.starttls(context=ssl.create_default_context())
            if self._login is not None:
                made.login(*self._login)
        except BaseException:
            made.close()
            raise
        return made

    def _let_go(self) -> None:
        if self._open is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._open.close()
            self._open = None


class SmsGateway:
    """A gateway that takes a JSON body with `to`, `from`, `text` and `reference` over HTTPS.

    Gateways agree on no more than this: one with other names needs an adapter of its own.
    """

    def __init__(self, sender: Sender, *, url: str, token: str, name: str, timeout: float) -> None:
        self.longest: Final = 4 * timeout
        self._sender = sender
        self._url, self._name = url, name
        self._client = httpx2.Client(
            headers={"Authorization": f"Bearer {token}"}, timeout=timeout, trust_env=False
        )

    def send(self, leaving: Leaving, *, at: datetime) -> None:
        reference = message_id(leaving, self._sender).strip("<>")
        body = {
            "to": leaving.address,
            "from": self._name,
            "text": sms(leaving, self._sender),
            "reference": reference,
        }
        try:
            told = self._client.post(self._url, json=body, headers={"Idempotency-Key": reference})
        except httpx2.TimeoutException as fault:
            raise NotTaken("sms.slow") from fault
        except httpx2.HTTPError as fault:
            raise NotTaken("sms.away") from fault
        if told.status_code in (400, 404, 410, 422):
            raise NotTaken("sms.refused", final=True)
        if not told.is_success:
            raise NotTaken("sms.server_refuses")

    def rest(self) -> None:
        """The client keeps its connections itself."""


class Folder:
    """Writes what would have left as `.eml` and `.json`; again it is the same file."""

    longest: Final = 30.0

    def __init__(self, sender: Sender, folder: Path, *, kind: Literal["email", "sms"]) -> None:
        self._sender = sender
        self._folder = folder
        self._kind = kind

    def send(self, leaving: Leaving, *, at: datetime) -> None:
        if self._kind == "email":
            name, content = f"{leaving.id}.eml", email(leaving, self._sender, at=at).as_bytes()
        else:
            told = {"to": leaving.address, "text": sms(leaving, self._sender)}
            name, content = f"{leaving.id}.json", json.dumps(told, ensure_ascii=False).encode()
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._folder / f".{name}.part"
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            part.replace(self._folder / name)
        except OSError as fault:
            raise NotTaken(f"{self._kind}.folder_refuses") from fault

    def rest(self) -> None:
        """Nothing is kept open."""
