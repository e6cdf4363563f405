"""Arrows point one way, and a tool says so."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.sources import ROOT, files, nodes


def test_the_import_contracts_hold():
    lint_imports = Path(sys.executable).with_name("lint-imports")

    answer = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_every_module_meant_to_be_pure_is_under_the_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    pure = next(c for c in contracts["contracts"] if c["name"] == "rules are pure")
    named = {pattern.rpartition(".")[2] for pattern in pure["source_modules"]}

    assert {"states", "machine", "errors", "events", "ledger", "ranking"} <= named


def test_a_migration_imports_nothing_of_ours():
    """An old migration has to run on new code."""
    allowed = {"alembic", "sqlalchemy"} | sys.stdlib_module_names
    imported = {
        (str(path), name.partition(".")[0])
        for path, node in nodes("migrations/versions")
        for name in _imported(node)
    }

    assert files("migrations/versions")
    assert {(path, name) for path, name in imported if name not in allowed} == set()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or "."]
    return []
