"""The server as a process: our direct child, which does not outlive us."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from app.embedded_postgres.binaries import Binaries, environment, server_user
from app.errors import CannotStart
from app.parent_death import ending_with

#: Longest wait for a server to come or go, in seconds: a large one may have a log to play back.
PATIENCE = 60
#: Between two looks, in seconds.
GLANCE = 0.1


def spawn(
    binaries: Binaries,
    cluster: Path,
    options: Mapping[str, str],
    log_file: IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start the server; call from a thread that lasts as long as the server shall."""
    user = server_user()
    command = [binaries.postgres, "-D", str(cluster)]
    for key, value in options.items():
        command += ["-c", f"{key}={value}"]
    return subprocess.Popen(  # noqa: S603 - our own program and settings
        command,
        stdin=subprocess.DEVNULL,
        stdout=log_file,
        stderr=log_file,
        cwd="/",
        env=environment(),
        start_new_session=True,  # Ctrl-C is for us; we stop it when we are done
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
        # Called after the change of user, which would undo it.
        preexec_fn=ending_with(os.getpid(), by=signal.SIGINT),  # noqa: PLW1509
    )


def stop(server: subprocess.Popen[bytes]) -> None:
    for order in (signal.SIGINT, signal.SIGQUIT):  # fast, then at once
        if server.poll() is not None:
            return
        server.send_signal(order)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(PATIENCE / 2)
    if server.poll() is None:
        server.kill()
        server.wait()


def wait_until_gone(name: str) -> None:
    """Let a server whose keeper was killed finish: two on the same files would spoil them."""
    deadline = time.monotonic() + PATIENCE
    while alive := _processes_called(name):
        if time.monotonic() > deadline:
            raise CannotStart(
                "The database server of a process that was killed does not end; "
                f"end process {alive[0]}, then start again."
            )
        time.sleep(GLANCE)


def _processes_called(name: str) -> list[int]:
    """The servers of this cluster: its name is an argument of the first, in the others' titles."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (entry / "cmdline").read_bytes()
            if name.encode() in line and b"postgres" in line:
                found.append(int(entry.name))
    return found
