"""Who counts towards a municipality's number (Ju2022/01219; LMA 1 § first paragraph). Pure.

The number is of people with temporary protection whose permit is granted, unaccompanied children
excepted. Who lives in own housing stands outside the number, and in the credit.
"""

import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from workflow.allocation.states import Counted, Housing, LegalBasis
from workflow.kernel.tables import RejectedRow, Row, read_table

COLUMNS: Final = ("code", "legal_basis", "permit", "unaccompanied", "housing", "persons")
_FLAGS: Final = {"0": False, "1": True}
_PERSONS: Final = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Category:
    """What a number of people have in common; nothing about any of them."""

    legal_basis: LegalBasis
    permit_granted: bool
    unaccompanied: bool
    housing: Housing


def counted_as(category: Category) -> Counted:
    """Where they stand to the number; the first rule that holds."""
    if category.legal_basis is not LegalBasis.TEMPORARY_PROTECTION:
        return Counted.OTHER_BASIS
    if not category.permit_granted:
        return Counted.WITHOUT_PERMIT
    if category.unaccompanied:
        return Counted.UNACCOMPANIED
    if category.housing is Housing.OWN:
        return Counted.OWN_HOUSING
    return Counted.IN_THE_NUMBER


def read(
    file: BinaryIO, known: Container[str]
) -> tuple[dict[str, Counter[Counted]], list[RejectedRow]]:
    """People by municipality and where they stand to its number.

    Args:
        known: the codes there are; another is rejected.
    """
    counts: dict[str, Counter[Counted]] = {}
    rejected: list[RejectedRow] = []
    lines: dict[tuple[str, Category], int] = {}
    for row in read_table(file, delimiter=",", columns=COLUMNS):
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        problems = list(_problems(row, known))
        if problems:
            rejected.append(problems[0])
            continue
        category = _category(row)
        first = lines.setdefault((row["code"], category), row.line)
        if first != row.line:
            rejected.append(row.rejected("", f"the same as line {first}", expected="each once"))
            continue
        of_it = counts.setdefault(row["code"], Counter())
        of_it[counted_as(category)] += int(row["persons"])
    return counts, rejected


def _problems(row: Row, known: Container[str]) -> Iterator[RejectedRow]:
    if row["code"] not in known:
        yield row.rejected("code", f"{row['code'][:20]!r}", expected="a municipality of Sweden")
    for column, words in (("legal_basis", LegalBasis), ("housing", Housing)):
        if row[column] not in set(words):
            expected = ", ".join(words)
            yield row.rejected(column, f"{row[column][:40]!r}", expected=f"one of {expected}")
    for column in ("permit", "unaccompanied"):
        if row[column] not in _FLAGS:
            yield row.rejected(column, f"{row[column][:40]!r}", expected="0 or 1")
    if not _PERSONS.fullmatch(row["persons"]):
        yield row.rejected("persons", f"{row['persons'][:40]!r}", expected="a whole number")


def _category(row: Row) -> Category:
    return Category(
        LegalBasis(row["legal_basis"]),
        permit_granted=_FLAGS[row["permit"]],
        unaccompanied=_FLAGS[row["unaccompanied"]],
        housing=Housing(row["housing"]),
    )
