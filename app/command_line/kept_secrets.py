"""What the embedded database's folder keeps for itself: a secret and a key nobody has to think of.

Made at the first start, readable by its owner only, and used where no other is named. Whoever runs
a database of their own names their own: two nodes have to have the same.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from app.errors import CannotStart
from app.settings import settings

HOW_TO_SET_ONE: Final = (
    "BOSETTING_SECRET is not set. It signs tokens and forms: anybody could make them without it. "
    "Set it, or BOSETTING_SECRET_FILE, to at least 32 random characters, the same at every node: "
    '`python -c "import secrets; print(secrets.token_urlsafe(48))"` makes one.'
)


def _signing_key() -> str:
    from app.audit.anchors import new_key

    return new_key()[0]


#: The variable, the file that stands in for it, and how it is made.
_KEPT: Final[tuple[tuple[str, str, Callable[[], str]], ...]] = (
    ("BOSETTING_SECRET", "secret", lambda: secrets.token_urlsafe(48)),
    ("BOSETTING_AUDIT_KEY", "audit-key", _signing_key),
)


@contextmanager
def using_kept(folder: Path) -> Iterator[None]:
    """Until the end of the block the folder's own stand where the environment names none."""
    lent = [
        (name, kept(folder / file, make))
        for name, file, make in _KEPT
        if not (os.environ.get(name) or os.environ.get(f"{name}_FILE"))
    ]
    os.environ.update(lent)
    settings.cache_clear()
    try:
        yield
    finally:
        for name, _ in lent:
            os.environ.pop(name, None)
        settings.cache_clear()


def kept(file: Path, make: Callable[[], str]) -> str:
    """What stands in the file, made if there is none; of two who make it, both have the first.

    Raises:
        CannotStart: the file can be neither read nor made.
    """
    try:
        if not file.exists():
            part = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:  # noqa: PTH123  opened with its rights
                out.write(make())
                out.flush()
                os.fsync(out.fileno())
            try:
                with suppress(FileExistsError):  # another was first, and theirs stands
                    file.hardlink_to(part)
            finally:
                part.unlink()
        return file.read_text("utf-8").strip()
    except OSError as fault:
        raise CannotStart(f"The file {file} cannot be used: {fault.strerror}.") from fault


def needs_a_secret() -> None:
    """Whoever serves more than a demonstration has one.

    Raises:
        CannotStart: there is none.
    """
    if settings().secret is None:
        raise CannotStart(HOW_TO_SET_ONE)
