"""A new version of the published rules, written by IMDi's lead."""

from decimal import Decimal, InvalidOperation

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.approvals import put_before_another
from app.pages.visit import Reader, Visit
from workflow.approvals.errors import SecondPersonNeeded
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError
from workflow.redistribution import rules
from workflow.redistribution.rules import NewRuleSet

router = APIRouter(route_class=InOneThread)


@router.get("/regler/ny")
def new(reader: Reader) -> Response:
    reader.only(Role.LEAD)
    return _page(reader)


@router.post("/regler/ny")
def put_in_force(reader: Reader) -> Response:
    """The figures of the new version, from a day on."""
    actor = reader.only(Role.LEAD)
    form = reader.form
    valid_from = form.day("valid_from", required=True)
    window = _points(reader)
    shown = form.number("next_shown", required=True)
    note = form.text("note", required=True)
    if valid_from is None or window is None or shown is None or note is None or form.errors:
        return _page(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            version = rules.put_in_force(
                session, NewRuleSet(valid_from, window, shown, note), actor=actor, at=reader.at
            )
    except SecondPersonNeeded as needed:
        return put_before_another(reader, needed)
    except DomainError as refusal:
        return _page(reader, status_code=reader.again(refusal))
    return reader.done("/regler", "rule_set_in_force", version=version)


def _points(reader: Visit) -> Decimal | None:
    """Percentage points as people write them, as a share."""
    text = reader.form.text("vacancy_window", required=True)
    if text is None:
        return None
    try:
        points = Decimal(text.replace(",", ".").replace("%", "").strip())
    except InvalidOperation:
        points = Decimal("NaN")
    if not points.is_finite() or not 0 <= points <= 100 or round(points, 3) != points:
        reader.form.fault("vacancy_window", "percentage")
        return None
    return points / 100


def _page(reader: Visit, *, status_code: int = 200) -> Response:
    known = rules.published(reader.session, on=reader.today, actor=reader.actor)
    return reader.page("public/new_rules.html", status_code=status_code, now=known.in_force)
