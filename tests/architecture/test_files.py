"""Files are named by what they hold, and hold one thing."""

from pathlib import Path

from tests.architecture.sources import PACKAGES, ROOT, files

LINES = 400
#: Longer files, each with its reason.
LONGER: dict[str, str] = {}

#: Names without an edge: everything fits in them, so everything ends there.
EDGELESS = {
    "common",
    "helper",
    "helpers",
    "manager",
    "misc",
    "service",
    "services",
    "util",
    "utils",
}

OURS = (*PACKAGES, "tests", "tools")


def test_a_file_is_short_or_says_why_not():
    lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in files(*OURS)}

    long = {path: length for path, length in lengths.items() if length > LINES}
    assert len(lengths) > 500
    assert long.keys() - LONGER.keys() == set(), f"{long}: what is second in them?"


def test_no_reason_outlives_its_file():
    gone = {path for path in LONGER if not (ROOT / path).is_file()}

    assert gone == set()


def test_no_name_without_an_edge():
    edgeless = {str(path) for path in files(*OURS) if EDGELESS & {*path.parts, path.stem}}

    assert edgeless == set()


def test_the_wheel_carries_every_package():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert {*PACKAGES, "migrations", "templates"} == set(carried)
    assert all(Path(ROOT, package).is_dir() for package in carried)
