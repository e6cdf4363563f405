"""Draws docs/problems.md from the refusals and their words: `python tools/draw_problems.py`.

A test compares the file with what this draws, so the page cannot drift from the code.
"""

import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import app
import workflow
from app import problems
from app.wording import table
from workflow.kernel.errors import DomainError
from workflow.redistribution import codes

PAGE = Path(__file__).parent.parent / "docs" / "problems.md"

#: Whose refusals have their words in Swedish.
SWEDISH = (
    *("workflow.accommodation", "workflow.allocation", "workflow.dialogue", "workflow.reports"),
    "workflow.procurement",
)

HEAD = """# Refusals

Drawn from the errors of the code and their words in `templates/labels/en.toml` by `make docs`; do
not edit by hand. A code is public and stable: it is the address `/problems/<code>`, the member
`code` of `application/problem+json` (RFC 9457), the key of the words in every language, and what
the log says.

Status 422 is malformed input, 409 a rule's no, 404 what does not exist or not for you, 412 and 428
changes that have not read what they change. Codes without a status stand in a run's report lines.
"""


def refusals() -> list[type[DomainError]]:
    """Every error with a code of its own, by code, wherever in the packages it is written."""
    for package in (workflow, app):
        _import_all(package)
    found: set[type[DomainError]] = set()
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        for child in waiting.pop().__subclasses__():
            if child.__module__.startswith(("workflow.", "app.")):
                found.add(child)
                waiting.append(child)
    own = [error for error in found if "code" in vars(error)]
    return sorted(own, key=lambda error: (error.code, error.__name__))


def _import_all(package: ModuleType) -> None:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def status_of(error: type[DomainError]) -> int:
    return problems.status_of(error.__new__(error))


def statuses() -> dict[str, str]:
    """Every code and its status; – for the lines of a run's report."""
    found = {value: "–" for name, value in vars(codes).items() if name.isupper()}
    found |= {code: str(status) for status, code in problems.CODE_OF_STATUS.items()}
    found |= {"server.failed": "500", "request.refused": "4xx"}
    found |= {error.code: str(status_of(error)) for error in refusals()}
    return dict(sorted(found.items()))


def draw() -> str:
    """The whole page."""
    # What only a Swedish deployment refuses has its words in Swedish.
    words = table("sv")["problem"] | table("en")["problem"]
    meant = {error.code: (error.__doc__ or "").strip().splitlines()[0] for error in refusals()}
    lines = [
        "| code | status | what it says | meaning | what to do next |",
        "|---|---|---|---|---|",
    ]
    for code, status in statuses().items():
        told = words[code]
        lines.append(
            f"| `{code}` | {status} | {_cell(told['title'])} | {_cell(meant.get(code, ''))}"
            f" | {_cell(told['next'])} |"
        )
    return f"{HEAD}\n" + "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Facts a sentence asks for stand in it by their name."""
    return re.sub(r"\{(\w+)[^}]*\}", r"*\1*", text).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf-8")
