"""Which actions may need a second person, from how much on, and who that may be.

The table `approval_rules` says for each whether it is needed now, and from which count on; here is
what it begins with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workflow.approvals.states import Action
from workflow.kernel.actor import DIRECTORATE, Role
from workflow.kernel.country import Country

#: Who confirms what a municipality does with its own places.
_OWN_PLACES: Final = frozenset({Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class ActionRule:
    """One row of the rules."""

    #: From how many on, until somebody says otherwise.
    threshold: int
    #: Who may be the second person; the same as may do the action.
    roles: frozenset[Role]
    #: What is counted: a key of `[count]`; None where it is always one.
    unit: str | None = None
    #: Where the action is.
    country: Country = Country.NORWAY


RULES: Final[Mapping[Action, ActionRule]] = {
    Action.RUN: ActionRule(50, DIRECTORATE, "case"),
    Action.RULE_SET: ActionRule(1, frozenset({Role.LEAD})),
    Action.EXTRA_PLACES: ActionRule(1, _OWN_PLACES | {Role.LEAD}, "place"),
    Action.REVERSAL: ActionRule(1, DIRECTORATE),
    Action.TARGETS: ActionRule(
        1, frozenset({Role.MIGRATION_OFFICER}), "municipality", Country.SWEDEN
    ),
}


def confirmed_by(role: Role) -> list[Action]:
    """The actions a role may be the second person of."""
    return [action for action, rule in RULES.items() if role in rule.roles]
