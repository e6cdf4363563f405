"""What becomes of vacancies, for those to be told: identifiers and codes, never a free text."""

from enum import StrEnum


class VacancyEvent(StrEnum):
    REPORTED = "vacancy.reported"
    CLOSED = "vacancy.closed"
    EXPIRED = "vacancy.expired"
