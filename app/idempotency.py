"""The same request twice has one effect and one answer: the header Idempotency-Key.

The key is written in the transaction of its effect. A repeat at the same moment waits for that
transaction and then gets its answer; a repeat later gets it at once. What was refused has had no
effect and leaves no key: sent again, it is judged again.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.clock import machine_time
from app.db import WriteSession
from app.models import IdempotencyKey
from app.one_thread import Handler, InOneThread
from app.refusals import KeyReused
from app.signin import signed_in
from workflow.kernel.db import rows_changed

#: Headers of an answer that are part of it.
_KEPT: Final = ("etag", "location", "content-type", "content-language")
REPLAYED: Final = "idempotent-replayed"
#: How long a repeat is known as one.
KEPT_FOR: Final = timedelta(days=30)

_INSERT = upsert(IdempotencyKey).on_conflict_do_nothing().returning(IdempotencyKey.id)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A key that is this request's, until its transaction ends."""

    session: Session
    id: int

    def keep(self, answer: Response, *, without: Collection[str] = ()) -> None:
        """Write the answer beside its effect; the members `without` are null in it."""
        body = bytes(answer.body)
        if without:
            body = json.dumps(json.loads(body) | dict.fromkeys(without)).encode()
        headers = {name: value for name, value in answer.headers.items() if name in _KEPT}
        self.session.execute(
            update(IdempotencyKey)
            .where(IdempotencyKey.id == self.id)
            .values(status=answer.status_code, body=body, headers=json.dumps(headers))
            .execution_options(synchronize_session=False)
        )


class _AnsweredBefore(Exception):
    def __init__(self, answer: Response) -> None:
        super().__init__("answered before")
        self.answer = answer


IdempotencyKeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description=(
            "Any text without blanks, best a random UUID. The same key and body again gives the "
            "same answer and no second effect; another body gives 422 `idempotency.key_reused`. "
            "A refused request leaves no key."
        ),
    ),
]


async def once(request: Request, session: WriteSession, key: IdempotencyKeyHeader = None) -> None:
    """Take the key in the request's own transaction, or end the request with what is known of it.

    Raises:
        KeyReused: the key is another request's.
    """
    if key is None:
        return
    caller = await signed_in(request)
    digest = hashlib.sha256(f"{request.method} {request.url.path}\0".encode())
    digest.update(await request.body())
    request.state.idempotency = _claim(session, caller.holder, key, digest.digest())


def _claim(session: Session, holder: str, key: str, request_hash: bytes) -> _Claim:
    claimed = session.execute(
        _INSERT,
        {"holder": holder, "key": key, "request_hash": request_hash, "at": machine_time()},
    ).scalar_one_or_none()
    if claimed is not None:
        return _Claim(session, claimed)
    known = session.execute(
        select(
            IdempotencyKey.request_hash,
            IdempotencyKey.status,
            IdempotencyKey.body,
            IdempotencyKey.headers,
        ).where(IdempotencyKey.holder == holder, IdempotencyKey.key == key)
    ).one()
    if known.request_hash != request_hash:
        raise KeyReused
    headers = json.loads(known.headers) | {REPLAYED: "true"}
    raise _AnsweredBefore(Response(known.body, known.status, headers=headers))


def forget(session: Session) -> int:
    """Let go of the keys nobody will repeat any more, by the machine's own time; says how many."""
    return rows_changed(
        session,
        delete(IdempotencyKey)
        .where(IdempotencyKey.at < machine_time() - KEPT_FOR)
        .execution_options(synchronize_session=False),
    )


def shown_once(request: Request, *members: str) -> None:
    """These members of the answer are secrets: they are not kept, and a repeat has null."""
    request.state.shown_once = members


#: For every POST: `dependencies=[Once]`, on a router whose `route_class` is `OnceRoute`.
Once = Depends(once)


class OnceRoute(InOneThread):
    """Keeps a claimed key's answer beside its effect, before the commit."""

    def handler(self) -> Handler:
        handle = super().handler()

        async def handle_once(request: Request) -> Response:
            try:
                answer = await handle(request)
            except _AnsweredBefore as before:
                return before.answer
            if claim := getattr(request.state, "idempotency", None):
                claim.keep(answer, without=getattr(request.state, "shown_once", ()))
            return answer

        return handle_once
