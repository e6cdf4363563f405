"""What municipalities were asked, and where a case should go."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.schemas.fields import (
    Answer,
    MunicipalityNumber,
    UnusedShare,
    UnusedShareExact,
    WeekField,
)
from workflow.cases.states import (
    DeclineReason,
    DistributionNext,
    DistributionState,
    EntryStatus,
    Group,
    Need,
    Sex,
    Track,
)
from workflow.ranking.criteria import Criterion


class ShownPerson(Answer):
    """A person without name and number."""

    birth_year: int
    sex: Sex
    nationality: str
    relation: str | None
    languages: list[str]
    occupation: str | None
    education: str | None


class Shown(Answer):
    """The household as the municipality was shown it."""

    group: Group
    departure_country: str | None
    needs: list[Need]
    entry_status: EntryStatus
    earliest_arrival_on: date | None
    permit_expires_on: date | None
    persons: list[ShownPerson]


class DistributionOut(Answer):
    """One case put to one municipality; frozen when it ends."""

    id: UUID
    case_id: UUID
    case_number: str
    municipality_number: MunicipalityNumber
    municipality_name: str
    state: DistributionState
    again: Annotated[bool, Field(description="The case had been withdrawn before.")]
    year: Annotated[int, Field(description="The year asked for.")]
    persons_count: int
    shown: Shown
    asked_on: date
    answer_due: date
    overdue: bool
    answered_at: datetime | None
    settlement_week: WeekField | None
    planned_week: Annotated[
        WeekField | None, Field(description="What the plan had for it; any other may be answered.")
    ]
    quarantine_confirmed: bool | None
    reason_code: DeclineReason | None
    answer_text: str | None
    closed_at: datetime | None
    outcome: Annotated[str | None, Field(description="Why it ended without settlement.")]
    next: Annotated[DistributionNext | None, Field(description="What may be expected then.")]
    reopened_at: datetime | None


class ReasonOut(Answer):
    """What one criterion says of one municipality."""

    criterion: Criterion
    value: Annotated[
        str | int | bool | None,
        Field(description="A share as a fraction, a day, a number, a vacancy.", examples=["7/20"]),
    ]
    text: Annotated[str, Field(description="In your language.")]
    facts: dict[str, Any]
    decisive: Annotated[bool, Field(description="What settled this rank.")]
    compared_with: MunicipalityNumber | None
    other_value: str | int | bool | None


class ProposalOut(Answer):
    rank: int
    municipality_number: MunicipalityNumber
    municipality_name: str
    free: int
    decided_places: int
    unused_share: UnusedShare
    unused_share_exact: UnusedShareExact
    vacancy_id: Annotated[UUID | None, Field(description="An open home there that fits.")]
    reachable: Annotated[bool, Field(description="Somebody there is told of a request by e-mail.")]
    reasons: list[ReasonOut]


class ExcludedOut(Answer):
    municipality_number: MunicipalityNumber
    code: Annotated[str, Field(examples=["places.none_free"])]


class ProposalsOut(Answer):
    track: Track | None
    rules_version: int
    year: int
    items: list[ProposalOut]
    excluded: list[ExcludedOut]
