"""A distribution key as data: dated, versioned, in a file that anyone can read and change.

Numbers are exact: 0.3, "1/3" and 1 are what they say. Whatever does not belong is refused where it
stands. Weights are never a constant of ours: the ones in use since 2016 are not published
(bosättningslagen 2016:38 § 7 names the criteria only).
"""

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from importlib import resources
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    StringConstraints,
    ValidationError,
    model_validator,
)

from workflow.keys.errors import KeyIsWrong
from workflow.ranking.apportionment import Method, Ties

#: Columns of the statistics that say who, not how many.
WHO = ("code", "name", "county")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30}|/0*[1-9][0-9]{0,29})?")
_NUMBER_EXPECTED = "expected a number like 2, 0.25 or 1/3 in quotes"


def exact(value: Any) -> Fraction:
    """A whole number, a decimal or a fraction in quotes, as what it says."""
    if not isinstance(value, int | Decimal | str) or isinstance(value, bool):
        raise ValueError(_NUMBER_EXPECTED)  # noqa: TRY004 - pydantic says where a ValueError stood
    text = str(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{_NUMBER_EXPECTED}, not {text[:40]}")
    return Fraction(text)


def _columns(value: Any) -> Any:
    """One column by its name is that column once."""
    return {value: 1} if isinstance(value, str) else value


Exact = Annotated[InstanceOf[Fraction], BeforeValidator(exact)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=40)]
#: Columns of the statistics, each times a number: {target = 1, placed = -1}.
Columns = Annotated[dict[Code, Exact], BeforeValidator(_columns), Field(min_length=1)]
Whole = Annotated[int, Field(ge=0, strict=True)]


class Kind(StrEnum):
    """How a criterion's share comes from its columns; v is `value`, Σ goes over all rows."""

    #: v / Σv
    SHARE = "share"
    #: v·index / Σ(v·index): a rate moves a share and is never added to it (Grech 2016).
    MODULATED = "modulated"
    #: (1/v) / Σ(1/v), each 1/v to 30 decimals.
    INVERSE = "inverse"
    #: base/Σbase + (base/Σbase - v/Σv): whoever has taken more than its part gets so much less.
    RELIEF = "relief"


class CapOn(StrEnum):
    """The two ways in which the cap of the EU's key of 2015 has been read."""

    #: The criterion's own share is at most times · the mean share of the others.
    EFFECT = "effect"
    #: weight · share is at most times · Σ(weight · share) of the others.
    WEIGHTED = "weighted"


class BelowZero(StrEnum):
    REFUSED = "refused"
    ZERO = "zero"


class CreditRule(StrEnum):
    """How who is there already counts (`docs/keys.md`)."""

    #: total · max(0, gross - credit) / Σ max(0, gross - credit)
    RESCALE = "rescale"
    #: max(0, λ·share - credit), λ so that the sum is the total: load per share is level.
    WATER_FILLING = "water-filling"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cap(Part):
    times: Exact
    of: tuple[Name, ...] = Field(min_length=1)
    on: CapOn = CapOn.EFFECT


class Criterion(Part):
    name: Name
    weight: Exact
    value: Columns
    kind: Kind = Kind.SHARE
    #: For `modulated`: the column that modulates.
    index: Code | None = None
    #: For `relief`: the column that is everyone's part.
    base: Code | None = None
    cap: Cap | None = None
    #: What a row counts where its columns come to less than 0, as where more came than the target.
    below_zero: BelowZero = BelowZero.REFUSED
    source: str = ""
    date: dt.date | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        for needed, kind in (("index", Kind.MODULATED), ("base", Kind.RELIEF)):
            if (getattr(self, needed) is not None) != (self.kind is kind):
                raise ValueError(f'"{needed}" belongs to kind = "{kind}" and to no other')
        return self


class Residual(Part):
    """What caps leave over is handed out by the mean share of these criteria."""

    by: tuple[Name, ...] = Field(min_length=1)


class Credit(Part):
    """People who are there already: column · factor is taken off."""

    name: Name
    value: Columns
    factor: Exact = Fraction(1)
    source: str = ""
    date: dt.date | None = None


class Crediting(Part):
    rule: CreditRule = CreditRule.RESCALE
    #: Whether what is shared out is the total and everyone who is there, or the total alone.
    on_top: bool = True


class Bounds(Part):
    """The least and most one may get: of the share before credits, of the number at the end."""

    least_share: Exact | None = None
    most_share: Exact | None = None
    least: Whole | None = None
    most: Whole | None = None


class Rounding(Part):
    method: Method = Method.WEBSTER
    ties: Ties = Ties.LARGER
    #: First whole numbers for the counties, then inside each of them.
    by_county: bool = False


class Parameters(Part):
    """One version of one key."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    title: str
    version: Annotated[int, Field(ge=1, strict=True)] = 1
    valid_from: dt.date
    source: str
    note: str = ""
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    residual: Residual | None = None
    credits: tuple[Credit, ...] = ()
    crediting: Crediting = Crediting()
    bounds: Bounds = Bounds()
    rounding: Rounding = Rounding()
    #: Municipalities whose number is 0 by decision; an empty field of the statistics is not that.
    zero_targets: frozenset[Code] = frozenset()
    #: Numbers of the counties that are decided elsewhere; without them they are computed.
    county_targets: dict[Code, Whole] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [criterion.name for criterion in self.criteria]
        names += [credit.name for credit in self.credits]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(twice)}: a name is used once")
        if (weights := sum(criterion.weight for criterion in self.criteria)) != 1:
            raise ValueError(f"the weights of the criteria sum to {weights}, expected 1")
        uncapped = {criterion.name for criterion in self.criteria if criterion.cap is None}
        for criterion in self.criteria:
            if criterion.cap and (unknown := set(criterion.cap.of) - uncapped):
                raise ValueError(
                    f"the cap of {criterion.name} is of {', '.join(sorted(unknown))},"
                    " expected criteria without a cap"
                )
        if self.residual and (unknown := set(self.residual.by) - uncapped):
            raise ValueError(
                f"the residual goes by {', '.join(sorted(unknown))},"
                " expected criteria without a cap"
            )
        if self.county_targets and not self.rounding.by_county:
            raise ValueError('county_targets belong to rounding with "by_county = true"')
        return self

    @property
    def columns(self) -> list[str]:
        """The columns of the statistics it needs, each once."""
        return list(dict.fromkeys(self._columns()))

    def _columns(self) -> Iterator[str]:
        for criterion in self.criteria:
            yield from criterion.value
            yield from (named for named in (criterion.index, criterion.base) if named)
        for credit in self.credits:
            yield from credit.value


def parse(text: str) -> Parameters:
    """Read a key's TOML.

    Raises:
        KeyIsWrong: with a sentence for each thing that is wrong, and where.
    """
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        raise KeyIsWrong([f"no TOML: {fault}"]) from None
    try:
        return Parameters.model_validate(document)
    except ValidationError as fault:
        raise KeyIsWrong([_said(error) for error in fault.errors()]) from None


def _said(error: Any) -> str:
    where = ".".join(str(step) for step in error["loc"])
    what = error["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else str(what)


def ready() -> dict[str, str]:
    """The keys that come with the system, by name: their TOML."""
    folder = resources.files("workflow.keys") / "ready"
    return {
        file.name.removesuffix(".toml"): file.read_text(encoding="utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    }
