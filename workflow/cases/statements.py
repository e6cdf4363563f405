"""A step of one case as one statement: the case, its question, history, the event and the audit.

All are written or none: what the others hang on is the case as it was read. A statement is built
once for each set of columns that some command changes, since building it costs more than running.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    Integer,
    Table,
    Update,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy import case as sql_case

from workflow.capacity.statements import taking
from workflow.cases.models import Case, CaseStep, Distribution
from workflow.cases.shown import SHOWN_OF_CASE, shown_to_municipality
from workflow.cases.states import DistributionState
from workflow.kernel.audit import appended_one
from workflow.kernel.db import ONE, table_of
from workflow.kernel.kept import Kept
from workflow.kernel.outbox import message_of

_CASES, _STEPS, _QUESTIONS = table_of(Case), table_of(CaseStep), table_of(Distribution)


@cache
def of_step(changes: tuple[str, ...], answer: tuple[str, ...], *, tells: bool) -> Kept:
    """A step's statement; gives the case's new version, or no row where it was not as read.

    Args:
        changes: columns of the case besides state and version; given as `case_<column>`.
        answer: columns of its open question; given as `answer_<column>`.
        tells: whether there is an event.
    """
    case = (
        _as_read()
        .where(_CASES.c.id == bindparam("of_case"))
        .values({name: _given(_CASES, "case", name) for name in changes})
        .returning(_CASES.c.id, _CASES.c.version, _CASES.c.state)
        .cte("c")
    )
    parts = [_history(case)]
    if answer:
        parts.append(_answer(case, answer))
    if tells:
        parts.append(_told(case))
    return Kept(select(case.c.version, appended_one()).select_from(case).add_cte(*parts))


def _as_read() -> Update:
    return (
        update(_CASES)
        .where(_CASES.c.version == bindparam("read_version", type_=Integer))
        .values(state=_given(_CASES, "case", "state"), version=_CASES.c.version + ONE)
    )


def _history(case: CTE) -> CTE:
    values: dict[str, Any] = {
        "case_id": case.c.id,
        "version": case.c.version,
        "dest": case.c.state,
        "at": _same(_STEPS, "at"),
        "actor": _same(_STEPS, "actor"),
        "run_id": _same(_STEPS, "run_id"),
    } | {
        name: _given(_STEPS, "step", name)
        for name in ("actor_role", "trigger", "source", "reason", "facts")
    }
    return insert(_STEPS).from_select([*values], select(*values.values())).cte("step")


def _answer(case: CTE, columns: tuple[str, ...]) -> CTE:
    return (
        update(_QUESTIONS)
        .where(_QUESTIONS.c.case_id == case.c.id, _QUESTIONS.c.closed_at.is_(None))
        .values({name: _given(_QUESTIONS, "answer", name) for name in columns})
        .cte("answer")
    )


def _told(case: CTE) -> CTE:
    return message_of(case, at=_same(_STEPS, "at"), run_id=_same(_STEPS, "run_id")).cte("told")


@cache
def of_question() -> Kept:
    """Places taken, the case put to the municipality, the question: a step with all it brings.

    Gives the account and the case's new version. No row: no places; no version: not as read.
    """
    _, entry = taking()
    case = (
        _as_read()
        .where(_CASES.c.id == entry.c.case_id)
        .values(
            account_id=entry.c.account_id,
            municipality_id=bindparam("in_municipality", type_=Integer),
            places_year=bindparam("in_year", type_=Integer),
            settlement_week=null(),
            **{
                name: _given(_CASES, "case", name)
                for name in ("vacancy_id", "asked_on", "answer_due")
            },
        )
        .returning(
            _CASES.c.version,
            _CASES.c.state,
            *(_CASES.c[name] for name in _OF_CASE.values()),
            *SHOWN_OF_CASE,
        )
        .cte("c")
    )
    question: dict[str, Any] = {
        "id": func.gen_random_uuid(),
        "state": literal_column(f"'{DistributionState.OPEN}'"),
        "shown": shown_to_municipality(case.c),
        "asked_at": _same(_STEPS, "at"),
        **{name: case.c[of_case] for name, of_case in _OF_CASE.items()},
        **{
            name: _given(_QUESTIONS, "question", name)
            for name in ("again", "override_reason", "reasons", "rules_version")
        },
    }
    asked = insert(_QUESTIONS).from_select([*question], select(*question.values())).cte("question")
    audited = sql_case((case.c.id.is_not(None), appended_one()))
    return Kept(
        select(entry.c.account_id, case.c.version, audited)
        .select_from(entry)
        .outerjoin(case, case.c.id == entry.c.case_id)
        .add_cte(asked, _history(case), _told(case))
    )


#: Columns of a question, and of the case that has them as well.
_OF_CASE = {
    "case_id": "id",
    "municipality_id": "municipality_id",
    "year": "places_year",
    "persons_count": "persons_count",
    "asked_on": "asked_on",
    "answer_due": "answer_due",
    "vacancy_id": "vacancy_id",
}


def _given(table: Table, part: str, column: str) -> BindParameter[Any]:
    return bindparam(f"{part}_{column}", type_=table.c[column].type)


def _same(table: Table, column: str) -> BindParameter[Any]:
    """A value that several parts write alike."""
    return bindparam(column, type_=table.c[column].type)
