"""Types of fields: text without NUL, whole numbers, days, moments, weeks, municipality numbers."""

import re
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, Final, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from workflow.kernel.weeks import Week

T = TypeVar("T")
D = TypeVar("D", date, datetime)

#: The most a count of persons or places may be.
MOST: Final = 100_000
#: What PostgreSQL's `integer` holds; identifiers we have made are never larger.
LARGEST_ID: Final = 2**31 - 1


class Body(BaseModel):
    """Of a request: nothing we do not know, nothing we silently change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """Of an answer: read from what a query or command gives back."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    @classmethod
    def of(cls, source: object, **beside: Any) -> Self:
        """The fields `source` has, and those it has not."""
        found = {name: getattr(source, name) for name in cls.model_fields if name not in beside}
        return cls.model_validate(found | beside)


class ListOf(Answer, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: Annotated[
        str | None, Field(description="Give it as `cursor` for what follows; null at the end.")
    ] = None


def no_control(text: str) -> str:
    if "\0" in text:
        raise ValueError("no NUL may be in it")
    return text


def _text(longest: int) -> Any:
    return Annotated[
        str,
        StringConstraints(min_length=1, max_length=longest, strip_whitespace=True, strict=True),
        AfterValidator(no_control),
    ]


#: A name, a title, a country.
Short = _text(200)
#: A reason, a comment.
Long = _text(2000)

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _plausible(day: D) -> D:
    if not 1900 <= day.year <= 2200:
        raise ValueError("expected a year from 1900 to 2200")
    return day


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        return _plausible(date.fromisoformat(value))
    raise ValueError("expected a day like 2020-03-12")


Day = Annotated[
    date,
    PlainValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2020-03-12"]}),
]


_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def _written_moment(value: object) -> object:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return value
    raise ValueError("expected a time with its offset, like 2020-06-09T13:05:00+02:00")


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_written_moment),
    AfterValidator(_plausible),
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2020-06-09T13:05:00+02:00"]}
    ),
]


def _week(value: object) -> Week:
    if isinstance(value, Week):
        return value
    if not isinstance(value, str):
        raise ValueError("expected a week like 2020-W24")  # noqa: TRY004  pydantic's way to refuse
    week = Week.parse(value)
    if not 1990 <= week.year <= 2100:
        raise ValueError("expected a year from 1990 to 2100")
    return week


WeekField = Annotated[
    Week,
    PlainValidator(_week),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^[0-9]{4}-W[0-9]{2}$",
            "description": "ISO week.",
            "examples": ["2020-W24"],
        }
    ),
]

MunicipalityNumber = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}$", strict=True),
    Field(description="Four digits, with leading zero.", examples=["0301"]),
]
Persons = Annotated[int, Field(strict=True, ge=0, le=MOST, description="Persons.")]
Places = Annotated[int, Field(strict=True, ge=0, le=MOST, description="Places, in persons.")]
Year = Annotated[
    int, Field(strict=True, ge=1990, le=2100, description="Calendar year.", examples=[2020])
]
Identifier = Annotated[int, Field(ge=1, le=LARGEST_ID)]


def share(exact: Fraction | None) -> float | None:
    """For people and charts; six decimals."""
    return None if exact is None else round(float(exact), 6)


def share_exact(exact: Fraction | None) -> str | None:
    """For comparing and reckoning on: `7/20`."""
    return None if exact is None else f"{exact.numerator}/{exact.denominator}"


UnusedShare = Annotated[
    float | None,
    Field(
        description="Free of the decided places, rounded; null without decided places.",
        examples=[0.35],
    ),
]
UnusedShareExact = Annotated[
    str | None,
    Field(description="The same as a fraction.", pattern=r"^\d+/\d+$", examples=["7/20"]),
]
