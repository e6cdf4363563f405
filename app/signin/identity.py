"""Who is asking, once it is known."""

from dataclasses import dataclass
from datetime import timedelta

from app.languages import Language
from workflow.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long a session still lasts: if nothing is done, and at most."""

    left: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is asking, and by what."""

    actor: Actor
    #: Whose idempotency keys these are: the same for one integration's next token, or one user.
    holder: str
    #: What the person is called at work; None for tokens.
    title: str | None = None
    #: Goes into every form of a page; None for tokens, which no browser sends by itself.
    csrf: str | None = None
    #: False for a token that is for reading only.
    may_write: bool = True
    #: None for tokens.
    lasting: Lasting | None = None
    #: Of the pages, as the person has chosen; None for tokens, and where nothing is chosen.
    language: Language | None = None
