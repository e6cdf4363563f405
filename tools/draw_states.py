"""Draws docs/states.md from the table of a case's life: `python tools/draw_states.py`.

A test compares the file with what this draws, so the page cannot drift from the code.
"""

from pathlib import Path

from workflow.cases.machine import TRANSITIONS, Guard, Step
from workflow.cases.states import CaseState

PAGE = Path(__file__).parent.parent / "docs" / "states.md"

HEAD = """# The life of a case

Drawn from `workflow/cases/machine.py` by `make docs`; do not edit by hand. What the table does not
list cannot happen. A guard that says no refuses with its own code (see [problems](problems.md)) and
leaves the case untouched; the page shows the same sentence on a grey button.
"""


def draw() -> str:
    """The whole page."""
    return f"{HEAD}\n{_picture()}\n\n{_table()}\n\n{_guards()}\n"


def _picture() -> str:
    """Lapsing (from any open state) and the undo of runs are left to the table."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> registered"]
    drawn: dict[tuple[str, str], list[str]] = {}
    for step in TRANSITIONS:
        if step.trigger in {"lapse", "restore", "recall", "settle_some"}:
            continue
        for source in step.sources:
            drawn.setdefault((source, step.dest or source), []).append(step.trigger)
    lines += [
        f"    {source} --> {dest}: {', '.join(dict.fromkeys(triggers))}"
        for (source, dest), triggers in drawn.items()
    ]
    return "\n".join([*lines, "    settled --> [*]", "```"])


def _table() -> str:
    rows = [
        "| trigger | from | to | who | guards, in order |",
        "|---|---|---|---|---|",
    ]
    return "\n".join(rows + [_row(step) for step in TRANSITIONS])


def _row(step: Step) -> str:
    sources = (
        "any open state" if len(step.sources) == len(CaseState) - 2 else ", ".join(step.sources)
    )
    dest = step.dest or ("what it was" if step.trigger == "restore" else "stays")
    guards = ", ".join(f"`{_name(guard)}`" for guard in step.guards)
    return f"| `{step.trigger}` | {sources} | {dest} | {', '.join(sorted(step.roles))} | {guards} |"


def _guards() -> str:
    lines = ["| guard | all is well when |", "|---|---|"]
    guards = dict.fromkeys(guard for step in TRANSITIONS for guard in step.guards)
    for guard in guards:
        said = (guard.__doc__ or _name(guard).replace("_", " ")).strip().splitlines()[0]
        lines.append(f"| `{_name(guard)}` | {said} |")
    return "\n".join(lines)


def _name(guard: Guard) -> str:
    return guard.__name__.strip("_")  # type: ignore[attr-defined]  # every guard is a function


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf-8")
