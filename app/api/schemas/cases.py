"""Cases, their persons, entry and history."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from app.api.schemas.fields import (
    Answer,
    Body,
    Day,
    Identifier,
    Long,
    MunicipalityNumber,
    Short,
    WeekField,
    Year,
)
from workflow.capacity.states import HouseholdKind
from workflow.cases.states import (
    CaseState,
    DeclineReason,
    EntryStatus,
    Group,
    JoinReason,
    LegalGround,
    Need,
    Protection,
    Sex,
    Track,
)

DufNumber = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{12}$",
        description="Twelve digits, the last two check the others.",
        examples=["202099000102"],
    ),
]
CaseNumber = Annotated[str, Field(description="Year and running number.", examples=["2020-000184"])]


class NewPersonIn(Body):
    name: Short | None = None
    duf_number: DufNumber | None = None
    birth_year: Annotated[int, Field(strict=True, ge=1900, le=2100, examples=[1985])]
    sex: Sex
    nationality: Annotated[Short, Field(examples=["SY"])]
    relation: Annotated[Short | None, Field(examples=["mor"])] = None
    languages: Annotated[list[Short], Field(max_length=20, examples=[["arabisk"]])] = []
    occupation: Short | None = None
    education: Short | None = None


class EntryIn(Body):
    """What is known of entry, and who says so."""

    status: EntryStatus
    from_on: Annotated[
        Day | None,
        Field(
            description="First day entry is possible; needed for `possible_from`.",
            validate_default=True,
        ),
    ] = None
    permit_expires_on: Annotated[
        Day | None, Field(description="Last day the entry permit holds.")
    ] = None
    source: Annotated[Short, Field(description="Who says so.", examples=["UDI"])]

    @field_validator("from_on")
    @classmethod
    def belongs_to_the_status(cls, from_on: date | None, info: ValidationInfo) -> date | None:
        status = info.data.get("status")
        if status is EntryStatus.POSSIBLE_FROM and from_on is None:
            raise ValueError("possible_from needs the day")
        if from_on is not None and status in {EntryStatus.UNKNOWN, EntryStatus.NOT_POSSIBLE}:
            raise ValueError("a day belongs to possible and possible_from")
        return from_on


class NewCaseIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "group": "resettlement",
                    "departure_country": "LB",
                    "persons": [
                        {"birth_year": 1985, "sex": "female", "nationality": "SY"},
                        {"birth_year": 2014, "sex": "male", "nationality": "SY"},
                    ],
                    "entry": {
                        "status": "possible_from",
                        "from_on": "2020-06-01",
                        "permit_expires_on": "2020-09-30",
                        "source": "UDI",
                    },
                    "needs": ["school"],
                }
            ]
        }
    )

    group: Group
    persons: Annotated[list[NewPersonIn], Field(min_length=1, max_length=50)]
    departure_country: Short | None = None
    entry: Annotated[EntryIn | None, Field(description="Of all persons.")] = None
    needs: Annotated[list[Need], Field(max_length=10)] = []
    related_case_ids: Annotated[list[UUID], Field(max_length=50)] = []
    reception_centre: Annotated[
        Short | None, Field(description="The centre whose case it is, by its name.")
    ] = None
    address_protection: Protection = Protection.NONE


class CaseRegistered(Answer):
    id: UUID
    case_number: CaseNumber
    state: CaseState


class CaseLine(Answer):
    """One line of a list; never a name."""

    id: UUID
    case_number: CaseNumber
    group: Group
    state: CaseState
    persons_count: Annotated[int, Field(description="Persons now in the case.")]
    settled_count: Annotated[int, Field(description="Of them with a settlement date.")]
    municipality_number: MunicipalityNumber | None
    municipality_name: str | None
    distributed_on: Annotated[date | None, Field(description="Day of the current question.")]
    answer_due: Annotated[date | None, Field(description="Last day to answer it.")]
    overdue: Annotated[bool, Field(description="Asked, not answered, and the last day is past.")]
    settlement_week: WeekField | None
    placed_on: date | None
    entry_status: Annotated[EntryStatus, Field(description="The least of its persons'.")]
    track: Track | None
    former_municipality_number: MunicipalityNumber | None


class EntryOut(Answer):
    status: EntryStatus
    from_on: date | None
    permit_expires_on: date | None


class PersonOut(Answer):
    id: UUID
    name: Annotated[str | None, Field(description="Null also where you may not see it.")]
    duf_number: Annotated[str | None, Field(description="Null also where you may not see it.")]
    birth_year: int
    sex: Sex
    nationality: str
    relation: str | None
    languages: list[str]
    occupation: str | None
    education: str | None
    entry: EntryOut
    joined_on: date
    arrived_at: datetime | None
    settled_on: date | None


class ChoiceOut(Answer):
    """Something to be done with the case by you, and what stops it now."""

    trigger: Annotated[str, Field(examples=["accept"])]
    allowed: bool
    code: Annotated[str | None, Field(description="Why not.", examples=["entry.not_possible"])] = (
        None
    )
    detail: Annotated[str | None, Field(description="Why not, in your language.")] = None


class CaseOut(Answer):
    id: UUID
    case_number: CaseNumber
    group: Group
    state: CaseState
    departure_country: str | None
    reception_centre: str | None
    needs: list[Need]
    kinds: Annotated[
        list[HouseholdKind], Field(description="Seen from its persons until it is settled.")
    ]
    address_protection: Protection
    persons_count: Annotated[int, Field(description="Persons now in the case.")]
    settled_count: Annotated[int, Field(description="Of them with a settlement date.")]
    persons: list[PersonOut]
    entry: Annotated[EntryOut, Field(description="The least of its persons'.")]
    municipality_number: MunicipalityNumber | None
    municipality_name: str | None
    former_municipality_number: MunicipalityNumber | None
    track: Annotated[
        Track | None,
        Field(description="A: entry was known at the withdrawal. B: it came later."),
    ]
    places_year: Annotated[int | None, Field(description="The year whose places it holds.")]
    vacancy_id: UUID | None
    distributed_on: date | None
    answer_due: date | None
    overdue: bool
    settlement_week: WeekField | None
    placed_on: date | None
    related_case_ids: list[UUID]
    choices: list[ChoiceOut]


class CaseMoved(Answer):
    """A case after a step; its new version is the ETag."""

    id: UUID
    case_number: CaseNumber
    state: CaseState
    persons_count: int
    settled_count: int
    entry_status: EntryStatus
    answer_due: date | None
    settlement_week: WeekField | None
    placed_on: date | None
    track: Track | None


class StepOut(Answer):
    at: datetime
    actor: str
    actor_role: str
    trigger: str
    source: Annotated[CaseState, Field(serialization_alias="from")]
    dest: Annotated[CaseState, Field(serialization_alias="to")]
    reason: str | None
    facts: dict[str, Any]


class EntryInformationIn(EntryIn):
    person_ids: Annotated[
        list[UUID] | None, Field(min_length=1, max_length=50, description="By default all.")
    ] = None


class EntryNotedOut(Answer):
    person_id: UUID
    status: EntryStatus
    from_on: date | None
    permit_expires_on: date | None
    source: str
    at: datetime
    actor: str


class DistributeIn(Body):
    municipality_number: MunicipalityNumber
    year: Annotated[
        Year | None, Field(description="Whose places are held; the current year by default.")
    ] = None
    vacancy_id: Annotated[UUID | None, Field(description="The home it would have.")] = None
    override_reason: Annotated[
        Long | None, Field(description="Needed for another than the first proposed.")
    ] = None


class AcceptIn(Body):
    settlement_week: Annotated[
        WeekField | None,
        Field(description="Must be given: a yes without a new week is refused (`week.required`)."),
    ] = None
    vacancy_id: Annotated[UUID | None, Field(description="The home you hold for the case.")] = None
    quarantine_confirmed: Annotated[
        bool | None, Field(strict=True, description="Quarantine is possible in the home.")
    ] = None


class SayNoIn(Body):
    reason_code: DeclineReason
    text: Long | None = None


class ChangeWeekIn(Body):
    settlement_week: Annotated[
        WeekField | None, Field(description="Must be given (`week.required`).")
    ] = None
    reason: Annotated[Long | None, Field(description="IMDi's; needed once the case is placed.")] = (
        None
    )


class WithdrawIn(Body):
    reason: Long
    legal_ground: Annotated[
        LegalGround | None, Field(description="Needed from `placed` on, to reverse the decision.")
    ] = None


class LapseIn(Body):
    reason: Long


class SettledPerson(Body):
    person_id: UUID
    settled_on: Day


class SettleIn(Body):
    settled_on: Annotated[
        Day | None, Field(description="Of everybody there without a date; or give `persons`.")
    ] = None
    persons: Annotated[list[SettledPerson] | None, Field(min_length=1, max_length=50)] = None
    reason: Annotated[Long | None, Field(description="IMDi's, when it writes the dates.")] = None

    @model_validator(mode="after")
    def one_way(self) -> "SettleIn":
        if (self.settled_on is None) == (self.persons is None):
            raise ValueError("give settled_on or persons, and not both")
        return self

    @property
    def dates(self) -> dict[UUID, date] | None:
        if self.persons is None:
            return None
        return {person.person_id: person.settled_on for person in self.persons}


class CorrectSettlementIn(SettleIn):
    reason: Long


class JoinIn(NewPersonIn):
    reason: Annotated[
        JoinReason,
        Field(description="A birth always counts; a member who comes later needs a free place."),
    ]


class PersonJoined(Answer):
    person_id: UUID
    case_id: UUID


class LeaveIn(Body):
    reason: Long


class CorrectPersonIn(Body):
    """What it is to be; what is left out stands as it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Test-Amina Test-Person", "reason": "Feil i UDIs oversending"}]
        }
    )

    name: Short | None = None
    duf_number: DufNumber | None = None
    birth_year: Annotated[int | None, Field(strict=True, ge=1900, le=2100, examples=[1985])] = None
    reason: Annotated[Long, Field(description="Never what stood there before.")]


class DecideManyIn(Body):
    case_ids: Annotated[list[UUID], Field(min_length=1, max_length=500)]


class DecisionOut(Answer):
    """What became of one of the cases."""

    case_id: UUID
    decided: bool
    state: Annotated[CaseState | None, Field(description="Null where refused.")] = None
    code: Annotated[str | None, Field(description="Why it was refused.")] = None
    detail: str | None = None


class Decided(Answer):
    items: list[DecisionOut]


class MeasureIn(Body):
    group: Group
    reason: Long
    from_on: Day
    until_on: Annotated[Day | None, Field(description="Last day; open without one.")] = None


class MeasureOut(Answer):
    id: Identifier
    group: Group
    reason: str
    from_on: date
    until_on: date | None
    at: datetime
    actor: str
    ended_at: datetime | None
