"""The words of targets and of counts (domain: LMA 1994:137, Ju2022/01219)."""

from enum import StrEnum


class VersionKind(StrEnum):
    """Why a year's targets are what they are from a version on."""

    FIRST = "first"
    REVISION = "revision"
    SWAP = "swap"
    #: A fault in what was decided is put right.
    CORRECTION = "correction"


class SwapState(StrEnum):
    """A swap inside a county: proposed by one, agreed by the other, confirmed by the board."""

    PROPOSED = "proposed"
    AGREED = "agreed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    TAKEN_BACK = "taken_back"


class LegalBasis(StrEnum):
    """Why somebody is received (LMA 1 § first paragraph)."""

    TEMPORARY_PROTECTION = "temporary_protection"
    ASYLUM_SEEKER = "asylum_seeker"
    OTHER = "other"


class Housing(StrEnum):
    """Where somebody lives."""

    #: Eget boende, EBO.
    OWN = "own"
    #: Anläggningsboende, ABO: procured by Migrationsverket.
    FACILITY = "facility"
    #: Arranged by the municipality after it was assigned.
    MUNICIPAL = "municipal"
    #: Evakueringsboende, before anything else is there.
    INITIAL = "initial"


class Counted(StrEnum):
    """Where somebody stands to the municipality's number."""

    IN_THE_NUMBER = "in_the_number"
    #: Outside the number, in the credit.
    OWN_HOUSING = "own_housing"
    UNACCOMPANIED = "unaccompanied"
    WITHOUT_PERMIT = "without_permit"
    OTHER_BASIS = "other_basis"
