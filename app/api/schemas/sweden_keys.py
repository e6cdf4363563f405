"""Keys, statistics and computed keys of a Swedish deployment."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.schemas.fields import Answer, Body, Day, Short, Year
from app.api.schemas.sweden import Exact, File, Id, PlaceOut, examples


class KeyIn(Body):
    model_config = examples(
        parameters='name = "ours"\ntitle = "Ours"\nvalid_from = 2022-04-13\nsource = "a decision"\n'
        '[[criteria]]\nname = "population"\nweight = 1\nvalue = "population"\n'
    )

    parameters: Annotated[File, Field(description="The key's TOML, as `docs/keys.md` tells.")]


class KeyOut(Answer):
    id: int
    name: str
    version: int
    title: str
    valid_from: date
    source: str
    at: datetime
    actor: str


class StatisticsIn(Body):
    model_config = examples(
        title="Folkmängd",
        source="SCB",
        day="2021-12-31",
        table="code,population\n1780,95000\n",
    )

    title: Short
    source: Short
    day: Annotated[Day, Field(description="The day the numbers are of.")]
    table: Annotated[
        File, Field(description="CSV: `code` and columns of numbers; empty is not known.")
    ]


class StatisticsOut(Answer):
    id: int
    title: str
    source: str
    day: date
    columns: list[str]
    people_columns: Annotated[
        list[str], Field(description="Of these, small numbers are hidden in what is published.")
    ]
    sha256: str
    at: datetime
    actor: str


class KeyRunIn(Body):
    model_config = examples(key_id=1, statistics_id=1, year=2022, total=23500)

    key_id: Id
    statistics_id: Id
    year: Year
    total: Annotated[int, Field(strict=True, ge=0, le=10_000_000, description="People.")]


class UnusedIn(Body):
    model_config = examples(year=2023, total=7100)

    year: Annotated[Year, Field(description="The year the numbers are for.")]
    total: Annotated[int, Field(strict=True, ge=0, le=10_000_000, description="People.")]


class KeyRunOut(Answer):
    id: UUID
    year: int
    total: int
    key_id: int
    key_name: str
    key_version: int
    statistics_id: int
    statistics_title: str
    statistics_day: date
    sha256: Annotated[
        str, Field(description="Of the table `bosetting key compute` writes from the same files.")
    ]
    at: datetime
    actor: str


class KeyRunLineOut(Answer):
    """Null where it would tell of a hidden number."""

    municipality: PlaceOut
    share: Exact | None
    credit: Exact | None
    gross: Exact | None
    net: Exact | None
    target: int
    contributions: dict[str, Exact] | None
