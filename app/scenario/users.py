"""Who may sign in to the demonstration, and who acted in the scenario before it began.

The people stand in templates/scenario/users.toml; which municipalities they work in follows from
the scenario, so that each shows something: the largest, the one that holds most of what is to be
withdrawn, a town, a small one, one in the Sami area, one that nobody has been put to.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.languages import TEMPLATES
from app.models import User
from app.scenario.cases import RECEPTION_CENTRES
from app.scenario.figures import MunicipalityFigures
from app.scenario.lives import DAY
from app.scenario.plan import CasePlan, PlannedStep, ScenarioPlan, withdrawn_before
from workflow.kernel.actor import MUNICIPALITY, Actor, Role
from workflow.municipalities.register import MunicipalityRow

#: Decided places of a town, and of a small municipality, persons.
_TOWN = range(20, 61)
_SMALL = range(8, 16)


class Place(StrEnum):
    """What a ready user's municipality is to the scenario."""

    LARGEST = "largest"
    MOST_HELD = "most_held"
    TOWN = "town"
    SMALL = "small"
    SAMI = "sami"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """One ready user; `municipality_number` for the roles of a municipality."""

    name: str
    title: str
    role: Role
    municipality_number: str | None
    reception_centre: str | None


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((TEMPLATES / "scenario" / "users.toml").read_text("utf-8"))


def places(plan: ScenarioPlan, register: Iterable[MunicipalityRow]) -> dict[Place, str]:
    """The number of the municipality each place is in this scenario, all different."""
    figures = {one.figures.municipality_number: one.figures for one in plan.places}
    holds = _held(withdrawn_before(plan.cases, DAY))
    asked = {step.municipality_number for case in plan.cases for step in case.steps}
    sami = [row.number for row in register if row.sami_area]
    found: dict[Place, str] = {}

    def choose(place: Place, able: Iterable[str], *by: Mapping[str, int]) -> None:
        left = sorted(set(able) - set(found.values()))
        found[place] = max(left, key=lambda number: [one.get(number, 0) for one in by])

    decided = {number: one.decided_places or 0 for number, one in figures.items()}
    requests = {number: one.asked for number, one in figures.items()}
    choose(Place.LARGEST, figures, requests)
    choose(Place.SAMI, sami, holds, decided)
    choose(Place.MOST_HELD, figures, holds, decided)
    choose(Place.TOWN, _sized(figures, _TOWN), holds, decided)
    choose(Place.SMALL, _sized(figures, _SMALL), holds, decided)
    choose(Place.UNTOUCHED, decided.keys() - asked, decided)
    return found


def _held(cases: Iterable[CasePlan]) -> Counter[str]:
    """Cases to be withdrawn, by the municipality they stand in."""
    return Counter(case.municipality_number for case in cases if case.municipality_number)


def _sized(figures: Mapping[str, MunicipalityFigures], sizes: range) -> list[str]:
    return [number for number, one in figures.items() if one.decided_places in sizes]


def ready_users(places: Mapping[Place, str]) -> list[DemoUser]:
    """Everybody who may sign in."""
    return [
        DemoUser(
            name=one["name"],
            title=one["title"],
            role=(role := Role(one["role"])),
            municipality_number=places[Place(one["place"])] if role in MUNICIPALITY else None,
            reception_centre=RECEPTION_CENTRES[0] if role is Role.RECEPTION_CENTRE else None,
        )
        for one in _words()["user"]
    ]


def store(session: Session, users: Iterable[DemoUser], ids: Mapping[str, int]) -> None:
    """Let them sign in; `ids` are the municipalities' by number."""
    session.execute(
        insert(User),
        [
            {
                "name": user.name,
                "title": user.title,
                "role": user.role,
                "municipality_id": ids[user.municipality_number]
                if user.municipality_number
                else None,
                "reception_centre": user.reception_centre,
                "demo": True,
            }
            for user in users
        ],
    )


class Crew:
    """Who took a step of the past: a ready user where there is one, else the office by its name."""

    def __init__(
        self, users: Sequence[DemoUser], ids: Mapping[str, int], names: Mapping[str, str]
    ) -> None:
        self._ids = ids
        self._by_role: dict[Role, list[str]] = {}
        self._writers: dict[str, str] = {
            number: _words()["office"]["municipality"].format(municipality=name)
            for number, name in names.items()
        }
        for user in users:
            self._by_role.setdefault(user.role, []).append(user.name)
            if user.role is Role.MUNICIPALITY_WRITER and user.municipality_number:
                self._writers[user.municipality_number] = user.name

    def of(self, role: Role, *, turn: int = 0) -> Actor:
        """Somebody of IMDi or UDI; several take turns."""
        names = self._by_role[role]
        return Actor(names[turn % len(names)], role)

    def writer(self, number: str) -> Actor:
        """Whoever writes for a municipality."""
        return Actor(
            self._writers[number], Role.MUNICIPALITY_WRITER, municipality_id=self._ids[number]
        )

    def taking(self, step: PlannedStep, *, turn: int) -> Actor:
        """Who took a step; each case has its one officer."""
        if step.role is Role.MUNICIPALITY_WRITER and step.municipality_number:
            return self.writer(step.municipality_number)
        return self.of(step.role, turn=turn)
