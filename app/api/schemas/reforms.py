"""Mergers and splits of municipalities."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.api.schemas.fields import Answer, Body, Day, MunicipalityNumber, Short
from workflow.cases.states import CaseState
from workflow.municipalities.states import LetterLanguage
from workflow.reforms.parties import NewMunicipality

Degrees = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]


class NewMunicipalityIn(Body):
    """A municipality that begins with the reform."""

    municipality_number: MunicipalityNumber
    official_name: Annotated[
        Short, Field(description="Every official name, parted by ` - `.", examples=["Fjordby"])
    ]
    county: Annotated[Short, Field(examples=["Nordland"])]
    norwegian_name: Annotated[
        Short | None, Field(description="One of the official names; by default the last.")
    ] = None
    sami_name: Annotated[Short | None, Field(description="One of the official names.")] = None
    organisation_number: Annotated[
        Short | None, Field(description="Nine digits.", examples=["964979367"])
    ] = None
    latitude: Annotated[
        Degrees | None, Field(description="By default the first predecessor's.", examples=[67.3])
    ] = None
    longitude: Annotated[Degrees | None, Field(examples=[14.4])] = None
    sami_area: Annotated[
        bool | None, Field(strict=True, description="By default as any predecessor.")
    ] = None
    letter_language: Annotated[
        LetterLanguage | None, Field(description="By default theirs if they agree.")
    ] = None

    def new(self) -> NewMunicipality:
        given = self.model_dump(exclude={"municipality_number", "latitude", "longitude"})
        return NewMunicipality(
            number=self.municipality_number,
            latitude=_decimal(self.latitude),
            longitude=_decimal(self.longitude),
            **given,
        )


def _decimal(degrees: float | None) -> Decimal | None:
    return None if degrees is None else Decimal(str(degrees))


Successor = Annotated[
    MunicipalityNumber | NewMunicipalityIn,
    Field(description="The number of one that goes on, or a new one."),
]
FirstDay = Annotated[
    Day,
    Field(description="First day of the successor; not in the future.", examples=["2021-01-01"]),
]


class MergerIn(Body):
    predecessors: Annotated[
        list[MunicipalityNumber],
        Field(min_length=1, max_length=50, description="Numbers they have the day before."),
    ]
    successor: Successor
    on: FirstDay


class SplitIn(Body):
    municipality_number: MunicipalityNumber
    successors: Annotated[
        list[Successor], Field(min_length=2, max_length=50, examples=[["1804", "1806"]])
    ]
    on: FirstDay


class ReformOut(Answer):
    id: int
    on: date
    predecessors: list[MunicipalityNumber]
    successors: list[MunicipalityNumber]
    cases: Annotated[int, Field(description="Cases that are another municipality's now.")]
    persons: Annotated[int, Field(description="Persons whose held places went along.")]


class CaseLeftBehindOut(Answer):
    """A case of a municipality that was split; it waits until IMDi moves it."""

    case_id: UUID
    case_number: str
    state: CaseState
    persons_count: Annotated[int, Field(description="Persons.")]
    municipality_number: MunicipalityNumber
    municipality_name: str
    successors: Annotated[list[MunicipalityNumber], Field(description="Where it may be moved to.")]


class MoveIn(Body):
    municipality_number: MunicipalityNumber
