"""Draws docs/events.md from the catalogue of events: `python tools/draw_events.py`.

A test compares the file with what this draws, so the page cannot drift from the code.
"""

from pathlib import Path

from app.settings import Settings
from app.webhooks.catalogue import KEPT_WITHIN, PUBLISHED, SWEDISH
from app.webhooks.commands import BOTH_HOLD, MOST
from app.webhooks.retries import JITTER, MOST_TRIES, WAITS

PAGE = Path(__file__).parent.parent / "docs" / "events.md"

HEAD = """# Events

Drawn from `app/webhooks/catalogue.py` by `make docs`; do not edit by hand. The same events are read
by `GET /api/v1/events` and sent to webhooks, as CloudEvents 1.0 in JSON. They say what happened to
what, with identifiers, codes and days, and nothing about a person: who is to know more reads it by
the API with its own token. Nothing is told of a case with a protected address.

A municipality is told what concerns it, UDI the cases it sends, a reception centre its own cases,
IMDi all. `subject` is the id of the case, or of the report where one is named below,
else the municipality's number. `data` holds `municipality_number` and what the table says. `id` is
the same however often and by whichever way an event comes: do the same once. `sequence` is its
position in the feed.

## The feed

Ask with `after=0`, then with the `last` of the answer before. Positions have no gap and nothing
comes in below one that was read, however many write at once
([why](decisions/{decision})).

`bosetting events` prints it on the server, a line each: `--follow` waits for more, `--cursor FILE`
keeps how far one has come, `--type` and `--municipality` choose.

## Webhooks

Signed as Standard Webhooks 1.0 says: HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, in
`webhook-signature`; any of its libraries verifies it. After a rotation both secrets sign for
{hours} hours. An owner has at most {most} webhooks.

Answer 2xx within {patience} seconds. 410 turns the webhook off. Anything else is tried again,
{tries} times in all, after {waits}, each up to {jitter} % longer by chance, and not before the
`Retry-After` you give; then it is given up, seen on the page, and can be replayed. Events of one
case come in order: the next waits until the one before is delivered or given up.
"""


def draw() -> str:
    """The whole page."""
    head = HEAD.format(
        decision="0017-webhooks-and-the-feed.md",
        hours=int(BOTH_HOLD.total_seconds() // 3600),
        most=MOST,
        patience=Settings.model_fields["webhook_seconds"].default,
        tries=MOST_TRIES,
        waits=", ".join(_span(int(wait.total_seconds())) for wait in WAITS),
        jitter=int(JITTER * 100),
    )
    lines = ["## Types", "", "| type | what happened | subject | data |", "|---|---|---|---|"]
    for one in sorted((*PUBLISHED, *SWEDISH), key=lambda one: one.type):
        data = ", ".join(f"`{name}`" for name in one.data)
        about = f"`{one.subject}`" if one.subject else ""
        lines.append(f"| `{one.type}` | {one.means} | {about} | {data} |")
    lines += ["", "## What stays within", "", "| event | why |", "|---|---|"]
    lines += [f"| `{event}` | {why} |" for event, why in sorted(KEPT_WITHIN.items())]
    return f"{head}\n" + "\n".join(lines) + "\n"


def _span(seconds: int) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


if __name__ == "__main__":
    PAGE.write_text(draw(), encoding="utf-8")
