"""What the application itself refuses, before or beside the domain: told in the same way.

DomainError
├── NotSignedIn           no token or session, or one that holds no longer
├── NotTheForm            the cookie is right, the form is not ours (CSRF)
├── PreconditionRequired  a change without If-Match
├── KeyReused             an idempotency key with another body
├── TooLarge              the body is larger than we take in
└── Busy                  somebody else was at it at the same moment; nothing has changed
"""

from workflow.kernel.errors import DomainError


class NotSignedIn(DomainError):
    """No token or session, or one that has expired, was revoked or is unknown: all answer alike."""

    code = "sign_in.required"

    def __init__(self, *, presented: bool = False) -> None:
        super().__init__("a valid token or session is needed")
        #: Something was presented, and does not hold.
        self.presented = presented


class NotTheForm(DomainError):
    """A change by cookie needs the token of the sign-in, which only our own pages know."""

    code = "csrf.failed"

    def __init__(self) -> None:
        super().__init__("the form does not belong to this sign-in")


class PreconditionRequired(DomainError):
    """A change says what it has read: If-Match with the resource's ETag."""

    code = "precondition.required"

    def __init__(self) -> None:
        super().__init__("If-Match with the ETag of the resource is required", header="If-Match")


class KeyReused(DomainError):
    """The idempotency key belongs to another request: another body, path or method."""

    code = "idempotency.key_reused"

    def __init__(self) -> None:
        super().__init__(
            "the idempotency key was used for another request", header="Idempotency-Key"
        )


class TooLarge(DomainError):
    """The body is larger than a request may be."""

    code = "request.too_large"

    def __init__(self, *, limit_bytes: int) -> None:
        super().__init__(f"a request has at most {limit_bytes} bytes", limit_bytes=limit_bytes)


class Busy(DomainError):
    """Another change was at the same rows in the same moment and went first; nothing is changed."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("another change came first; send it again")
