"""Draws the tables of docs/notifications.md from the code: `python tools/draw_notifications.py`.

What stands between the marks is drawn; the rest of the page is written by hand. A test compares.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from app.worker import ANCHOR, DAILY
from notifications.alarms import ALARMS
from notifications.rules import RULES, SWEDISH_RULES, Rule
from notifications.states import USUAL_TIMING

BEGIN: Final = "<!-- drawn: {} -->"
END: Final = "<!-- /drawn -->"
PAGE: Final = Path(__file__).parent.parent / "docs" / "notifications.md"


def rules(of: Iterable[Rule] = RULES) -> str:
    """Event, message, to whom, which topic and when, and while what holds."""
    lines = [
        "| event | message | to | topic | e-mail and SMS usually | while |",
        "|---|---|---|---|---|---|",
    ]
    for rule in of:
        to = ", ".join(rule.to)
        when = USUAL_TIMING[rule.topic].replace("_", " ")
        while_ = rule.condition or ""
        lines.append(
            f"| `{rule.event}` | `{rule.message}` | {to} | {rule.topic} | {when} | {while_} |"
        )
    return "\n".join(lines)


def swedens() -> str:
    """The same of a Swedish deployment."""
    return rules(SWEDISH_RULES)


def alarms() -> str:
    """What time alone raises, once for each subject."""
    lines = ["| event | when |", "|---|---|"]
    lines += [f"| `{alarm.event}` | {alarm.when} |" for alarm in ALARMS]
    return "\n".join(lines)


def work() -> str:
    """What the worker does by the clock, and for whom."""
    lines = ["| what | when, in Norway | for whom |", "|---|---|---|"]
    lines += [f"| `{one.name}` | daily at {one.when:%H:%M} | {one.whom} |" for one in DAILY]
    lines.append(f"| `{ANCHOR.name}` | every hour, where there is a key | {ANCHOR.whom} |")
    return "\n".join(lines)


DRAWN: Final = {"rules": rules, "swedens": swedens, "alarms": alarms, "work": work}


def draw(page: str) -> str:
    """The page with its tables drawn anew."""
    for name, table in DRAWN.items():
        before, _, rest = page.partition(BEGIN.format(name) + "\n")
        _, _, after = rest.partition(END)
        page = f"{before}{BEGIN.format(name)}\n{table()}\n{END}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(draw(PAGE.read_text()))
