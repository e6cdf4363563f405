"""The files that `bosetting plan` and its like write: each whole, or not at all."""

import csv
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.cells import cell
from workflow.planning.planner import Outcome


def write_plan(path: Path, outcome: Outcome) -> None:
    """The whole file or nothing of it."""
    with _replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "municipality", "reason"))
        writer.writerows(
            (cell(line.case_number), cell(line.municipality_number or ""), line.reason)
            for line in outcome.lines
        )


def write_text(path: Path, text: str) -> None:
    """The whole file or nothing of it."""
    with _replacing(path) as file:
        file.write(text)


def write_summary(path: Path, figures: dict[str, object]) -> None:
    with _replacing(path) as file:
        json.dump(figures, file, indent=2)
        file.write("\n")


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    written = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        written.chmod(0o666 & ~_umask())
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
