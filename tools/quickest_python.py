"""Print the Python that .venv is to be built with: `python3`, or the system's where it is quicker.

A Python built without the help of a profile takes half as long again for everything. Both are asked
to do the same; the system's is taken where it is of the same version and clearly quicker.
"""

import subprocess
import sys

SYSTEMS = "/usr/bin/python3"
#: Beside the other's time; between these a difference is chance.
CLEARLY = 0.8
WORK = """
import sys, time
import pip, venv
class Place:
    def __init__(self, free): self.free = free
    def left(self): return self.free
best = 9
for _ in range(3):
    begun = time.process_time()
    taken = {n % 100: Place(n).left() for n in range(60000) if isinstance(n, int)}
    best = min(best, time.process_time() - begun)
print(best, *sys.version_info[:2])
"""


def measured(python: str) -> tuple[float, str] | None:
    """Seconds of the work and the version; None where it is not there or cannot do it."""
    try:
        answer = subprocess.run([python, "-c", WORK], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    seconds, version = answer.stdout.split(" ", 1)
    return float(seconds), version


def chosen() -> str:
    usual, systems = measured("python3"), measured(SYSTEMS)
    if usual is None or systems is None or usual[1] != systems[1]:
        return "python3"
    return SYSTEMS if systems[0] < CLEARLY * usual[0] else "python3"


if __name__ == "__main__":
    sys.stdout.write(f"{chosen()}\n")
