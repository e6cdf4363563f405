"""What a log, an error or a traceback may not tell: secrets, and numbers and texts of people.

Applied to the whole line as it is written, whoever wrote it, in time that grows with the line. A
net beneath the rule that nothing of the kind is logged in the first place.
"""

import re
from typing import Final

HIDDEN: Final = "***"
#: Shorter ones are too likely to be a part of something else.
_SHORTEST: Final = 8
_NAMES: Final = (
    "password|passwd|pwd|secret|client_secret|client_assertion|assertion|access_token|id_token"
    "|id_token_hint|refresh_token|authorization|cookie|csrf_token|code_verifier"
)
_RULES: Final = (
    # user and password of an address, up to the last @: a password may hold any sign
    (re.compile(r"(?<=://)[^\s:/@]{0,200}:\S{0,400}@"), f"{HIDDEN}@"),
    (re.compile(r"\bbos_[\w-]{8,}"), f"bos_{HIDDEN}"),
    # the address a calendar is read by
    (re.compile(r"(/kalender/)[\w-]{8,}"), rf"\1{HIDDEN}"),
    (re.compile(r"(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\"]+"), rf"\1 {HIDDEN}"),
    (
        re.compile(rf"(?i)\b((?:{_NAMES})['\"]?\s*[=:]\s*)(?:b?'[^']*'|\"[^\"]*\"|[^\s,;&)}}]+)"),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END|\Z)", re.DOTALL), HIDDEN),
    # the database repeats the row or the value it refuses
    (re.compile(r"(?m)\b(DETAIL|CONTEXT|HINT):.*$"), rf"\1: {HIDDEN}"),
    (re.compile(r"(?m)(invalid input syntax for [^:\n]*|invalid input value for [^:\n]*): .*$"),
     rf"\1: {HIDDEN}"),
    (re.compile(r"\[parameters: .*?\](?=\s*$|\n)", re.DOTALL | re.MULTILINE),
     f"[parameters: {HIDDEN}]"),
    # national identity numbers and D-numbers, DUF numbers, addresses of mail
    (re.compile(r"(?<![\w-])\d{6}[ ]?\d{5,6}(?![\w-])"), HIDDEN),
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(\.[\w-]+)+"), HIDDEN),
)  # fmt: skip
_known: set[str] = set()


def hide(*secrets: str | None) -> None:
    """Never let these values through from now on, in this process."""
    _known.update(secret for secret in secrets if secret and len(secret) >= _SHORTEST)


def redacted(text: str) -> str:
    for secret in _known:
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
