"""Make sure the browser tests have a Chromium, and print where it is.

The machine's own; else, as root on Debian, the distribution's package; else Playwright's own.
`find()` only looks; `ensure()` installs too.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

#: The first is Chromium without windows: the same pages for half the work.
NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)

#: Of Debian; the first has not always been there.
PACKAGES = ("chromium-headless-shell", "chromium")

NONE_TO_BE_HAD = (
    "The browser tests need a Chromium and none was found or could be installed. "
    "Install one (on Debian: apt-get install chromium), or name it in BOSETTING_CHROMIUM."
)


def find() -> Path | None:
    """The Chromium to use, if there is one: the one named, the machine's, Playwright's."""
    if named := os.environ.get("BOSETTING_CHROMIUM"):
        return Path(named) if Path(named).is_file() else None
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return _of_playwright()


def ensure() -> Path | None:
    """As `find`, after installing one where that is possible."""
    found = find()
    if found or "BOSETTING_CHROMIUM" in os.environ:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        for package in PACKAGES:
            if not find():
                _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
    if not find():
        _run(sys.executable, "-m", "playwright", "install", "chromium")
    return find()


def _of_playwright() -> Path | None:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow, and seldom needed

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def _run(*command: str) -> None:
    """Run an installer; what it says goes to stderr, whether it worked is asked by `find`."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=False, stdout=sys.stderr, env=environment)


def main() -> int:
    if path := ensure():
        print(path)
        return 0
    print(NONE_TO_BE_HAD, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
