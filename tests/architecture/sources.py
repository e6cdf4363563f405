"""The project's own Python files, as the architecture tests read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "notifications", "workflow")


def files(*folders: str) -> list[Path]:
    """Paths from the root, sorted."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def nodes(*folders: str, naming: str = "") -> Iterator[tuple[Path, ast.AST]]:
    """Of those files that name what is looked for, so that the others need not be parsed."""
    for path in files(*folders):
        if naming in (ROOT / path).read_text():
            for node in ast.walk(tree(path)):
                yield path, node
