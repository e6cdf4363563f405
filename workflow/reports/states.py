"""The words of reports."""

from datetime import date
from enum import StrEnum
from typing import Final

#: The part of a report that is about the whole country, among those of the counties.
COUNTRY: Final = "00"


class ReportKind(StrEnum):
    #: To the government's recipients, while the work goes on.
    RUNNING = "running"
    #: Delredovisning, joint with the county boards.
    INTERIM = "interim"
    #: Slutredovisning: begins where the interim report ended.
    FINAL = "final"


#: As the government set it (Ju2022/01219).
DUE_ON: Final = {
    ReportKind.INTERIM: date(2022, 6, 1),
    ReportKind.FINAL: date(2023, 3, 31),
}


class ReportState(StrEnum):
    DRAFT = "draft"
    FROZEN = "frozen"


class CostKind(StrEnum):
    """What money went to."""

    ACCOMMODATION = "accommodation"
    #: Ersättning till kommuner (förordning 2022:1008 and the like).
    MUNICIPALITIES = "municipalities"
    ADMINISTRATION = "administration"
    OTHER = "other"
