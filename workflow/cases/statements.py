"""A step of one case as one statement: the case, its question, the line of history and the event.

All are written or none: what the others hang on is the case as it was read. A statement is built
once for each set of columns that some command changes, since building it costs more than running.
"""

from functools import cache
from typing import Any

from sqlalchemy import CTE, BindParameter, Select, Table, bindparam, func, insert, select, update

from workflow.cases.models import Case, CaseStep, Distribution
from workflow.cases.shown import SHOWN_OF_CASE, shown_to_municipality
from workflow.kernel import outbox
from workflow.kernel.db import table_of

_CASES, _STEPS, _QUESTIONS = table_of(Case), table_of(CaseStep), table_of(Distribution)

#: Columns of a line of history that the case itself does not give.
_TOLD = ("at", "actor", "actor_role", "trigger", "source", "dest", "reason", "facts", "run_id")


@cache
def of_step(
    changes: tuple[str, ...], answer: tuple[str, ...], asks: tuple[str, ...], *, tells: bool
) -> Select[int]:
    """The statement; gives the case's new version, or no row where it was not as read.

    Args:
        changes: columns of the case besides state and version; given as `case_<column>`.
        answer: columns of its open question that change; given as `answer_<column>`.
        asks: columns of a new question; given as `asks_<column>`. What it shows is the database's.
        tells: whether there is an event; given as workflow.kernel.outbox has it.
    """
    case = (
        update(_CASES)
        .where(_CASES.c.id == bindparam("read_id"), _CASES.c.version == bindparam("read_version"))
        .values(
            state=_given(_CASES, "case", "state"),
            version=_CASES.c.version + 1,
            **{name: _given(_CASES, "case", name) for name in changes},
        )
        .returning(_CASES.c.id, _CASES.c.version, *(SHOWN_OF_CASE if asks else ()))
        .cte("moved")
    )
    parts = [_history(case)]
    if answer:
        parts.append(_answer(case, answer))
    if asks:
        parts.append(_question(case, asks))
    if tells:
        parts.append(outbox.message_of(case).cte("told"))
    return select(case.c.version).add_cte(*parts)


def _history(case: CTE) -> CTE:
    told = (_given(_STEPS, "step", name) for name in _TOLD)
    return (
        insert(_STEPS)
        .from_select(["case_id", "version", *_TOLD], select(case.c.id, case.c.version, *told))
        .cte("step")
    )


def _answer(case: CTE, columns: tuple[str, ...]) -> CTE:
    return (
        update(_QUESTIONS)
        .where(_QUESTIONS.c.case_id == case.c.id, _QUESTIONS.c.closed_at.is_(None))
        .values({name: _given(_QUESTIONS, "answer", name) for name in columns})
        .cte("answer")
    )


def _question(case: CTE, columns: tuple[str, ...]) -> CTE:
    values: dict[str, Any] = {
        "id": func.gen_random_uuid(),
        "case_id": case.c.id,
        "shown": shown_to_municipality(case.c),
    } | {name: _given(_QUESTIONS, "asks", name) for name in columns}
    return insert(_QUESTIONS).from_select([*values], select(*values.values())).cte("question")


def _given(table: Table, part: str, column: str) -> BindParameter[Any]:
    return bindparam(f"{part}_{column}", type_=table.c[column].type)
