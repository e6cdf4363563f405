"""What stands around every page: who is signed in, the menu, the demo's clock, the last message.

A page's route puts a `Frame` in `request.state.frame`; `rendering.page` finds it there. Without
one the page is an anonymous visitor's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from workflow.kernel.actor import Role
from workflow.kernel.country import Country

Tone = Literal["info", "success", "warning", "danger"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads the page. `organisation` is the name of the municipality or the centre."""

    name: str
    role: Role
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One place in the menu; `code` is a key of `[menu]` in the label tables."""

    code: str
    href: str
    #: How many things wait there; not shown when 0.
    waiting: int = 0
    #: What else is reached from there.
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flash:
    """What the last action came to; `code` is a key of `[done]` in the label tables."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    tone: Tone = "success"


@dataclass(frozen=True, slots=True)
class SessionLasts:
    """How long the session still lasts when the page leaves, seconds: idle, and at most.

    `whose` keeps apart what different people have begun to write in one browser.
    """

    left: int
    most: int
    whose: str


@dataclass(frozen=True, slots=True)
class Frame:
    viewer: Viewer | None = None
    menu: tuple[MenuItem, ...] = ()
    #: Notifications not yet read.
    unread: int = 0
    flash: Flash | None = None
    #: Set in the demonstration: the hour it is there, with its zone.
    demo_clock: datetime | None = None
    #: Goes into every form that changes something.
    csrf_token: str | None = None
    #: None for strangers: nothing of theirs ends.
    lasting: SessionLasts | None = None
    #: The reader's own language, before the browser's.
    language: str | None = None
    #: Whether it was found out who reads; where it was not, nobody is told to sign in.
    reader_known: bool = True

    def here(self, path: str) -> str | None:
        """The menu's address nearest above a page."""
        above = [
            (len(begins), item.href)
            for item in self.menu
            for begins in (item.href, *item.also)
            if path == begins or path.startswith(f"{begins}/")
        ]
        return max(above)[1] if above else None


_DIRECTORATE = (
    MenuItem("tasks", "/oppgaver"),
    MenuItem("cases", "/saker"),
    MenuItem("redistribution", "/fordeling"),
    MenuItem("withdrawal", "/omgjoring"),
    MenuItem("municipalities", "/kommuner", also=("/tilbud", "/husholdningstyper")),
    MenuItem("letters", "/brev"),
    MenuItem("entry", "/innreise"),
    MenuItem("measures", "/tiltak"),
    MenuItem("rules", "/regler"),
    MenuItem("what_if", "/hva-om"),
)
_USERS = MenuItem("users", "/brukere")
_WEBHOOKS = MenuItem("webhooks", "/varsler/webhooks")
_AUDIT = MenuItem("audit", "/revisjon")
_PROTECTED = MenuItem("protected", "/skjermede")
_ERASURE = MenuItem("erasure", "/sletting")
_MUNICIPALITY = (
    MenuItem("inbox", "/kommune"),
    MenuItem("settlements", "/kommune/bosettinger"),
    MenuItem("homes", "/kommune/boliger"),
    MenuItem("arrivals", "/kommune/ankomster"),
    MenuItem(
        "own_places",
        "/kommune/vedtak",
        also=("/kommune/ukeplan", "/kommune/tilbud", "/kommune/husholdningstyper"),
    ),
    MenuItem("letters", "/brev"),
)
_RECIPIENTS = MenuItem("recipients", "/kommune/varsling")
_DELIVERIES = MenuItem("deliveries", "/utsendinger")
#: Which places a role finds in its menu; a role that is not here has none.
MENUS: dict[Role, tuple[MenuItem, ...]] = {
    Role.CASE_OFFICER: _DIRECTORATE,
    Role.LEAD: (*_DIRECTORATE, _USERS, _PROTECTED, _ERASURE, _AUDIT, _WEBHOOKS),
    Role.MUNICIPALITY_WRITER: (*_MUNICIPALITY, _RECIPIENTS),
    Role.MUNICIPALITY_READER: _MUNICIPALITY,
    Role.MUNICIPALITY_ADMINISTRATOR: (
        *_MUNICIPALITY,
        _RECIPIENTS,
        _USERS,
        MenuItem("sessions", "/okter"),
        MenuItem("tokens", "/tilganger"),
        _WEBHOOKS,
    ),
    Role.TRAVEL_OFFICER: (
        MenuItem("travel", "/reiser"),
        MenuItem("travel_week", "/reiser/uke"),
        MenuItem("travel_changes", "/reiser/endringer"),
        MenuItem("entry", "/innreise"),
        _WEBHOOKS,
    ),
    Role.RECEPTION_CENTRE: (MenuItem("centre_cases", "/mottak"), _WEBHOOKS),
    Role.AUDITOR: (*_DIRECTORATE, _AUDIT),
    Role.ADMINISTRATOR: (
        _USERS,
        MenuItem("sessions", "/okter"),
        MenuItem("tokens", "/tilganger"),
        MenuItem("approval_rules", "/to-personer"),
        _DELIVERIES,
        _ERASURE,
    ),
}
#: In a Swedish deployment.
_SWEDISH = (
    MenuItem("start", "/start"),
    MenuItem("fulfilment", "/maluppfyllelse"),
    MenuItem("procured", "/anskaffat"),
    MenuItem("accommodation", "/boenden", also=("/erbjudanden", "/inventering")),
    MenuItem("contracts", "/avtal", also=("/avrop", "/kostnader")),
    MenuItem("swaps", "/omfordelning"),
    MenuItem("dialogue", "/dialog"),
    MenuItem("keys", "/nycklar"),
)
_SWEDISH_BOARD = (*_SWEDISH, MenuItem("reports", "/redovisning"))
_SWEDISH_STATE = (
    *_SWEDISH_BOARD,
    MenuItem("procurement", "/upphandling"),
    MenuItem("counts", "/raknade"),
    MenuItem("targets", "/fordelningstal"),
)
SWEDISH_MENUS: dict[Role, tuple[MenuItem, ...]] = {
    Role.MIGRATION_OFFICER: _SWEDISH_STATE,
    Role.COUNTY_BOARD: (*_SWEDISH_BOARD, _WEBHOOKS),
    Role.COUNTY_COORDINATOR: (*_SWEDISH_BOARD, _WEBHOOKS),
    Role.MUNICIPALITY_WRITER: _SWEDISH,
    Role.MUNICIPALITY_READER: _SWEDISH,
    Role.MUNICIPALITY_ADMINISTRATOR: (
        *_SWEDISH,
        _USERS,
        MenuItem("sessions", "/okter"),
        MenuItem("tokens", "/tilganger"),
        _WEBHOOKS,
    ),
    Role.AUDITOR: (*_SWEDISH_STATE, _AUDIT),
    Role.ADMINISTRATOR: (
        _USERS,
        MenuItem("sessions", "/okter"),
        MenuItem("tokens", "/tilganger"),
        MenuItem("approval_rules", "/to-personer"),
        _DELIVERIES,
    ),
}
MENUS_OF = {Country.NORWAY: MENUS, Country.SWEDEN: SWEDISH_MENUS}
#: Where a role begins; the first place of its menu, else what it may read of itself.
HOMES: dict[Role, str] = {role: menu[0].href for role, menu in MENUS.items()}
NO_HOME = "/profil"


def home_of(role: Role, country: Country) -> str:
    menu = MENUS_OF[country].get(role)
    return menu[0].href if menu else NO_HOME
