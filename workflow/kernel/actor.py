"""Who acts."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    CASE_OFFICER = "case_officer"
    LEAD = "lead"
    MUNICIPALITY_WRITER = "municipality_writer"
    MUNICIPALITY_READER = "municipality_reader"
    MUNICIPALITY_ADMINISTRATOR = "municipality_administrator"
    RECEPTION_CENTRE = "reception_centre"
    TRAVEL_OFFICER = "travel_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"


DIRECTORATE = frozenset({Role.CASE_OFFICER, Role.LEAD})
MUNICIPALITY = frozenset(
    {Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_READER, Role.MUNICIPALITY_ADMINISTRATOR}
)
#: Who reads every case, with names.
READS_ALL_CASES = DIRECTORATE | {Role.AUDITOR, Role.SYSTEM}


@dataclass(frozen=True, slots=True)
class Actor:
    """One who acts, in one role.

    `name` is what history shows: a role's sign for machines, the person's own name for people.
    `municipality_id` is set for the roles of a municipality, `reception_centre` (its name) for a
    centre.
    """

    name: str
    role: Role
    municipality_id: int | None = None
    reception_centre: str | None = None
    user_id: int | None = None

    @property
    def is_directorate(self) -> bool:
        return self.role in DIRECTORATE

    @property
    def is_municipality(self) -> bool:
        return self.role in MUNICIPALITY


#: Scheduled work and imports.
SYSTEM = Actor(name="system", role=Role.SYSTEM)
