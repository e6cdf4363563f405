"""Outcome scores from outside: brought in with where they come from, used only where asked for.

A file is `case,municipality,score`: our case number, the municipality's number today, a number. An
import stands beside the earlier ones and takes nothing of theirs; the latest one is what is used.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from workflow.cases.models import Case
from workflow.cases.queries import OPEN_ADDRESS
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES, Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.tables import RejectedRow, Row, read_table
from workflow.municipalities.models import Municipality
from workflow.redistribution.models import OutcomeScore, ScoreImport

COLUMNS: Final = ("case", "municipality", "score")
#: Beyond this a score is a mistake in the file.
LARGEST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Score:
    """One line of the file."""

    line: int
    case_number: str
    municipality_number: str
    score: float


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


def read_scores(file: BinaryIO) -> tuple[list[Score], list[RejectedRow]]:
    """The lines of a file; a pair that is there twice is used once and told."""
    scores: list[Score] = []
    rejected: list[RejectedRow] = []
    seen: dict[tuple[str, str], int] = {}
    for row in read_table(file, delimiter=",", columns=COLUMNS):
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        value = _number(row["score"])
        pair = row["case"], row["municipality"]
        if value is None:
            rejected.append(row.rejected("score", repr(row["score"]), expected="a number"))
        elif pair in seen:
            rejected.append(_twice(row, seen[pair]))
        else:
            seen[pair] = row.line
            scores.append(Score(row.line, *pair, value))
    return scores, rejected


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= LARGEST else None


def _twice(row: Row, line: int) -> RejectedRow:
    return row.rejected("case", f"the pair stands on line {line}", expected="each pair once")


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
    if actor.role not in {Role.LEAD, Role.SYSTEM}:
        raise NotAllowed("scores are brought in by IMDi's lead", role=actor.role)
    if not source.strip():
        raise Invalid("say where the scores come from", pointer="/source", expected="a text")
    start = file.tell()
    sha256 = _digest(file)
    file.seek(start)
    scores, rejected = read_scores(file)
    known, unknown = _known(session, scores)
    rejected += unknown
    by_case: dict[UUID, dict[str, float]] = defaultdict(dict)
    for one, case_id in known:
        by_case[case_id][one.municipality_number] = one.score
    if not by_case:
        raise Invalid(
            "no line can be used" + (f": {rejected[0]}" if rejected else ""),
            pointer="/text",
            expected=",".join(COLUMNS),
        )
    pairs = len(known)
    import_id: int = session.execute(
        insert(ScoreImport)
        .values(
            source=source,
            file_name=file_name,
            sha256=sha256,
            pairs=pairs,
            actor=actor.name,
            at=at,
        )
        .returning(ScoreImport.id)
    ).scalar_one()
    session.execute(
        insert(OutcomeScore),
        [
            {"import_id": import_id, "case_id": case_id, "scores": row}
            for case_id, row in sorted(by_case.items())
        ],
    )
    after = {"cases": len(by_case), "pairs": pairs, "sha256": sha256}
    changed = audit.Change(audit.subject(audit.Kind.SETTING, "scores", import_id), after=after)
    audit.record(session, changed, "import_scores", actor=actor, at=at, reason=source)
    rejected.sort(key=lambda row: row.line)
    return ScoresImported(import_id, len(by_case), pairs, tuple(rejected))


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
        ).order_by(ScoreImport.id.desc())
    )
    return [ScoreImportSeen(*row) for row in rows]


def latest(session: Session) -> int | None:
    """The import whose scores are used where scores are."""
    found: int | None = session.scalar(select(func.max(ScoreImport.id)))
    return found


def scores_of(
    session: Session, import_id: int, case_ids: Collection[UUID], *, actor: Actor
) -> Mapping[UUID, dict[str, float]]:
    """What each of the cases scores, by municipality number; the others score nothing.

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
    return {row.case_id: row.scores for row in rows}
