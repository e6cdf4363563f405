"""Who acts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from workflow.kernel.country import Country


class Role(StrEnum):
    CASE_OFFICER = "case_officer"
    LEAD = "lead"
    MUNICIPALITY_WRITER = "municipality_writer"
    MUNICIPALITY_READER = "municipality_reader"
    MUNICIPALITY_ADMINISTRATOR = "municipality_administrator"
    RECEPTION_CENTRE = "reception_centre"
    TRAVEL_OFFICER = "travel_officer"
    #: Of Sweden's Migration Agency, for the whole country.
    MIGRATION_OFFICER = "migration_officer"
    #: Of a Swedish county administrative board; the coordinating one reads every county's.
    COUNTY_BOARD = "county_board"
    COUNTY_COORDINATOR = "county_coordinator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


DIRECTORATE = frozenset({Role.CASE_OFFICER, Role.LEAD})
MUNICIPALITY = frozenset(
    {Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_READER, Role.MUNICIPALITY_ADMINISTRATOR}
)
COUNTY = frozenset({Role.COUNTY_BOARD, Role.COUNTY_COORDINATOR})
_IN_BOTH = MUNICIPALITY | {Role.AUDITOR, Role.ADMINISTRATOR}
#: The roles people and machines have, by the country a deployment is for.
ROLES_OF: Mapping[Country, frozenset[Role]] = {
    Country.NORWAY: _IN_BOTH | DIRECTORATE | {Role.RECEPTION_CENTRE, Role.TRAVEL_OFFICER},
    Country.SWEDEN: _IN_BOTH | COUNTY | {Role.MIGRATION_OFFICER},
}
#: Who reads every case, with names.
READS_ALL_CASES = DIRECTORATE | {Role.AUDITOR, Role.SYSTEM}


@dataclass(frozen=True, slots=True)
class Delegator:
    """One whose authority another uses."""

    user_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts, in one role.

    `name` is what history shows: a role's sign for machines, the person's own name for people;
    `Kari for Ola` where Kari uses Ola's authority, `Kari & Ola` where Ola confirms what she
    prepared. `municipality_id` is set for the roles of a municipality, `reception_centre` (its
    name) for a centre, `county` (its two digits) for a county board.
    """

    name: str
    role: Role
    municipality_id: int | None = None
    reception_centre: str | None = None
    user_id: int | None = None
    #: Whose authority is used: role and organisation are that person's.
    acting_for: Delegator | None = None
    #: The user who answers for a token.
    owner_id: int | None = None
    county: str | None = None

    @property
    def is_directorate(self) -> bool:
        return self.role in DIRECTORATE

    @property
    def is_municipality(self) -> bool:
        return self.role in MUNICIPALITY

    @property
    def named_user(self) -> int | None:
        """Whose personal access counts; what is given to a person by name is not passed on."""
        return None if self.acting_for else self.user_id

    @property
    def persons(self) -> frozenset[str]:
        """The signs of all who stand behind: who acts, for whom, who answers for the token."""
        behind = {self.user_id, self.owner_id, self.acting_for and self.acting_for.user_id} - {None}
        return frozenset(f"user:{one}" for one in behind) or frozenset({f"token:{self.name}"})

    def for_another(self, delegator: "Actor") -> "Actor":
        """The same person with another's authority: no right of its own is added to it."""
        assert delegator.user_id is not None  # noqa: S101  delegations are between users
        return replace(
            delegator,
            name=f"{self.name} for {delegator.name}",
            user_id=self.user_id,
            acting_for=Delegator(delegator.user_id, delegator.name),
        )

    def confirming(self, prepared_by: str) -> "Actor":
        """The same, as history shows who confirms what another has prepared."""
        return replace(self, name=f"{prepared_by} & {self.name}")


#: Scheduled work and imports.
SYSTEM = Actor(name="system", role=Role.SYSTEM)
