"""The published rule sets (forvaltningsloven 2025 § 13); everybody reads them, the lead writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from workflow.approvals.asked import Approved
from workflow.capacity.states import Service
from workflow.kernel import audit
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.planning.rule_sets import EVERY_NEED, BadRules, PlanningRules, from_mapping
from workflow.ranking.criteria import Criterion
from workflow.redistribution.brought import SERVICE_OF
from workflow.redistribution.four_eyes import rule_set_needs_two
from workflow.redistribution.models import RuleDraft, RuleSetVersion
from workflow.redistribution.states import DraftState


@dataclass(frozen=True, slots=True)
class RuleSetSeen:
    version: int
    valid_from: date
    #: Share of decided places; 0.1 = ten percentage points.
    vacancy_window: Decimal
    next_shown: int
    note: str
    actor: str
    at: datetime
    #: The whole of it, as `planning.rule_sets` writes it down.
    rules: Mapping[str, Any] = field(default_factory=dict, hash=False)
    #: In the order they are applied.
    criteria: tuple[Criterion, ...] = tuple(Criterion)

    @property
    def planning(self) -> PlanningRules:
        return from_mapping(self.rules)


@dataclass(frozen=True, slots=True)
class Rules:
    in_force: RuleSetSeen
    #: All versions, the newest first; one that comes into force later is among them.
    history: tuple[RuleSetSeen, ...]


def published(session: Session, *, on: date, actor: Actor) -> Rules:
    """The rule set of the day and every other."""
    rows = session.execute(
        select(
            RuleSetVersion.version,
            RuleSetVersion.valid_from,
            RuleSetVersion.vacancy_window,
            RuleSetVersion.next_shown,
            RuleSetVersion.note,
            RuleSetVersion.actor,
            RuleSetVersion.at,
            RuleSetVersion.rules,
        ).order_by(RuleSetVersion.valid_from.desc(), RuleSetVersion.version.desc())
    )
    history = tuple(RuleSetSeen(*row) for row in rows)
    in_force = next((rules for rules in history if rules.valid_from <= on), history[-1])
    return Rules(in_force, history)


#: How many of the next municipalities a distribution's reasons may show.
MOST_SHOWN = 50


#: What a version says that chooses nothing: no need is a hard rule, and no weeks are planned.
PUBLISHED: Final = PlanningRules(1, needs_checked=frozenset(), weeks_ahead=0)
#: Words of a rule set that a version does not choose.
_FIXED: Final = ("airports_closed", "groups_paused")
#: Needs that a version may make hard rules, as services are called.
NEEDS: Final = (*dict.fromkeys(SERVICE_OF.values()), Service.QUARANTINE)


def planning_in_force(session: Session, on: date) -> PlanningRules:
    """The rule set of the day, whole."""
    found = session.execute(
        select(RuleSetVersion.rules)
        .where(RuleSetVersion.valid_from <= on)
        .order_by(RuleSetVersion.valid_from.desc(), RuleSetVersion.version.desc())
        .limit(1)
    ).scalar_one()
    return from_mapping(found)


@dataclass(frozen=True, slots=True)
class NewRuleSet:
    """What a new version says; the criteria and their order are the code's."""

    valid_from: date
    #: Share of decided places, to five decimals.
    vacancy_window: Decimal
    next_shown: int
    note: str
    #: How runs are planned; the window and what is shown are those above.
    planning: PlanningRules = PUBLISHED
    #: What it was written as.
    draft_id: UUID | None = None

    def whole(self, version: int) -> dict[str, Any]:
        """As the version keeps it."""
        return replace(
            self.planning,
            version=version,
            vacancy_window=Fraction(self.vacancy_window),
            next_shown=self.next_shown,
        ).to_mapping()


def read_planning(written: Mapping[str, Any]) -> PlanningRules:
    """The words a version chooses, over those it does not.

    Raises:
        Invalid: a word or a value that no plan can follow.
    """
    fixed = next((name for name in _FIXED if name in written), None)
    if fixed is not None:
        raise Invalid("the guards of a case say it", pointer=f"/rules/{fixed}", expected="nothing")
    known = PUBLISHED.to_mapping()
    del known["apportionment"]  # it follows from the method
    try:
        made = from_mapping(known | dict(written))
        if not made.needs_checked <= {EVERY_NEED, *NEEDS}:
            raise BadRules("needs_checked", "of " + ", ".join(NEEDS))  # noqa: TRY301
    except BadRules as bad:
        raise Invalid(str(bad), pointer=f"/rules/{bad.field}", expected=bad.expected) from bad
    return made


def put_in_force(
    session: Session,
    new: NewRuleSet,
    *,
    approved: Approved | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """A new version of the rules, from a day on; published at once. Returns its number.

    Raises:
        NotAllowed: it is the lead's. SecondPersonNeeded.
        Invalid: a day that is past, a window that is no share, too many shown.
    """
    if actor.role is not Role.LEAD:
        raise NotAllowed("rules are put in force by IMDi's lead", role=actor.role)
    refuse_malformed(new, local_day(at))
    latest = session.scalar(select(func.max(RuleSetVersion.version))) or 0
    rule_set_needs_two(
        session,
        {
            "valid_from": new.valid_from.isoformat(),
            "vacancy_window": str(new.vacancy_window.normalize()),
            "next_shown": new.next_shown,
            "note": new.note,
            "rules": new.whole(latest + 1),
            "draft_id": None if new.draft_id is None else str(new.draft_id),
        },
        latest,
        approved,
        actor=actor,
    )
    version = latest + 1  # two at once meet at the key
    values = {
        "valid_from": new.valid_from,
        "vacancy_window": new.vacancy_window,
        "next_shown": new.next_shown,
    }
    session.execute(
        insert(RuleSetVersion).values(
            version=version,
            rules=new.whole(version),
            note=new.note,
            actor=actor.name,
            at=at,
            **values,
        )
    )
    if new.draft_id is not None:
        session.execute(
            update(RuleDraft)
            .where(RuleDraft.id == new.draft_id)
            .values(state=DraftState.IN_FORCE, rules_version=version)
            .execution_options(synchronize_session="fetch")
        )
    after = values | {
        "vacancy_window": str(new.vacancy_window.normalize()),
        "method": new.planning.method,
    }
    changed = audit.Change(audit.subject(audit.Kind.SETTING, "rule_set", version), after=after)
    audit.record(session, changed, "put_in_force", actor=actor, at=at, reason=new.note)
    return version


def refuse_malformed(new: NewRuleSet, today: date) -> None:
    """Raises Invalid: a day that is past, a window that is no share, too many shown, no note."""
    if new.valid_from < today:
        raise Invalid(
            "rules are never changed back in time",
            pointer="/valid_from",
            expected=f"{today} or later",
        )
    window = new.vacancy_window
    if not (window.is_finite() and 0 <= window <= 1 and round(window, 5) == window):
        raise Invalid("no share", pointer="/vacancy_window", expected="0 to 1, five decimals")
    if not 0 <= new.next_shown <= MOST_SHOWN:
        raise Invalid("too many", pointer="/next_shown", expected=f"0 to {MOST_SHOWN}")
    if not new.note.strip():
        raise Invalid("say why", pointer="/note", expected="a text")
