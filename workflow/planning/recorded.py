"""A plan and all it follows from as JSON, so that the same question has the same answer later."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from workflow.planning.explained import Record
from workflow.planning.inputs import Case, Home, Inputs, Municipality
from workflow.planning.reasons import Line
from workflow.planning.rule_sets import from_mapping
from workflow.ranking.criteria import Fact

T = TypeVar("T")

_DAYS = {
    "expires_on",
    "earliest_on",
    "last_distribution_on",
    "from_on",
    "until_on",
}
_SETS = {"allowed", "needs", "kinds", "declined", "services", "declines", "paused"}


class BadRecord(ValueError):
    """Not what `to_json` writes."""


def to_json(record: Record) -> str:
    """The same record gives the same text."""
    return json.dumps(
        {
            "planner_version": record.planner_version,
            "rules": record.rules.to_mapping(),
            "inputs": inputs_to_mapping(record.inputs),
            "plan": [line_to_mapping(line) for line in record.lines],
            "inputs_sha256": digest(record),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def digest(record: Record) -> str:
    """Of inputs and rules: two plans with the same follow from the same."""
    text = json.dumps(
        [record.rules.to_mapping(), inputs_to_mapping(record.inputs)],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def from_json(text: str) -> Record:
    """Raises BadRecord."""
    try:
        written = json.loads(text)
        record = Record(
            written["planner_version"],
            from_mapping(written["rules"]),
            inputs_from_mapping(written["inputs"]),
            tuple(line_from_mapping(one) for one in written["plan"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRecord(f"not a recorded plan: {error}") from error
    if written.get("inputs_sha256") != digest(record):
        raise BadRecord("inputs or rules are not those that were recorded")
    return record


def inputs_to_mapping(inputs: Inputs) -> dict[str, Any]:
    scores = inputs.scores
    return {
        "cases": [_shortly(case) for case in inputs.cases],
        "municipalities": [_shortly(one) for one in inputs.municipalities],
        "homes": [_shortly(home) for home in inputs.homes],
        "scores": None
        if scores is None
        else [[case, number, scores[case, number]] for case, number in sorted(scores)],
        "before": dict(sorted(inputs.before.items())),
        "on": None if inputs.on is None else inputs.on.isoformat(),
        "in_file_order": inputs.in_file_order,
        "expected": [_shortly(case) for case in inputs.expected],
        "stand_for": inputs.stand_for,
    }


def inputs_from_mapping(written: Mapping[str, Any]) -> Inputs:
    scores = written["scores"]
    return Inputs(
        tuple(_read(Case, one) for one in written["cases"]),
        tuple(_read(Municipality, one) for one in written["municipalities"]),
        tuple(_read(Home, one) for one in written["homes"]),
        None if scores is None else {(case, number): score for case, number, score in scores},
        dict(written["before"]),
        _day(written["on"]),
        written["in_file_order"],
        tuple(_read(Case, one) for one in written["expected"]),
        written["stand_for"],
    )


def line_to_mapping(line: Line) -> dict[str, Any]:
    """Codes and facts; words are the reader's."""
    answer: dict[str, Any] = {
        "case": line.case_number,
        "municipality": line.municipality_number,
        "code": line.code,
        "facts": {name: _fact(value) for name, value in line.facts.items()},
    }
    if line.week is not None:
        answer["week"] = line.week.isoformat()
    if line.home_id is not None:
        answer["home"] = line.home_id
    return answer


def line_from_mapping(written: Mapping[str, Any]) -> Line:
    return Line(
        written["case"],
        written["municipality"],
        written["code"],
        {name: _read_fact(value) for name, value in written["facts"].items()},
        _day(written.get("week")),
        written.get("home"),
    )


def _fact(value: Fact) -> Any:
    if isinstance(value, Fraction):
        return {"share": str(value)}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return value


def _read_fact(value: Any) -> Fact:
    if isinstance(value, dict):
        return Fraction(value["share"]) if "share" in value else date.fromisoformat(value["day"])
    fact: Fact = value
    return fact


def _shortly(one: Case | Municipality | Home) -> dict[str, Any]:
    """The fields that say something."""
    answer = {}
    for each in fields(one):
        value = getattr(one, each.name)
        if value == each.default or (value in (frozenset(), {}) and each.name != "allowed"):
            continue
        answer[each.name] = _plain(value)
    return answer


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {_plain(name): _plain(each) for name, each in sorted(value.items())}
    return value


def _read(kind: Callable[..., T], written: Mapping[str, Any]) -> T:
    return kind(**{name: _made(name, value) for name, value in written.items()})


def _made(name: str, value: Any) -> Any:
    if name in _SETS:
        return frozenset(value)
    if name in _DAYS:
        return _day(value)
    if name == "strength":
        return Fraction(value)
    if name == "drawn_to":
        return {region: Fraction(strength) for region, strength in value.items()}
    if name == "vacancies":
        return tuple(value)
    if name == "weeks":
        return {date.fromisoformat(monday): persons for monday, persons in value.items()}
    return value


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
