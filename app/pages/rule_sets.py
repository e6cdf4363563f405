"""Rule sets: each version in words and figures, two held together, drafts on their way in force."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.approvals import put_before_another
from app.pages.visit import Reader, Visit
from app.wording import label
from workflow.approvals.errors import SecondPersonNeeded
from workflow.approvals.states import Action
from workflow.kernel import audit
from workflow.kernel.actor import READS_ALL_CASES, Role
from workflow.kernel.errors import DomainError, NotFound
from workflow.municipalities import queries as register
from workflow.planning.rule_sets import EVERY_NEED, HouseholdScore, Method, PlanningRules, Step
from workflow.redistribution import awaiting, drafts, rules
from workflow.redistribution.rules import NEEDS, NewRuleSet, RuleSetSeen

router = APIRouter(route_class=InOneThread)

#: What is said of a version, in this order.
SAID: Final = (
    *("method", "steps", "vacancy_window", "next_shown", "band", "household_score"),
    *("needs_checked", "health_within", "weeks_ahead", "persons_a_room"),
)


@router.get("/regler/ny")
def new(reader: Reader) -> Response:
    reader.only(Role.LEAD)
    return _new_page(reader)


@router.post("/regler/ny")
def write(reader: Reader) -> Response:
    """The figures of a new version, as a draft: it is tried before it is proposed."""
    actor = reader.only(Role.LEAD)
    form = reader.form
    valid_from = form.day("valid_from", required=True)
    window = _points(reader, "vacancy_window", required=True)
    shown = form.number("next_shown", required=True)
    note = form.text("note", required=True)
    method = form.choice("method", Method) or Method.RULE
    band = _points(reader, "band")
    household = form.choice("household_score", HouseholdScore)
    weeks, within = form.number("weeks_ahead", longest=3), form.number("health_within", longest=3)
    to_a_room = form.number("persons_a_room", longest=2)
    if valid_from is None or window is None or shown is None or note is None or form.errors:
        return _new_page(reader, status_code=reader.again())
    words: dict[str, Any] = {"method": method.value}
    if form.ticked("chosen"):
        words["steps"] = [step for step in (Step.FORMER, Step.HOMES) if form.ticked(step.value)]
        words["needs_checked"] = form.many("needs_checked")
    if band is not None:
        words["band"] = str(band)
    told = {
        "household_score": household,
        "weeks_ahead": weeks,
        "health_within": within,
        "persons_a_room": to_a_room,
    }
    words |= {name: value for name, value in told.items() if value is not None}
    try:
        with reader.change() as session:
            planning = rules.read_planning(words)
            made = drafts.write(
                session,
                NewRuleSet(valid_from, window, shown, note, planning),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _new_page(reader, status_code=reader.again(refusal))
    return reader.done(f"/regler/utkast/{made}", "rule_draft_saved")


@router.get("/regler/sammenlign")
def compare(reader: Reader) -> Response:
    """Two versions held together, word by word; public, as they are."""
    known = rules.published(reader.session, on=reader.today, actor=reader.anybody)
    versions = {str(one.version): one for one in known.history}
    newest = known.history[0]
    first = reader.asked("a", versions.get) or known.history[min(1, len(known.history) - 1)]
    second = reader.asked("b", versions.get) or newest
    lines = [(name, _told(first.planning, name), _told(second.planning, name)) for name in SAID]
    return reader.page(
        "public/compare_rules.html",
        versions=[(one.version, str(one.version)) for one in known.history],
        first=first,
        second=second,
        lines=lines,
    )


@router.get("/regler/utkast/{draft_id}")
def draft(reader: Reader, draft_id: UUID) -> Response:
    return _draft_page(reader, draft_id)


@router.post("/regler/utkast/{draft_id}/prov")
def simulate(reader: Reader, draft_id: UUID) -> Response:
    """Try it on last month."""
    actor = reader.only(Role.LEAD)
    try:
        with reader.change() as session:
            drafts.simulate(session, draft_id, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _draft_page(reader, draft_id, status_code=reader.again(refusal))
    return reader.done(f"/regler/utkast/{draft_id}", "rule_draft_simulated")


@router.post("/regler/utkast/{draft_id}/legg-fram")
def propose(reader: Reader, draft_id: UUID) -> Response:
    """Propose it, and put it in force where it does not take two."""
    actor = reader.only(Role.LEAD)
    try:
        with reader.change() as session:
            drafts.propose(session, draft_id, actor=actor, at=reader.at)
        with reader.change() as session:
            version = drafts.put_in_force(session, draft_id, actor=actor, at=reader.at)
    except SecondPersonNeeded as needed:
        return put_before_another(reader, needed)
    except DomainError as refusal:
        return _draft_page(reader, draft_id, status_code=reader.again(refusal))
    return reader.done("/regler", "rule_set_in_force", version=version)


@router.get("/regler/versjon/{version}")
def one_version(reader: Reader, version: int) -> Response:
    """One version in words and figures; public, also once another is in force."""
    known = rules.published(reader.session, on=reader.today, actor=reader.anybody)
    found = next((one for one in known.history if one.version == version), None)
    if found is None:
        raise NotFound("rule_set")
    return reader.page("public/rules.html", **shown(reader, known, found))


def shown(reader: Visit, known: rules.Rules, now: RuleSetSeen) -> dict[str, Any]:
    """What the page of a version needs."""
    reads = reader.signed_in is not None and reader.actor.role in READS_ALL_CASES
    return {
        "rules": known,
        "now": now,
        "planning": now.planning,
        "lines": [(name, _told(now.planning, name)) for name in SAID],
        "checked": _told(now.planning, "needs_checked") if now.planning.needs_checked else "",
        "drafts": drafts.drafts(reader.session, actor=reader.actor) if reads else [],
    }


def _told(planning: PlanningRules, name: str) -> str:
    """What a version says by one of its words, as the reader calls it."""
    value = getattr(planning, name)
    if name == "method":
        return f"{label(value, 'planning_method')} ({label(planning.apportionment, 'method')})"
    if name == "steps":
        return ", ".join(label(step, "plan_step") for step in Step if step in value) or "–"
    if value is None:
        return "–"
    if name == "needs_checked":
        told = NEEDS if EVERY_NEED in value else [need for need in NEEDS if need in value]
        return ", ".join(label(need, "service") for need in told) or "–"
    if name == "household_score":
        return label(value, name)
    if name in {"vacancy_window", "band"}:
        return f"{float(value * 100):g}".replace(".", ",")
    return str(value)


def _points(reader: Visit, name: str, *, required: bool = False) -> Decimal | None:
    """Percentage points as people write them, as a share."""
    text = reader.form.text(name, required=required)
    if text is None:
        return None
    try:
        points = Decimal(text.replace(",", ".").replace("%", "").strip())
    except InvalidOperation:
        points = Decimal("NaN")
    if not points.is_finite() or not 0 <= points <= 100 or round(points, 3) != points:
        reader.form.fault(name, "percentage")
        return None
    return points / 100


def _draft_page(reader: Visit, draft_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.only(*READS_ALL_CASES)
    found = drafts.draft(reader.session, draft_id, actor=actor)
    known = rules.published(reader.session, on=reader.today, actor=actor)
    lines = [
        (name, _told(known.in_force.planning, name), _told(found.planning, name)) for name in SAID
    ]
    subject = audit.subject(audit.Kind.SETTING, "rule_set")
    return reader.page(
        "public/rule_draft.html",
        status_code=status_code,
        draft=found,
        now=known.in_force,
        lines=lines,
        names={
            one.number: one.official_name
            for one in register.all_in_force(reader.session, on=reader.today, actor=actor)
        },
        waits=awaiting.of_subject(reader.session, Action.RULE_SET, subject, actor=actor),
        may=actor.role is Role.LEAD,
    )


def _new_page(reader: Visit, *, status_code: int = 200) -> Response:
    known = rules.published(reader.session, on=reader.today, actor=reader.actor)
    planning = known.in_force.planning
    return reader.page(
        "public/new_rules.html",
        status_code=status_code,
        now=known.in_force,
        planning=planning,
        methods=[(one, label(one, "planning_method")) for one in Method],
        steps=[(step, step in planning.steps) for step in (Step.FORMER, Step.HOMES)],
        households=[(one, label(one, "household_score")) for one in HouseholdScore],
        needs=[(need, planning.checks(need)) for need in NEEDS],
    )
