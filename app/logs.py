"""The log: a line for each thing that happened, with the request it belongs to, and no person.

Events are words and codes, ids and routes. Whatever a line is made of, it passes `redacted` before
it leaves, its traceback too.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal, TextIO

from app.redaction import hide, redacted
from app.request_id import request_id
from app.settings import Settings

#: Fields of our own that a line may carry beside its words, as `extra={"told": {...}}`.
TOLD: Final = "told"

#: What would begin another line, or do something to a terminal, is written as its number.
_ON_ONE_LINE: Final = {sign: f"\\x{sign:02x}" for sign in (*range(32), *range(127, 160))}


class Text(logging.Formatter):
    """For people: `2026-11-22T20:15:03Z INFO app.worker words [request]`."""

    def format(self, record: logging.LogRecord) -> str:
        sign = request_id()
        words = record.getMessage().translate(_ON_ONE_LINE)
        line = f"{_at(record)} {record.levelname} {record.name} {words}"
        line = f"{line} [{sign}]" if sign else line
        # A request's own line is made of routes and numbers; it is the one there are many of.
        return line if hasattr(record, TOLD) else redacted(_with_fault(line, record))


class Json(logging.Formatter):
    """For programs: an object on a line."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": _at(record),
            "level": record.levelname,
            "logger": record.name,
            "message": redacted(record.getMessage()),
            "request_id": request_id(),
        } | {name: _plain(value) for name, value in getattr(record, TOLD, {}).items()}
        if fault := _with_fault("", record):
            told["fault"] = redacted(fault.lstrip("\n"))
        return json.dumps(
            {name: value for name, value in told.items() if value is not None}, ensure_ascii=False
        )


def configure(
    settings: Settings, *, level: Literal["INFO", "WARNING"] = "INFO", to: TextIO | None = None
) -> None:
    """Write the log of this process to stderr; nothing else writes it."""
    hide(
        *(
            secret.get_secret_value()
            for secret in (settings.secret, settings.secret_before)
            if secret is not None
        ),
    )
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(Json() if settings.log_format == "json" else Text())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel("WARNING")
    for name in ("app", "uvicorn"):
        logging.getLogger(name).setLevel(level)
    # Its lines repeat the query as it was asked: names people search for.
    logging.getLogger("uvicorn.access").disabled = True
    sys.excepthook = _tell_redacted


def _tell_redacted(
    kind: type[BaseException], fault: BaseException, trace: TracebackType | None
) -> None:
    sys.stderr.write(redacted("".join(traceback.format_exception(kind, fault, trace))))


def _at(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _with_fault(line: str, record: logging.LogRecord) -> str:
    if record.exc_info:
        line += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
    if record.stack_info:
        line += f"\n{record.stack_info}"
    return line


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | None) else redacted(str(value))
