"""One place commits. A second one is where half of a change gets saved."""

import ast

from tests.architecture.sources import PACKAGES, nodes

#: What whatever commits has to name.
NAMES = ("commit", "begin")
#: Who may, and why.
ALLOWED = {
    "app/db.py": "the place",
    "app/bench/database.py": "the bench's own database is made and filled outside any transaction",
    "app/embedded_postgres/cluster.py": "roles and databases are made outside any transaction",
}


def commits(node: ast.AST) -> bool:
    """`x.commit()`, `x.begin()` (which commits at its end) and `autocommit=`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"commit", "begin"}
    return isinstance(node, ast.keyword) and node.arg == "autocommit"


def test_only_the_listed_files_commit():
    found = {
        str(path) for name in NAMES for path, node in nodes(*PACKAGES, naming=name) if commits(node)
    }

    assert found == set(ALLOWED)


def test_the_rule_sees_what_it_is_for():
    for source in ("session.commit()", "with engine.begin() as c: pass", "f(autocommit=True)"):
        assert any(commits(node) for node in ast.walk(ast.parse(source))), source
    assert not any(commits(node) for node in ast.walk(ast.parse("session.begin_nested()")))
