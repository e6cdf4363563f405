"""A child that goes when its parent is killed."""

import signal
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import os, signal, subprocess, sys, time
from app.parent_death import ending_with
child = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(60)"],
    preexec_fn=ending_with(os.getpid(), by=signal.SIGTERM),
)
print(child.pid, flush=True)
time.sleep(60)
"""


def test_the_child_of_a_killed_parent_ends():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    alive_before = is_alive(child)

    parent.send_signal(signal.SIGKILL)
    parent.communicate()

    assert alive_before
    deadline = time.monotonic() + 20
    while is_alive(child):
        assert time.monotonic() < deadline, "the child lives on"
        time.sleep(0.02)


def is_alive(pid):
    """Whether it runs; one that has ended and waits to be fetched does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
