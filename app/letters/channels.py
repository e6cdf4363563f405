"""What a letter leaves by: a port, and the folder that stands in where there are no credentials."""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from workflow.letters.posting import Outgoing
from workflow.letters.states import Channel, Delivery


class ChannelFault(Exception):
    """It did not take the letter; `code` says why, `final` that it never will."""

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


@dataclass(frozen=True, slots=True)
class Taken:
    """The channel has the letter, under its own name for it."""

    external_id: str | None
    delivery: Delivery


class LetterChannel(Protocol):
    """A way out. No transaction is open while it is called."""

    @property
    def name(self) -> Channel: ...

    @property
    def timeout(self) -> float:
        """Seconds a call may take; a claim lasts twice as long."""

    def send(self, letter: Outgoing) -> Taken:
        """Hand a letter over; one it has already is not sent again.

        Raises:
            ChannelFault.
        """

    def statuses(self, external_ids: Collection[str]) -> Mapping[str, tuple[Delivery, datetime]]:
        """How letters fare, by the channel's name for them; those it knows.

        Raises:
            ChannelFault.
        """


class Folder:
    """Writes each letter as a PDF and what is to be known of it as JSON, for whoever sends it.

    The same letter again writes the same files again.
    """

    name: Final = Channel.FOLDER
    timeout: Final = 30.0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Outgoing) -> Taken:
        stem = f"{letter.number.replace('/', '-')}_{letter.kind}"
        told = {
            "id": str(letter.id),
            "number": letter.number,
            "kind": letter.kind,
            "recipient": letter.recipient,
            "language": letter.language,
            "municipality": {
                "number": letter.addressee.number,
                "name": letter.addressee.name,
                "organisation_number": letter.addressee.organisation_number,
            },
            "case_number": letter.case_number,
            "sealed_at": letter.sealed_on,
            "file": f"{stem}.pdf",
            "sha256": letter.sha256,
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(self._folder / f"{stem}.pdf", letter.pdf)
            # Last, so that who finds it finds the letter too.
            _write(
                self._folder / f"{stem}.json",
                json.dumps(told, ensure_ascii=False, indent=2).encode(),
            )
        except OSError as fault:
            raise ChannelFault("letter.folder_refuses") from fault
        return Taken(stem, Delivery.IN_FOLDER)

    def statuses(self, external_ids: Collection[str]) -> Mapping[str, tuple[Delivery, datetime]]:
        return {}


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
