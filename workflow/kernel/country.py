"""The country a deployment is for: Norway settles refugees, Sweden spreads accommodation evenly."""

from enum import StrEnum


class Country(StrEnum):
    NORWAY = "no"
    SWEDEN = "se"
