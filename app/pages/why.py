"""Why a municipality was chosen, as the pages tell it: reasons in words, and who came after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.formats import day, percent
from app.reasons import reason_text
from app.wording import label
from workflow.ranking.criteria import Criterion

_SHARES = frozenset({Criterion.UNUSED_SHARE, Criterion.SHARE_AFTER})
_DAYS = frozenset({Criterion.LAST_DISTRIBUTION})


@dataclass(frozen=True, slots=True)
class ReasonTold:
    criterion: str
    value: str | None
    text: str
    decisive: bool


@dataclass(frozen=True, slots=True)
class Following:
    """A municipality that came after the chosen one."""

    rank: int
    municipality: str
    unused_share: Fraction
    free: int


@dataclass(frozen=True, slots=True)
class Why:
    """What is kept of a choice, ready for the page."""

    municipality: str
    rank: int
    reasons: tuple[ReasonTold, ...]
    following: tuple[Following, ...]


def told(reasons: Iterable[Mapping[str, Any]]) -> tuple[ReasonTold, ...]:
    return tuple(
        ReasonTold(
            criterion=reason["criterion"],
            value=_value(reason),
            text=reason_text(reason),
            decisive=bool(reason.get("decisive")),
        )
        for reason in reasons
    )


def why(
    lines: Sequence[Mapping[str, Any]] | None, chosen: str, names: Mapping[str, str]
) -> Why | None:
    """The chosen municipality's line and the others kept with it; None where none were kept."""
    if not lines:
        return None
    own = next((line for line in lines if line["municipality_number"] == chosen), None)
    if own is None:
        return None
    return Why(
        municipality=names.get(chosen, chosen),
        rank=own["rank"],
        reasons=told(own["reasons"]),
        following=tuple(
            Following(
                rank=line["rank"],
                municipality=names.get(line["municipality_number"], line["municipality_number"]),
                unused_share=Fraction(line["unused_share"]),
                free=line["free"],
            )
            for line in lines
            if line is not own
        ),
    )


def _value(reason: Mapping[str, Any]) -> str | None:
    value, criterion = reason["value"], reason["criterion"]
    if criterion in _SHARES:
        return percent(value, 1)
    if criterion in _DAYS:
        return None if value is None else day(value)
    if criterion == Criterion.MUNICIPALITY_NUMBER:
        return str(value)
    return label("yes" if value else "no", "answer")
