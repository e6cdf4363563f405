"""What codes are called: the tables in `templates/labels/`, one file a language.

The table of a language has a section for each kind of code (`[state]`, `[trigger]`, …), plurals
(`[count]`), what an action came to (`[done]`), and refusals (`[problem."places.none_free"]`, with
`title`, `sentence`, `next`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import Any, Protocol

from app.formats import FORMATS, NONE, number
from app.languages import LABELS, SOURCE, language


class MissingLabel(LookupError):
    """The language's table has no words for the code; the message is `language kind code`."""


@cache
def table(chosen: str) -> dict[str, Any]:
    """The label table of a language; bokmål where it has none."""
    path = LABELS / f"{chosen}.toml"
    return tomllib.loads((path if path.is_file() else LABELS / f"{SOURCE}.toml").read_text("utf-8"))


def label(code: str | None, kind: str) -> str:
    """What a code is called, in the language now spoken."""
    if code is None:
        return NONE
    words = table(language()).get(kind, {}).get(str(code))
    if not isinstance(words, str):
        raise MissingLabel(f"{language()} {kind} {code}")
    return words


def count(amount: int | None, noun: str) -> str:
    """`1 person`, `5 personer`; `noun` is a key of `[count]`."""
    if amount is None:
        return NONE
    try:
        forms = table(language())["count"][noun]
    except KeyError:
        raise MissingLabel(f"{language()} count {noun}") from None
    return f"{number(amount)} {forms['one' if amount == 1 else 'many']}"


def told(code: str, facts: Mapping[str, Any] | None = None) -> str:
    """What an action came to; `code` is a key of `[done]`, whose sentence may ask for facts."""
    sentence = label(code, "done")
    message = filled(sentence, facts or {})
    if message is None:
        raise MissingLabel(f"{language()} done {code}: a fact is missing")
    return message


def barred(code: str, facts: Mapping[str, Any]) -> str:
    """What keeps a case out of a municipality; `code` is a key of `[barrier]`."""
    sentence = filled(label(code, "barrier"), facts)
    if sentence is None:
        raise MissingLabel(f"{language()} barrier {code}: a fact is missing")
    return sentence


class Explainable(Protocol):
    """A refusal, or anything that tells its code and facts alike."""

    @property
    def code(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Explanation:
    """A refusal in the reader's words."""

    code: str
    #: What is wrong, in a few words.
    title: str
    #: What is wrong, with the facts.
    sentence: str
    #: What to do next.
    next: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.next}".rstrip()


def explain(refusal: Explainable | str, facts: Mapping[str, Any] | None = None) -> Explanation:
    """The words of a refusal, or of a code kept from one.

    A reader always gets an answer: without the facts a sentence asks for, the title stands alone,
    and a code without words is told as `unknown`.
    """
    code = refusal if isinstance(refusal, str) else refusal.code
    known = facts or ({} if isinstance(refusal, str) else refusal.facts)
    problems = table(language())["problem"]
    words = problems.get(code) or problems["unknown"]
    return Explanation(
        code=code,
        title=words["title"],
        sentence=filled(words["sentence"], known) or f"{words['title']}.",
        next=filled(words["next"], known) or "",
    )


def filled(sentence: str, facts: Mapping[str, Any]) -> str | None:
    """The sentence with its facts; None where one it asks for is not known."""
    try:
        return _FACTS.vformat(sentence, (), facts)
    except (LookupError, TypeError, ValueError):
        return None


class _Facts(Formatter):
    """Facts in a sentence: `{due:day}`, `{persons:count.person}`, `{state:state}`, `{free}`."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            raise ValueError("the fact is not known")
        if not format_spec:
            return str(value)
        if format_spec in FORMATS:
            return str(FORMATS[format_spec](value))
        kind, _, noun = format_spec.partition(".")
        return count(value, noun) if kind == "count" else label(value, kind)


_FACTS = _Facts()
