"""Draws the tables of docs/privacy.md from the code: `python tools/draw_privacy.py`.

What stands between the marks is drawn; the rest of the page is written by hand. A test compares.
"""

from pathlib import Path
from typing import Final

from app.wording import table
from workflow.cases.folders import PURPOSES, STATE_IT
from workflow.privacy.register import PERSONAL
from workflow.privacy.retention import ALL

PAGE = Path(__file__).parent.parent / "docs" / "privacy.md"
BEGIN: Final = "<!-- drawn: {} -->"
END: Final = "<!-- /drawn -->"


def categories() -> str:
    """What is kept about people, and what is left of it after erasure."""
    lines = [
        "| table | what | personal columns, and what stands there once erased |",
        "|---|---|---|",
    ]
    for kept in PERSONAL:
        columns = ", ".join(f"`{name}` → {how}" for name, how in kept.columns.items())
        lines.append(f"| `{kept.table}` | {kept.what} | {columns or 'none'} |")
    return "\n".join(lines)


def retention() -> str:
    """How long, since when, on what ground, and who lets go."""
    lines = ["| what | how long | since | ground | who lets go |", "|---|---|---|---|---|"]
    for rule in ALL:
        long = _months(rule.months)
        lines.append(f"| {rule.what} | {long} | {rule.since} | {rule.ground} | {rule.by} |")
    return "\n".join(lines)


def _months(months: int | None) -> str:
    if months is None:
        return "as long as the system"
    if not months:
        return "not longer"
    return "1 month" if months == 1 else f"{months} months"


def purposes() -> str:
    """What each role may open a folder for."""
    words = table("en")["purpose"]
    lines = ["| role | purposes, the ordinary one first |", "|---|---|"]
    for role, allowed in sorted(PURPOSES.items()):
        said = " (said each time)" if role in STATE_IT else ""
        lines.append(f"| `{role}` | {'; '.join(words[one] for one in allowed)}{said} |")
    return "\n".join(lines)


DRAWN: Final = {"categories": categories, "retention": retention, "purposes": purposes}


def draw(page: str) -> str:
    """The page with its tables drawn anew."""
    for name, of in DRAWN.items():
        begin = BEGIN.format(name)
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(END)
        page = f"{before}{begin}\n\n{of()}\n\n{END}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(draw(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
