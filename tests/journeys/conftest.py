"""A world for stories: the whole application at its API, a clock that is set, and the parties."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app import signin
from app.clock import request_time
from app.db import transaction
from app.signin import issue_token
from notifications.queries import notifications
from tests.applications import meeting
from tests.databases import Database
from tests.factories import a_municipality, administrator, auditor, centre, lead, officer, udi
from tests.factories import reader as reader_of
from tests.factories import writer as writer_of
from tests.journeys.client import Clock, Municipality, Party
from tests.notifications.telling import tell
from tests.workflow.books import faults
from workflow.kernel.actor import Actor

BEGINNING = datetime(2020, 2, 3, 10, tzinfo=UTC)


@dataclass
class World:
    """Where a story happens."""

    client: TestClient
    database: Database
    clock: Clock
    _parties: dict[Actor, Party] = field(default_factory=dict)

    @cached_property
    def imdi(self) -> Party:
        return self.party(officer())

    @cached_property
    def lead(self) -> Party:
        return self.party(lead())

    @cached_property
    def udi(self) -> Party:
        return self.party(udi())

    @cached_property
    def auditor(self) -> Party:
        return self.party(auditor())

    @cached_property
    def administrator(self) -> Party:
        return self.party(administrator())

    def centre(self, name: str) -> Party:
        return self.party(centre(name))

    def party(self, actor: Actor) -> Party:
        if actor not in self._parties:
            self._parties[actor] = Party(self.client, self._token(actor))
        return self._parties[actor]

    def municipality(self, name: str, *, decided: int | None = None, **of: Any) -> Municipality:
        """One that is in the register; it says itself what its council has decided for 2020."""
        with transaction(self.database.sessions) as session:
            its_id = a_municipality(session, name=name, **of)
        return self.known_as(its_id, name=name, decided=decided)

    def known_as(self, its_id: int, *, name: str, decided: int | None = None) -> Municipality:
        writer = self.party(writer_of(its_id))
        with transaction(self.database.sessions) as session:
            number = session.connection().exec_driver_sql(
                "SELECT number FROM municipalities WHERE id = %s", (its_id,)
            )
            found = Municipality(
                self.client,
                writer.token,
                id=its_id,
                number=number.scalar_one(),
                name=name,
                reader=self.party(reader_of(its_id)),
            )
        if decided is not None:
            found.registers_places(decided_places=decided)
        return found

    def does(self, command: Callable[..., Any], *args: Any, **brought: Any) -> Any:
        """A command that has no address in the API."""
        with transaction(self.database.sessions) as session:
            return command(session, *args, **brought, at=self.clock.at)

    def told(self, actor: Actor) -> list[str]:
        """What the worker has told the actor's office by now, the oldest first."""
        with transaction(self.database.sessions) as session:
            tell(session, at=self.clock.at)
        with transaction(self.database.sessions) as session:
            lines = notifications(session, actor=actor, limit=500)
        return [line.message for line in reversed(lines)]

    def _token(self, actor: Actor) -> str:
        with transaction(self.database.sessions) as session:
            return issue_token(
                session,
                name=actor.name,
                role=actor.role,
                municipality_id=actor.municipality_id,
                reception_centre=actor.reception_centre,
            )


@pytest.fixture
def world(
    shared_client: TestClient, committed: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A story's world; when the story ends, cases, places and history have to agree."""
    # Days pass here in no time: nobody is still believed to be who they were yesterday.
    monkeypatch.setattr(signin.tokens, "TRUSTED_SECONDS", 0.0)
    clock = Clock(BEGINNING)
    with meeting(shared_client, committed) as client:
        client.app.dependency_overrides[request_time] = clock
        yield World(client, committed, clock)
    with transaction(committed.sessions) as session:
        assert faults(session) == {}
