"""CPU time of processes, from /proc: what other work on the machine does not change."""

import os
from pathlib import Path

import psycopg

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
#: Fields of /proc/PID/stat after the name, counted from the state: see proc(5).
_PARENT, _OWN, _OF_ENDED_CHILDREN = 1, slice(11, 13), slice(13, 15)


def seconds_of_family(pid: int) -> float:
    """CPU seconds of a process and its children, those that have ended and been waited for too.

    Raises:
        ProcessLookupError: there is no such process here.
    """
    parent = _stat(pid)
    if parent is None:
        raise ProcessLookupError(pid)
    ticks = sum(map(int, parent[_OWN])) + sum(map(int, parent[_OF_ENDED_CHILDREN]))
    for entry in Path("/proc").glob("[0-9]*"):
        child = _stat(int(entry.name))
        if child is not None and int(child[_PARENT]) == pid:
            ticks += sum(map(int, child[_OWN]))
    return ticks / _TICKS_PER_SECOND


def server_of(connection: psycopg.Connection) -> int | None:
    """The process above all of the database's; None where it runs on another machine."""
    if not connection.info.host.startswith("/"):
        return None
    backend = _stat(connection.info.backend_pid)
    return int(backend[_PARENT]) if backend else None


def _stat(pid: int) -> list[str] | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return line.rpartition(")")[2].split()
