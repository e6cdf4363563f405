"""What a form brought, and what is wrong with it, in the reader's words.

A field that cannot be read leaves a message in `errors` under its own name, so that the form comes
back with what was typed. Labels and messages stand in `[field]` and `[fault]` of the label tables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from fastapi import Request
from starlette.datastructures import FormData, QueryParams, UploadFile

from app.languages import language
from app.one_thread import until_answered
from app.typed import NoSuchWeek, typed_day, typed_week
from app.wording import explain, filled, label, table
from workflow.kernel.errors import DomainError, Invalid
from workflow.kernel.weeks import Week

#: Holds the version of what was read: the page's If-Match.
VERSION: Final = "version"
#: Where a message stands that belongs to no field; every page has this place.
WHOLE: Final = "main"

#: The field a refusal is about, by the beginning of its code.
FIELD_OF: Final[Mapping[str, str]] = {
    "reason.missing": "reason",
    "legal_ground.": "legal_ground",
    "override.": "override_reason",
    "week.": "settlement_week",
    "places.year_full": "settlement_week",
    "vacancy.": "vacancy_id",
    "settle.before_": "settled_on",
    "settle.in_future": "settled_on",
}

Code = TypeVar("Code", bound=StrEnum)


class Unreadable(Invalid):
    """A field could not be read; the form comes back and says which."""

    def __init__(self) -> None:
        super().__init__("the form has errors", pointer="")


@dataclass(slots=True)
class Form:
    """The values of a form by name, as they were typed."""

    data: FormData = field(default_factory=FormData)
    errors: dict[str, str] = field(default_factory=dict)

    def typed(self, name: str) -> str:
        """As it was typed, for the field that comes back."""
        value = self.data.get(name)
        return value if isinstance(value, str) else ""

    def text(self, name: str, *, required: bool = False) -> str | None:
        """The text without the space around it; None where nothing was written."""
        text = self.typed(name).strip().replace("\r\n", "\n")
        if not text and required:
            self.fault(name, "missing")
        return text or None

    def many(self, name: str) -> list[str]:
        return [value for value in self.data.getlist(name) if isinstance(value, str)]

    def ids(self, name: str) -> list[UUID]:
        """The ticked rows."""
        try:
            return [UUID(value) for value in self.many(name)]
        except ValueError:
            self.fault(name, "choice")
            return []

    def id(self, name: str) -> UUID | None:
        return next(iter(self.ids(name)), None) if self.text(name) else None

    def ticked(self, name: str) -> bool:
        return name in self.data

    def day(self, name: str, *, required: bool = False, label_of: str | None = None) -> date | None:
        """A day; `label_of` is the field whose label a row's own field shares."""
        text = self.text(name, required=required)
        if text is None:
            return None
        try:
            return typed_day(text)
        except ValueError:
            self.fault(name, "day", label_of)
            return None

    def week(self, name: str, *, today: date, required: bool = False) -> Week | None:
        text = self.text(name, required=required)
        if text is None:
            return None
        try:
            return typed_week(text, today=today)
        except NoSuchWeek:
            self.fault(name, "no_such_week")
            return None
        except ValueError:
            self.fault(name, "week")
            return None

    def number(self, name: str, *, required: bool = False, longest: int = 6) -> int | None:
        """A whole number, zero or more; space between groups is allowed."""
        text = self.text(name, required=required)
        if text is None:
            return None
        digits = "".join(text.split())
        if not (digits.isascii() and digits.isdigit() and len(digits) <= longest):
            self.fault(name, "number")
            return None
        return int(digits)

    def choice(self, name: str, codes: type[Code], *, required: bool = False) -> Code | None:
        text = self.text(name, required=required)
        if text is None:
            return None
        try:
            return codes(text)
        except ValueError:
            self.fault(name, "choice")
            return None

    def versions(self) -> frozenset[int]:
        """The version that was read; none is no version, and so a stale one."""
        text = self.typed(VERSION)
        return frozenset({int(text)} if text.isascii() and text.isdigit() else ())

    def fault(self, name: str, code: str, label_of: str | None = None) -> None:
        """Put the message of `[fault]` at a field; the first one stands."""
        sentence = label(code, "fault")
        words = _called(label_of or name)
        self.errors.setdefault(name, filled(sentence, {"field": words}) or sentence)

    def refused(self, refusal: DomainError, fields: Mapping[str, str] | None = None) -> None:
        """Put a refusal at the field it is about, else at the top of the page.

        Args:
            fields: code (or its beginning) to field, where this form differs from FIELD_OF.
        """
        known = {**FIELD_OF, **(fields or {})}
        place = _place(refusal, known)
        if isinstance(refusal, Invalid) and place != WHOLE:
            self.errors.setdefault(place, _of_invalid(place))
        else:
            self.errors.setdefault(place, str(explain(refusal)))


def _place(refusal: DomainError, fields: Mapping[str, str]) -> str:
    if isinstance(refusal, Invalid):
        name = refusal.pointer.rpartition("/")[2]
        return name if name in _known_fields() else WHOLE
    for code in (refusal.code, *_beginnings(refusal.code)):
        if code in fields:
            return fields[code]
    return WHOLE


def _beginnings(code: str) -> Iterable[str]:
    """`week.past` begins with `week.`."""
    head, dot, _ = code.partition(".")
    return [f"{head}{dot}"] if dot else []


def _known_fields() -> Mapping[str, str]:
    fields: Mapping[str, str] = table(language()).get("field", {})
    return fields


def _called(name: str) -> str:
    """The label of a field, of `near_metres` for `school_near_metres`; a word for any, else."""
    known, rest = _known_fields(), name
    while rest and rest not in known:
        rest = rest.partition("_")[2]
    return known.get(rest) or label("unnamed", "field")


def _of_invalid(name: str) -> str:
    own = f"invalid_{name}"
    sentence = label(own if own in table(language())["fault"] else "choice", "fault")
    return filled(sentence, {"field": _called(name)}) or sentence


def codes(parameters: QueryParams, name: str, words: type[Code]) -> list[Code]:
    """The values of a filter that are words of a closed set; the rest is ignored."""
    known = {str(word): word for word in words}
    return [known[value] for value in parameters.getlist(name) if value in known]


async def read_form(request: Request) -> Form:
    """The form of a request that changes something; an empty one of any other.

    Its files are closed when the request is answered.
    """
    if request.method != "POST":
        return Form()
    data = await request.form()
    for sent in data.values():
        if isinstance(sent, UploadFile):
            until_answered(request).callback(sent.file.close)
    return Form(data)
