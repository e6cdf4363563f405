"""Users, and authority lent for some days."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from app.api.schemas.fields import (
    LARGEST_ID,
    Answer,
    Body,
    Day,
    Long,
    MunicipalityNumber,
    Short,
)
from workflow.kernel.actor import Role

UserId = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)]


class UserIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Ola Nordmann",
                    "role": "municipality_writer",
                    "email": "ola.nordmann@example.no",
                    "municipality_number": "5006",
                }
            ]
        }
    )

    name: Short
    role: Role
    title: Annotated[Short | None, Field(examples=["Flyktningkonsulent"])] = None
    email: Annotated[
        Short | None,
        Field(
            description="Of work: by it the person is known when the provider vouches for it.",
            examples=["ola.nordmann@example.no"],
        ),
    ] = None
    provider: Annotated[
        Short | None, Field(description="An identity provider's name; goes with `subject`.")
    ] = None
    subject: Annotated[
        Short | None,
        Field(description="What that provider calls the person (`sub`); kept as a keyed hash."),
    ] = None
    municipality_number: Annotated[
        MunicipalityNumber | None,
        Field(description="By default the administrator's own municipality."),
    ] = None
    reception_centre: Annotated[Short | None, Field(examples=["Dale mottak"])] = None
    county: Annotated[
        str | None,
        StringConstraints(pattern=r"^[0-9]{2}$", strict=True),
        Field(description="Two digits, of a Swedish county board.", examples=["17"]),
    ] = None


class RoleIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "municipality_reader"}]})

    role: Role


class EndUserIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Sluttet"}]})

    reason: Long | None = None


class UserOut(Answer):
    id: int
    name: str
    title: str | None
    role: Role
    email: str | None
    provider: Annotated[
        str | None, Field(description="Who has vouched for the person; null before the first time.")
    ]
    municipality_number: MunicipalityNumber | None
    municipality_name: str | None
    reception_centre: str | None
    ended_at: datetime | None


class DelegationIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "delegate_id": 12,
                    "from_on": "2020-06-29",
                    "until_on": "2020-07-17",
                    "reason": "Ferie",
                }
            ]
        }
    )

    delegator_id: Annotated[
        UserId | None,
        Field(description="Whose authority; by default the caller's own. Others' by who manages."),
    ] = None
    delegate_id: Annotated[UserId, Field(description="A user of the same organisation.")]
    from_on: Day
    until_on: Annotated[Day, Field(description="The last day; at most 366 days in all.")]
    reason: Long


class DelegationOut(Answer):
    id: int
    delegator_id: int
    delegator: str
    delegate_id: int
    delegate: str
    from_on: date
    until_on: date
    reason: str
    given_at: datetime
    given_by: str
    ended_at: datetime | None
    ended_by: str | None
    in_force: Annotated[bool, Field(description="Today.")]
