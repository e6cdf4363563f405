"""Events told to as many municipalities as there are, beside a bare INSERT of the same rows.

The worker's own functions: each event becomes a notice and an e-mail to the post office in one
transaction; each e-mail is claimed, handed over and acknowledged in two. The channel takes
everything at once: what a mail server costs is the mail server's.
"""

from collections import Counter
from datetime import datetime
from uuid import uuid4

import typer
from sqlalchemy import insert, text

from app.bench import seeding
from app.bench.database import OwnDatabase, connect
from app.bench.seeding import FIRST_MUNICIPALITY, MUNICIPALITIES, Scene
from app.bench.webhooks import seconds
from app.clock import machine_time
from app.db import Sessions, transaction
from app.messages.working import send
from app.worker import tell
from notifications.dispatching import Leaving
from notifications.models import Recipient
from notifications.states import Channel, Language, Way
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish_all
from workflow.travel.events import TravelEvent


class Takes:
    """A channel that takes everything, and counts."""

    longest = 60.0

    def __init__(self) -> None:
        self.got: Counter[int] = Counter()

    def send(self, leaving: Leaving, *, at: datetime) -> None:
        self.got[leaving.id] += 1

    def rest(self) -> None:
        """Nothing is kept open."""


def bench_deliveries(database: OwnDatabase, *, events: int = 10_000) -> None:
    """Print the rates."""
    with connect(database.owner) as connection:
        seeding.municipalities(connection, Scene(machine_time()), places=1)
    channel = Takes()
    with database.sessions(1) as sessions:
        _name_post_offices(sessions)
        bare = seconds(lambda: _publish(sessions, events))
        told = seconds(lambda: tell(sessions))
        sent = seconds(lambda: send(sessions, Way.EMAIL, channel))
    typer.echo(f"deliveries: {events:,} events to {MUNICIPALITIES} municipalities, one worker")
    typer.echo(f"  bare insert {events / bare:,.0f} events/s")
    typer.echo(f"  told {events / told:,.0f} events/s, ratio {bare / told:.4f}")
    typer.echo(f"  e-mails {events / sent:,.0f} messages/s, ratio {bare / sent:.4f}")
    typer.echo(f"  left {channel.got.total():,}, different {len(channel.got):,}")


def _name_post_offices(sessions: Sessions) -> None:
    at = machine_time()
    with transaction(sessions) as session:
        session.execute(text("UPDATE outbox SET recalled_at = at"))
        session.execute(
            insert(Recipient),
            [
                {
                    "municipality_id": FIRST_MUNICIPALITY + number,
                    "channel": Channel.EMAIL,
                    "address": f"post@k{number}.example",
                    "language": Language.NB,
                    "gathered_until": 0,
                    "added_at": at,
                    "added_by": "bench",
                }
                for number in range(MUNICIPALITIES)
            ],
        )


def _publish(sessions: Sessions, events: int) -> None:
    with transaction(sessions) as session:
        publish_all(
            session,
            (
                Event(
                    TravelEvent.BOOKED,
                    municipality_id=FIRST_MUNICIPALITY + number % MUNICIPALITIES,
                    facts={"booking_id": str(uuid4())},
                )
                for number in range(events)
            ),
            at=machine_time(),
        )
