"""Asking many municipalities at once, as a confirmed run does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Integer,
    Uuid,
    and_,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Session

from workflow.capacity.many import Change
from workflow.cases.events import CaseEvent
from workflow.cases.machine import Context
from workflow.cases.many import allow_all, write_all
from workflow.cases.models import Case, Distribution
from workflow.cases.moves import CaseInHand, pool_of
from workflow.cases.shown import shown_to_municipality
from workflow.cases.states import CaseState, DistributionState
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import answer_due, local_day
from workflow.kernel.db import rows_of, table_of
from workflow.kernel.events import Event
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.standing import municipalities
from workflow.vacancies import reservations

REDISTRIBUTE = "redistribute"


def holds_for(
    session: Session, year: int, cases: Sequence[CaseInHand], items: dict[UUID, Any]
) -> list[Change]:
    account_of = municipalities(session, year=year).account_of
    return [
        Change(
            account_of[items[case.id].municipality_id, pool_of(case.group)],
            case.id,
            case.persons_count,
        )
        for case in cases
    ]


def ask(
    session: Session,
    run: Run,
    cases: Sequence[CaseInHand],
    items: dict[UUID, Any],
    holds: Sequence[Change],
    *,
    actor: Actor,
    at: datetime,
    leaves_at: datetime,
) -> None:
    """The questions, the homes, and the cases' new state."""
    if not cases:
        return
    today = local_day(at)
    due = answer_due(today)
    ctx = Context(actor, today)
    came_from = allow_all(cases, REDISTRIBUTE, ctx)
    homes = [(items[one.id].vacancy_id, one.id) for one in cases if items[one.id].vacancy_id]
    with_home = reservations.reserve_again(session, homes, actor=actor, at=at)
    put = _put_as(cases, items, holds, with_home)
    question: dict[str, Any] = {
        "id": func.gen_random_uuid(),
        "case_id": Case.id,
        "municipality_id": put.c.municipality_id,
        "state": _value("state", DistributionState.OPEN),
        "year": _value("year", run.parameters["year"]),
        "again": _value("again", True),
        "persons_count": Case.persons_count,
        "shown": shown_to_municipality(table_of(Case).c),
        "asked_at": _value("asked_at", at),
        "asked_on": _value("asked_on", today),
        "answer_due": _value("answer_due", due),
        "vacancy_id": put.c.vacancy_id,
        "reasons": RunItem.reasons,
        "override_reason": RunItem.override["reason"].astext,
        "rules_version": _value("rules_version", run.rules_version),
    }
    session.execute(
        insert(Distribution).from_select(
            [*question],
            select(*question.values())
            .select_from(put)
            .join(Case, Case.id == put.c.case_id)
            .join(RunItem, and_(RunItem.case_id == Case.id, RunItem.run_id == run.id)),
            include_defaults=False,
        )
    )
    write_all(
        session,
        cases,
        REDISTRIBUTE,
        came_from,
        ctx,
        at=at,
        values={
            "state": CaseState.REDISTRIBUTED,
            "municipality_id": put.c.municipality_id,
            "account_id": put.c.account_id,
            "vacancy_id": put.c.vacancy_id,
            "places_year": run.parameters["year"],
            "asked_on": today,
            "answer_due": due,
            "settlement_week": None,
        },
        values_from=(put, put.c.case_id == Case.id),
        facts={
            one.id: {
                "municipality_id": items[one.id].municipality_id,
                "year": run.parameters["year"],
            }
            for one in cases
        },
        events=[
            Event(
                CaseEvent.REDISTRIBUTED,
                one.id,
                items[one.id].municipality_id,
                {"answer_due": due.isoformat()},
            )
            for one in cases
        ],
        run_id=run.id,
        leaves_at=leaves_at,
    )


def _value(column: str, value: Any) -> BindParameter[Any]:
    return literal(value, table_of(Distribution).c[column].type)


def _put_as(
    cases: Sequence[CaseInHand],
    items: dict[UUID, Any],
    holds: Sequence[Change],
    with_home: set[UUID],
) -> Any:
    """Where each case goes, as rows to update from."""
    account_of = {hold.case_id: hold.account_id for hold in holds}
    return rows_of(
        "put",
        {
            "case_id": ([one.id for one in cases], Uuid()),
            "municipality_id": ([items[one.id].municipality_id for one in cases], Integer()),
            "account_id": ([account_of[one.id] for one in cases], Integer()),
            "vacancy_id": (
                [items[one.id].vacancy_id if one.id in with_home else None for one in cases],
                Uuid(),
            ),
        },
    )
