"""What a run was planned from, as it is kept, and read again: cases, municipalities, scores.

The cases' part stands at their lines of the run and is erased with the case; the rest is the run's.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from workflow.ranking.board import Municipality as Standing
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace
from workflow.ranking.fit import Vacancy
from workflow.redistribution.brought import (
    Brought,
    CaseBrings,
    MunicipalityBrings,
    case_brings_data,
    case_brings_from,
    municipality_brings_data,
    municipality_brings_from,
)


@dataclass(frozen=True, slots=True)
class Basis:
    """All that the lines of a run follow from, beside its rule set."""

    #: The day of the run.
    on: date
    cases: tuple[CaseToPlace, ...]
    standings: tuple[Standing, ...]
    #: (case number, municipality number) → score; None where none are used.
    scores: Mapping[tuple[str, str], float] | None = field(default=None, hash=False)
    brought: Brought = field(default_factory=Brought)


def case_data(
    case: CaseToPlace, scores: Mapping[str, float] | None, brings: CaseBrings
) -> dict[str, Any]:
    """One case and, where scores are used, what it scores by municipality."""
    data: dict[str, Any] = {
        "case_number": case.case_number,
        "persons": case.persons,
        "track": None if case.track is None else str(case.track),
        "former": case.former_municipality_number,
        "excluded": dict(sorted(case.excluded.items())),
        "expires_on": case.permit_expires_on and case.permit_expires_on.isoformat(),
        "pool": str(case.pool),
        "group": None if case.group is None else str(case.group),
        "needs_accessible": case.needs_accessible,
    }
    if scores is not None:
        data["scores"] = dict(sorted(scores.items()))
    return data | case_brings_data(brings)


def case_from(data: Mapping[str, Any]) -> CaseToPlace:
    return CaseToPlace(
        data["persons"],
        data["track"],
        data["former"],
        excluded=data["excluded"],
        case_number=data["case_number"],
        permit_expires_on=_day(data["expires_on"]),
        pool=data["pool"],
        group=data["group"],
        needs_accessible=data["needs_accessible"],
    )


def standing_data(one: Standing, brings: MunicipalityBrings) -> dict[str, Any]:
    return {
        "number": one.municipality_number,
        "places": {
            str(pool): [places.free, places.decided_places]
            for pool, places in sorted(one.places.items())
        },
        "last": one.last_distribution_on and one.last_distribution_on.isoformat(),
        "homes": [
            {
                "id": home.vacancy_id,
                "places": home.places,
                "group": None if home.group is None else str(home.group),
                "accessible": home.accessible,
                "from": home.available_from_on and home.available_from_on.isoformat(),
                **_beside(home),
            }
            for home in sorted(one.vacancies, key=lambda home: home.vacancy_id)
        ],
        **municipality_brings_data(brings),
    }


def _beside(home: Vacancy) -> dict[str, Any]:
    """What only some homes say."""
    data: dict[str, Any] = {}
    if home.available_until_on is not None:
        data["until"] = home.available_until_on.isoformat()
    if home.rooms is not None:
        data["rooms"] = home.rooms
    if home.quarantine:
        data["quarantine"] = True
    return data


def standing_from(data: Mapping[str, Any]) -> Standing:
    return Standing(
        data["number"],
        {pool: Places(free, decided) for pool, (free, decided) in data["places"].items()},
        _day(data["last"]),
        [
            Vacancy(
                home["id"],
                home["places"],
                home["group"],
                home["accessible"],
                _day(home["from"]),
                _day(home.get("until")),
                home.get("rooms"),
                home.get("quarantine", False),
            )
            for home in data["homes"]
        ],
    )


def basis_from(
    on: date, standings: Sequence[Mapping[str, Any]], cases: Sequence[Mapping[str, Any]]
) -> Basis:
    """What was kept, read again."""
    scored = any("scores" in case for case in cases)
    return Basis(
        on,
        tuple(case_from(case) for case in cases),
        tuple(standing_from(one) for one in standings),
        {
            (case["case_number"], number): score
            for case in cases
            for number, score in case.get("scores", {}).items()
        }
        if scored
        else None,
        Brought(
            {case["case_number"]: case_brings_from(case) for case in cases},
            {one["number"]: municipality_brings_from(one) for one in standings},
        ),
    )


def digest(
    rules: Mapping[str, Any],
    standings: Sequence[Mapping[str, Any]],
    cases: Sequence[Mapping[str, Any]],
) -> str:
    """Of all that a run is planned from; the order of the cases is nothing."""
    in_order = sorted(cases, key=lambda case: case["case_number"])
    text = json.dumps([rules, standings, in_order], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
