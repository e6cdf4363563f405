"""The county boards' inventory of accommodation."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.api.schemas.fields import Answer, Body, Day, Long, Short
from app.api.schemas.sweden import CountyCode, File, PlaceOut, examples
from workflow.accommodation.states import OwnerKind, RowState, Standard

_TABLE = "municipality,name,owner,standard,beds\n1780,Gamla skolan,municipality,house,40\n"


class InventoryIn(Body):
    model_config = examples(
        county="17", source="Länsstyrelsen i Värmland", day="2022-03-25", table=_TABLE
    )

    county: CountyCode
    source: Short
    day: Annotated[Day, Field(description="The day it is of.")]
    table: Annotated[
        File,
        Field(
            description="A CSV with `municipality,name,owner,standard,beds`, and if they are known"
            " `address`, `note`, `transit_metres`, `transit_minutes` and the like of"
            " `health_centre`, `school`, `service`. Each line is kept as it is written."
        ),
    ]


class LinesOut(Answer):
    """How many lines, by what became of them."""

    waiting: int
    used: int
    rejected: int


class InventoryOut(Answer):
    id: int
    county: str
    source: str
    day: date
    sha256: str
    lines: LinesOut
    at: datetime
    actor: str

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        lines = LinesOut(**{str(state): source.lines.get(state, 0) for state in RowState})
        return super().of(source, lines=lines, **beside)


class InventoryRowOut(Answer):
    """One line; what cannot be read of it is null, and its column among the problems."""

    id: int
    inventory_id: int
    line: Annotated[int, Field(description="In the file, the header being 1.")]
    fields: Annotated[dict[str, str], Field(description="As the file says them, by column.")]
    municipality: PlaceOut | None
    name: str
    address: str | None
    owner: OwnerKind | None
    standard: Standard | None
    beds: int | None
    problems: Annotated[list[str], Field(description="Columns for which it can only be rejected.")]
    state: RowState
    reason: Annotated[str | None, Field(description="Why it was rejected.")]
    object_id: Annotated[UUID | None, Field(description="The object it is used as.")]
    decided_at: datetime | None
    decided_by: str | None

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        says = source.says
        here = None if says.municipality is None else PlaceOut.of(says.municipality)
        told = {name: getattr(says, name) for name in ("name", "address", "owner", "standard")}
        told |= {"municipality": here, "beds": says.beds, "problems": list(says.problems)}
        return super().of(source, **told, **beside)


class UseIn(Body):
    model_config = examples(object_id=None)

    object_id: Annotated[
        UUID | None,
        Field(description="The object it is, where it is there already; null: a new one."),
    ] = None


class RejectIn(Body):
    model_config = examples(reason="Huset är sålt")

    reason: Long
