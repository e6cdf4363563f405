"""Outcome scores from outside: brought in with where they come from, used only where asked for.

A file is `case,municipality,score`: our case number, the municipality's number today, a number.
With `person` before it each line is one adult's chance, 0 to 1, and the rule set says how chances
become the household's (`household_score`); who they are is not kept. So it is with the chances of a
model behind its port. An import stands beside the earlier ones; the latest is what is used.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, TypeAlias
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from workflow.cases.models import Case
from workflow.cases.queries import OPEN_ADDRESS
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES, Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.tables import RejectedRow
from workflow.municipalities.models import Municipality
from workflow.planning.outcomes import OutcomeModel, Person, of_household
from workflow.planning.rule_sets import HouseholdScore
from workflow.redistribution.errors import HouseholdUnsaid
from workflow.redistribution.models import OutcomeScore, Run, RunPlan, ScoreImport
from workflow.redistribution.score_lines import COLUMNS, Score, read_scores
from workflow.redistribution.states import ScoreUnit

#: By municipality number: the household's score, or the chance of each of its persons.
Scored: TypeAlias = Mapping[str, float] | Mapping[str, list[float]]


@dataclass(frozen=True, slots=True)
class ScoresImported:
    import_id: int
    cases: int
    pairs: int
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True)
class ScoreImportSeen:
    """Where scores come from."""

    id: int
    source: str
    file_name: str
    sha256: str
    pairs: int
    cases: int
    actor: str
    at: datetime
    unit: ScoreUnit


def import_scores(
    session: Session,
    file: BinaryIO,
    *,
    source: str,
    file_name: str,
    actor: Actor,
    at: datetime,
) -> ScoresImported:
    """Keep the scores of a file; lines that cannot be used are told and left out.

    Args:
        source: who made them and how, in words; shown wherever they are used.

    Raises:
        NotAllowed: it is the lead's. Invalid: no source, or no line that can be used.
    """
    _may_import(source, actor)
    start = file.tell()
    sha256 = _digest(file)
    file.seek(start)
    scores, rejected = read_scores(file)
    known, unknown = _known(session, scores)
    rejected += unknown
    if not known:
        raise Invalid(
            "no line can be used" + (f": {rejected[0]}" if rejected else ""),
            pointer="/text",
            expected=",".join(COLUMNS),
        )
    unit = ScoreUnit.PERSON if known[0][0].person else ScoreUnit.HOUSEHOLD
    by_case = _by_person(known) if unit is ScoreUnit.PERSON else _by_household(known)
    told = {"unit": unit, "source": source, "file_name": file_name, "sha256": sha256}
    import_id = _keep(session, by_case, told, pairs=len(known), actor=actor, at=at)
    rejected.sort(key=lambda row: row.line)
    return ScoresImported(import_id, len(by_case), len(known), tuple(rejected))


def import_chances(
    session: Session,
    model: OutcomeModel,
    persons: Iterable[Person],
    group_of: Mapping[str, str],
    *,
    source: str,
    actor: Actor,
    at: datetime,
) -> ScoresImported:
    """Keep the chances that a model behind its port gives the adults of cases, by municipality.

    Args:
        group_of: municipality number → its group in the model; the others score nothing.

    Raises:
        NotAllowed: it is the lead's. Invalid: no source, or no person of a case of ours.
    """
    _may_import(source, actor)
    people = list(persons)
    groups = sorted(set(group_of.values()))
    lines = [
        Score(line, one.case_number, number, chances[group_of[number]], one.person)
        for line, one in enumerate(people, 1)
        for chances in [{group: model.chance(one, group) for group in groups}]
        for number in sorted(group_of)
    ]
    known, unknown = _known(session, lines)
    if not known:
        raise Invalid("no person of a case of ours", pointer="/persons", expected="case numbers")
    by_case = _by_person(known)
    written = json.dumps(sorted((str(key), value) for key, value in by_case.items()))
    told = {
        "unit": ScoreUnit.PERSON,
        "source": source,
        "file_name": "–",
        "sha256": hashlib.sha256(written.encode()).hexdigest(),
    }
    import_id = _keep(session, by_case, told, pairs=len(known), actor=actor, at=at)
    each = {row.line: row for row in unknown}
    return ScoresImported(import_id, len(by_case), len(known), tuple(each.values()))


def _may_import(source: str, actor: Actor) -> None:
    if actor.role not in {Role.LEAD, Role.SYSTEM}:
        raise NotAllowed("scores are brought in by IMDi's lead", role=actor.role)
    if not source.strip():
        raise Invalid("say where the scores come from", pointer="/source", expected="a text")


def _by_household(known: Sequence[tuple[Score, UUID]]) -> dict[UUID, Scored]:
    found: dict[UUID, dict[str, float]] = defaultdict(dict)
    for one, case_id in known:
        found[case_id][one.municipality_number] = one.score
    return dict(found)


def _by_person(known: Sequence[tuple[Score, UUID]]) -> dict[UUID, Scored]:
    """Chances without who has them; a person without a line of a municipality has none there."""
    persons: dict[UUID, set[str]] = defaultdict(set)
    found: dict[UUID, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one, case_id in known:
        persons[case_id].add(one.person)
        found[case_id][one.municipality_number].append(one.score)
    return {
        case_id: {
            number: sorted([*chances, *[0.0] * (len(persons[case_id]) - len(chances))])
            for number, chances in sorted(by_number.items())
        }
        for case_id, by_number in found.items()
    }


def _keep(
    session: Session,
    by_case: Mapping[UUID, Scored],
    told: Mapping[str, Any],
    *,
    pairs: int,
    actor: Actor,
    at: datetime,
) -> int:
    import_id: int = session.execute(
        insert(ScoreImport)
        .values(pairs=pairs, actor=actor.name, at=at, **told)
        .returning(ScoreImport.id)
    ).scalar_one()
    session.execute(
        insert(OutcomeScore),
        [
            {"import_id": import_id, "case_id": case_id, "scores": row}
            for case_id, row in sorted(by_case.items())
        ],
    )
    after = {"cases": len(by_case), "pairs": pairs, "sha256": told["sha256"], "unit": told["unit"]}
    changed = audit.Change(audit.subject(audit.Kind.SETTING, "scores", import_id), after=after)
    audit.record(session, changed, "import_scores", actor=actor, at=at, reason=told["source"])
    return import_id


def _digest(file: BinaryIO) -> str:
    made = hashlib.sha256()
    while chunk := file.read(1 << 16):
        made.update(chunk)
    return made.hexdigest()


def _known(
    session: Session, scores: Sequence[Score]
) -> tuple[list[tuple[Score, UUID]], list[RejectedRow]]:
    """Lines of cases and municipalities that there are; a protected address is not told of."""
    numbers = {one.case_number for one in scores}
    case_of: dict[str, UUID] = {
        row.case_number: row.id
        for row in session.execute(
            select(Case.case_number, Case.id).where(Case.case_number.in_(numbers), OPEN_ADDRESS)
        )
    }
    living = set(
        session.scalars(select(Municipality.number).where(Municipality.valid_to.is_(None)))
    )
    known: list[tuple[Score, UUID]] = []
    unknown: list[RejectedRow] = []
    for one in scores:
        if one.case_number not in case_of:
            unknown.append(RejectedRow(one.line, "case", one.case_number, "a case number of ours"))
        elif one.municipality_number not in living:
            unknown.append(
                RejectedRow(
                    one.line, "municipality", one.municipality_number, "a municipality of today"
                )
            )
        else:
            known.append((one, case_of[one.case_number]))
    return known, unknown


def imports(session: Session, *, actor: Actor) -> list[ScoreImportSeen]:
    """Every import, the newest first.

    Raises:
        NotFound: the actor plans nothing.
    """
    if actor.role not in READS_ALL_CASES:
        raise NotFound("score_import")
    of_cases = (
        select(func.count())
        .where(OutcomeScore.import_id == ScoreImport.id)
        .correlate(ScoreImport)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            ScoreImport.id,
            ScoreImport.source,
            ScoreImport.file_name,
            ScoreImport.sha256,
            ScoreImport.pairs,
            of_cases,
            ScoreImport.actor,
            ScoreImport.at,
            ScoreImport.unit,
        ).order_by(ScoreImport.id.desc())
    )
    return [ScoreImportSeen(*row) for row in rows]


def latest(session: Session) -> tuple[int, ScoreUnit] | None:
    """The import whose scores are used where scores are, and whose they are."""
    row = session.execute(
        select(ScoreImport.id, ScoreImport.unit).order_by(ScoreImport.id.desc()).limit(1)
    ).one_or_none()
    return None if row is None else (row.id, row.unit)


def scores_of(
    session: Session,
    import_id: int,
    case_ids: Collection[UUID],
    *,
    household: HouseholdScore | None,
    actor: Actor,
) -> Mapping[UUID, dict[str, float]]:
    """What each of the cases scores, by municipality number; the others score nothing.

    Args:
        household: how chances of persons become the household's score; scores of households are
            what they are.

    Raises:
        NotAllowed: other roles.
    """
    if actor.role not in DIRECTORATE:
        raise NotAllowed("plans are IMDi's", role=actor.role)
    rows = session.execute(
        select(OutcomeScore.case_id, OutcomeScore.scores).where(
            OutcomeScore.import_id == import_id, OutcomeScore.case_id.in_(case_ids)
        )
    )
    return {
        row.case_id: {number: _of_all(value, household) for number, value in row.scores.items()}
        for row in rows
    }


def _of_all(value: float | list[float], household: HouseholdScore | None) -> float:
    if not isinstance(value, list):
        return value
    if household is None:
        raise HouseholdUnsaid
    return of_household(value, household)


@dataclass(frozen=True, slots=True)
class ScoredBy:
    """Where the scores of a run come from, and how persons' became the household's."""

    source: str
    at: datetime
    unit: ScoreUnit
    household: HouseholdScore | None


def used_in(session: Session, run_id: UUID) -> ScoredBy | None:
    """The scores that a run was planned by; None where it was planned without."""
    row = session.execute(
        select(
            ScoreImport.source,
            ScoreImport.at,
            ScoreImport.unit,
            RunPlan.rules["household_score"].astext,
        )
        .join(Run, Run.parameters["scores"].as_integer() == ScoreImport.id)
        .join(RunPlan, RunPlan.run_id == Run.id)
        .where(Run.id == run_id)
    ).one_or_none()
    if row is None:
        return None
    by_persons = row.unit is ScoreUnit.PERSON and row[3] is not None
    return ScoredBy(row.source, row.at, row.unit, HouseholdScore(row[3]) if by_persons else None)
