"""The notices of the reader's own office."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.webhooks.states import SCOPE_OF
from notifications import queries
from notifications.choosing import CHOOSES_FOR_ONESELF
from notifications.dispatching import SEES_ALL
from notifications.queries import NotificationLine
from notifications.recipients import WATCH
from workflow.approvals.rules import confirmed_by
from workflow.kernel.actor import MUNICIPALITY, Actor, Role

router = APIRouter(route_class=InOneThread)

#: Digits.
LONGEST_ID = 18


@router.get("/varsler")
def notices(reader: Reader, before: int | None = None) -> Response:
    actor = reader.actor
    ulest = reader.is_asked("ulest")
    lines = queries.notifications(
        reader.session, actor=actor, before=before, unread=ulest, limit=queries.PAGE + 1
    )
    shown = lines[: queries.PAGE]
    return reader.page(
        "notices/list.html",
        lines=[(line, _address(reader, line)) for line in shown],
        unread_only=ulest,
        choice=_choice(actor),
        newest_unread=queries.newest_unread(reader.session, actor=actor),
        sees_deliveries=actor.role in SEES_ALL,
        has_webhooks=actor.role in SCOPE_OF and actor.acting_for is None,
        sees_unreachable=actor.role in WATCH,
        older=shown[-1].id if len(lines) > queries.PAGE else None,
    )


@router.post("/varsler/lest")
def mark_all_read(reader: Reader) -> Response:
    """All that was there when the page was shown."""
    until = reader.form.text("until", required=True)
    if until is None or not (until.isascii() and until.isdigit() and len(until) < LONGEST_ID):
        return reader.go("/varsler")
    with reader.change() as session:
        queries.mark_all_read(session, int(until), actor=reader.actor, at=reader.at)
    return reader.done("/varsler", "notices_read")


@router.post("/varsler/{notice_id}/lest")
def mark_read(reader: Reader, notice_id: int) -> Response:
    with reader.change() as session:
        queries.mark_read(session, notice_id, actor=reader.actor, at=reader.at)
    return reader.go("/varsler")


def _choice(actor: Actor) -> str | None:
    """Where the reader says what is sent by e-mail besides."""
    if actor.role in MUNICIPALITY:
        return "/kommune/varsling"
    return "/varsler/valg" if actor.role in CHOOSES_FOR_ONESELF else None


def _address(reader: Visit, line: NotificationLine) -> str | None:
    """The page of what the notice is about, as this office has it."""
    actor = reader.actor
    if approval_id := line.facts.get("approval_id"):
        return f"/godkjenninger/{approval_id}" if confirmed_by(actor.role) else None
    if line.facts.get("limit_id"):
        return "/kommune/husholdningstyper" if actor.is_municipality else "/husholdningstyper"
    if (there := _in_sweden(line.facts)) is not None:
        return there
    if actor.is_municipality:
        return f"/kommune/foresporsler/{line.distribution_id}" if line.distribution_id else None
    if line.case_id is None:
        return None
    if actor.role is Role.TRAVEL_OFFICER:
        return f"/reiser/{line.case_id}"
    return f"/saker/{line.case_id}"


def _in_sweden(facts: Mapping[str, Any]) -> str | None:
    """Of a swap, a report, or a version of a year's numbers."""
    if swap_id := facts.get("swap_id"):
        return f"/omfordelning/{swap_id}"
    if report_id := facts.get("report_id"):
        return f"/redovisning/{report_id}"
    if contract_id := facts.get("contract_id"):
        return f"/avtal/{contract_id}"
    if object_id := facts.get("object_id"):
        return f"/boenden/{object_id}"
    if version_id := facts.get("version_id"):
        return f"/fordelningstal/{version_id}"
    return f"/maluppfyllelse?ar={facts['year']}" if facts.keys() >= {"year", "persons"} else None
