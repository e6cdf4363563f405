"""Everything the domain can refuse.

DomainError
├── NotFound    it does not exist, or not for this actor
├── NotAllowed  the actor's role may never do this
├── Invalid     the input itself is wrong; `pointer` says where
├── Refused     a rule says no
│   └── ReasonMissing
└── Stale       somebody else changed it first

A code is public and stable: it is the problem's address, the key of the label, the word in the log.
Facts are data, never a person's name. Messages are English, for logs; people read the label.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """Base of all refusals."""

    code: ClassVar[str]

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts

    @property
    def message(self) -> str:
        return str(self.args[0])


class NotFound(DomainError):
    """No such thing, or not one this actor may see: the two answer alike."""

    code = "not_found"

    def __init__(self, kind: str) -> None:
        super().__init__(f"no such {kind}", kind=kind)


class NotAllowed(DomainError):
    """The actor's role does not do this, whatever the state of things."""

    code = "actor.not_allowed"


class Invalid(DomainError):
    """Malformed input. `pointer` is a JSON pointer into the body (RFC 6901), or a field's name."""

    code = "input.invalid"

    def __init__(self, message: str, *, pointer: str, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.pointer = pointer


class Refused(DomainError):
    """A rule stopped it; nothing has changed."""


class ReasonMissing(Refused):
    """The step needs a reason."""

    code = "reason.missing"

    def __init__(self) -> None:
        super().__init__("a reason is needed")


class Stale(DomainError):
    """The row has changed since it was read; read it again."""

    code = "stale"
