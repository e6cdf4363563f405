"""Where the browser comes from: the one named, the machine's, the package; else a sentence."""

import os
from pathlib import Path

import pytest

from tools import ensure_browser


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with nothing on its PATH, no Playwright browser, and root."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BOSETTING_CHROMIUM", raising=False)
    monkeypatch.setattr(ensure_browser, "_of_playwright", lambda: None)
    monkeypatch.setattr(ensure_browser.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def program(folder: Path, name: str, script: str = "exit 0") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_machines_own_is_taken_and_nothing_installed(machine):
    chromium = program(machine, "chromium")
    program(machine, "apt-get", f": > {machine}/asked")

    assert ensure_browser.ensure() == chromium
    assert not (machine / "asked").exists()


@pytest.mark.parametrize("package", ["chromium-headless-shell", "chromium"])
def test_root_on_debian_installs_what_the_distribution_has(machine, package):
    program(
        machine,
        "apt-get",
        f'case "$*" in *" {package}") echo "#!/bin/sh" > {machine}/{package};'
        f" /bin/chmod 755 {machine}/{package} ;; esac",
    )

    assert ensure_browser.ensure() == machine / package


def test_the_one_without_windows_goes_first(machine):
    program(machine, "chromium")

    assert ensure_browser.ensure() == machine / "chromium"
    assert ensure_browser.find() == machine / "chromium"
    assert program(machine, "chromium-headless-shell") == ensure_browser.find()


def test_else_playwright_is_asked_for_its_own(machine, monkeypatch):
    program(machine, "python", f'echo "$@" > {machine}/asked')
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    program(machine, "apt-get", f": > {machine}/wrong")

    assert ensure_browser.ensure() is None
    assert (machine / "asked").read_text() == "-m playwright install chromium\n"
    assert not (machine / "wrong").exists()


def test_where_none_can_be_had_it_says_so_and_fails(machine, capfd):
    program(machine, "python", "exit 1")

    assert ensure_browser.main() == 1
    assert ensure_browser.NONE_TO_BE_HAD in capfd.readouterr().err


def test_a_named_one_that_is_not_there_is_not_replaced_by_another(machine, monkeypatch):
    program(machine, "chromium")
    monkeypatch.setenv("BOSETTING_CHROMIUM", str(machine / "elsewhere"))

    assert ensure_browser.find() is None
