"""What the application itself refuses, before or beside the domain: told in the same way.

DomainError
├── NotSignedIn           no token or session, or one that holds no longer
│   └── SessionEnded      a form was sent in a session that has ended meanwhile
├── NotTheForm            the cookie is right, the form is not ours (CSRF)
├── SignInRefused         an identity provider has answered, and it does not let the person in
│   ├── SignInStale       the answer belongs to no sign-in of this browser that is waited for
│   ├── AnswerInvalid     the ID token does not hold
│   ├── LevelTooLow       signed in by a weaker means than is asked for
│   ├── RightLacking      signed in, without the right to be here
│   ├── OrganisationUnknown  the right is one of an organisation that is no municipality here
│   └── UserEnded         the person has left
├── SignInFailed          the identity provider cannot be reached, or answers with an error
├── IssuerAway            whose token it is cannot be told now: its issuer is silent
├── TokenReadsOnly        a change by a token that is for reading
├── TooManyTries          from one place, in a short time
├── HostUnknown           the request is addressed to a name that is not ours
├── PreconditionRequired  a change without If-Match
├── KeyReused             an idempotency key with another body
├── TooLarge              the body is larger than we take in
└── Busy                  somebody else was at it at the same moment; nothing has changed
"""

from workflow.kernel.errors import DomainError, Refused


class NotSignedIn(DomainError):
    """No token or session, or one that has expired, was revoked or is unknown: all answer alike."""

    code = "sign_in.required"

    def __init__(self, *, presented: bool = False) -> None:
        super().__init__("a valid token or session is needed")
        #: Something was presented, and does not hold.
        self.presented = presented


class SessionEnded(NotSignedIn):
    """A form came with a session that has ended: nothing of it is carried out."""

    code = "session.ended"

    def __init__(self) -> None:
        super().__init__(presented=True)


class SignInRefused(DomainError):
    """An identity provider has answered, and the person does not come in."""


class SignInStale(SignInRefused):
    """The answer belongs to no sign-in begun in this browser, was used before, or came too late."""

    code = "sign_in.stale"

    def __init__(self) -> None:
        super().__init__("no sign-in of this browser waits for this answer")


class AnswerInvalid(SignInRefused):
    """The ID token is not the provider's, not for us, not for this sign-in, or no longer valid."""

    code = "sign_in.answer_invalid"

    def __init__(self, why: str) -> None:
        super().__init__(f"the ID token does not hold: {why}")


class LevelTooLow(SignInRefused):
    """The provider vouches for the person by a weaker means than is asked for (`acr`)."""

    code = "sign_in.level_too_low"

    def __init__(self) -> None:
        super().__init__("the person was not identified strongly enough")


class RightLacking(SignInRefused):
    """The person is who they say, and nobody has given them the right to be here."""

    code = "sign_in.right_lacking"

    def __init__(self, provider: str) -> None:
        super().__init__("the person has no right that gives a role here", provider=provider)


class OrganisationUnknown(SignInRefused):
    """The organisation the person acts for is no municipality of our register today."""

    code = "sign_in.organisation_unknown"

    def __init__(self, organisation_number: str) -> None:
        super().__init__(
            "no municipality has this organisation number",
            organisation_number=organisation_number,
        )


class UserEnded(SignInRefused):
    """The person's user has been ended here."""

    code = "sign_in.user_ended"

    def __init__(self) -> None:
        super().__init__("the user has been ended")


class SignInFailed(DomainError):
    """The identity provider cannot be reached, or does not do its part."""

    code = "sign_in.failed"

    def __init__(self, provider: str) -> None:
        super().__init__("the identity provider does not do its part", provider=provider)


class NotTheForm(DomainError):
    """A change by cookie needs the token of the sign-in, which only our own pages know."""

    code = "csrf.failed"

    def __init__(self) -> None:
        super().__init__("the form does not belong to this sign-in")


class IssuerAway(DomainError):
    """The token is signed by a key we have not seen, and its issuer does not tell now."""

    code = "token.issuer_away"

    def __init__(self) -> None:
        super().__init__("the issuer of the token cannot be asked now")


class TokenReadsOnly(DomainError):
    """The token was issued for reading; what the role may do is another matter."""

    code = "token.reads_only"

    def __init__(self) -> None:
        super().__init__("the token is for reading only")


class TooManyTries(DomainError):
    """One place has tried too often in a short time; it may again after `retry_after` seconds."""

    code = "tries.too_many"

    def __init__(self, *, retry_after: int) -> None:
        super().__init__("too many tries, wait a little", retry_after=retry_after)


class HostUnknown(DomainError):
    """The request names a host that is none of ours (BOSETTING_TRUSTED_HOSTS)."""

    code = "host.unknown"

    def __init__(self) -> None:
        super().__init__("the request is addressed to another host")


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


class TooManyToExport(Refused):
    """A file holds so many lines and no more."""

    code = "export.too_many"

    def __init__(self, *, most: int) -> None:
        super().__init__(f"more than {most} lines", most=most)


class Busy(DomainError):
    """Another change was at the same rows in the same moment and went first; nothing is changed."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("another change came first; send it again")
