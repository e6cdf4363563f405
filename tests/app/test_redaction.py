"""What no line of a log, no error and no traceback may tell."""

from time import process_time

import pytest

from app import redaction
from app.redaction import redacted
from app.signin import bearer

TOKEN = bearer.fresh([b"k" * 32])
SECRETS = {
    "the password of a database": (
        "could not reach postgresql+psycopg://bosetting:hem/m@elig:5@db.intern:5432/bosetting?x=1",
        "elig",
    ),
    "a password with signs": ("redis://:p%40ss@cache/0 is away", "p%40ss"),
    "a token of ours": (f"refused {TOKEN}", TOKEN[20:30]),
    "a token of others": ("got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXI", "eyJ"),
    "a header": ("{'authorization': 'Basic a2FyaTpwYXNz'}", "a2FyaTpwYXNz"),
    "a calendar's address": (
        "failed GET /kalender/4YFml64bdVNG3hG56nMAqxEmCbma7zI-xyAFyMmG82c.ics",
        "nMAqxEmCbma7zI",
    ),
    "a bearer": ("Authorization: Bearer abc.def", "abc.def"),
    "a password in a dsn": ("host=db password='lang setning' dbname=x", "lang setning"),
    "a client's secret": ("client_secret=hemmelig&x=1", "hemmelig"),
    "a cookie": ("Cookie: __Host-bosetting_session=abcdef", "abcdef"),
    "a private key": (
        "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----",
        "MIIEvQ",
    ),
    "a row": ("ERROR: x\nDETAIL:  Failing row contains (7, Yusra Nordmann, 1985).", "Yusra"),
    "a value": ('invalid input syntax for type integer: "Yusra"', "Yusra"),
    "parameters": (
        "[SQL: SELECT 1]\n[parameters: {'name': 'Yusra', 'b': [1]}]\n(Background on",
        "Yusra",
    ),
    "a national identity number": ("person 12345678901 is", "12345678901"),
    "one with a blank": ("person 123456 78901 is", "78901"),
    "a DUF number": ("duf 201912345606.", "201912345606"),
    "an address of mail": ("to kari.nordmann+x@steinkjer.kommune.no now", "kari"),
}


@pytest.mark.parametrize("what", SECRETS, ids=str)
def test_what_may_not_be_told_is_hidden(what):
    line, secret = SECRETS[what]

    assert secret in line
    assert secret not in redacted(line)
    assert redaction.HIDDEN in redacted(line)


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "://:",
        ":",
        "eyJ-",
        "eyJa.",
        "password=",
        "password='",
        "bearer ",
        "1 ",
        "a.",
        "@a",
        "DETAIL",
    ],
)
def test_a_long_line_of_a_strangers_takes_no_long_time(part):
    line = f"://{part * (60_000 // len(part))}"
    begun = process_time()

    redacted(line)

    assert process_time() - begun < 1


@pytest.mark.parametrize(
    "line",
    [
        "cases.expire: 12 expired",
        "GET /api/v1/cases/{case_id} 200 3.1 ms",
        "event 12345, case 5d2f7a0e-0c4b-4c1e-9a34-201612345678",
        "2026-11-22T20:15:03.123Z WARNING app.x http://127.0.0.1:8000 [4bf92f3577b34da6a3ce929d]",
        "Sign-in kommune: the secret in /run/secrets/key cannot be read.",
        "places 20200312",
    ],
)
def test_what_may_be_told_is_left_as_it_is(line):
    assert redacted(line) == line


def test_a_secret_that_is_known_is_hidden_wherever_it_stands(monkeypatch):
    monkeypatch.setattr(redaction, "_known", set())
    redaction.hide("a-key-of-this-deployment", None, "short")

    assert redacted("x=a-key-of-this-deployment!") == "x=***!"
    assert redacted("short") == "short"
