"""How a message reads: what kind of thing has happened, and a link. Nothing about whom or what.

The words are of the repository and the counts of us: no name, number, place or case can get in.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.languages import TEMPLATES
from notifications.dispatching import Leaving
from notifications.states import Language, Topic

#: Where in the application what it is about is read, after signing in.
_PAGE: Final = "/varsler"


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom messages come from, and where the application is."""

    address: str
    public_url: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES / "messages"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def words(language: Language) -> dict[str, Any]:
    """All that messages say in a language."""
    with (TEMPLATES / "messages" / f"{language}.toml").open("rb") as file:
        return tomllib.load(file)


def message_id(leaving: Leaving, sender: Sender) -> str:
    """The same message has the same, however often it is sent."""
    return f"<delivery-{leaving.id}@{sender.domain}>"


def email(leaving: Leaving, sender: Sender, *, at: datetime) -> EmailMessage:
    """Text and HTML, made to be sent by no human and answered by none (RFC 3834)."""
    said = words(leaving.language)
    lines = _lines(leaving)
    told = {
        "language": str(leaving.language),
        "lines": lines,
        "link": f"{sender.public_url}{_PAGE}",
        **said["parts"],
    }
    made = EmailMessage()
    made["From"] = sender.address
    made["To"] = leaving.address
    made["Subject"] = lines[0] if len(lines) == 1 else said["parts"]["digest"]
    made["Date"] = format_datetime(at)
    made["Message-ID"] = message_id(leaving, sender)
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = str(leaving.language)
    made.set_content(_environment().get_template("message.txt").render(told))
    made.add_alternative(_environment().get_template("message.html").render(told), subtype="html")
    return made


def sms(leaving: Leaving, sender: Sender) -> str:
    """One line and the link."""
    lines = _lines(leaving)
    parts: dict[str, str] = words(leaving.language)["parts"]
    said = lines[0] if len(lines) == 1 else parts["digest"]
    return f"{said} {sender.public_url}{_PAGE}"


def _lines(leaving: Leaving) -> list[str]:
    said = words(leaving.language)
    if leaving.topic is not None:
        return [said["one"][leaving.topic]]
    return [
        said["one"][topic]
        if leaving.counts[topic] == 1
        else said["many"][topic].format(count=leaving.counts[topic])
        for topic in Topic
        if leaving.counts.get(topic)
    ]
