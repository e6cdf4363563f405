"""The public keys of one issuer of tokens, as it changes them, read without anybody waiting long.

In one event loop: a slow issuer keeps one request waiting, and no connection to the database.
"""

import asyncio
import logging
from time import monotonic
from typing import Final

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from app.outgoing import AsyncOutgoing, Reach

log = logging.getLogger(__name__)

#: Longest wait for the issuer, seconds.
PATIENCE: Final = 3.0
#: Seconds keys are believed before they are read again, in the background.
BELIEVED: Final = 600.0
#: Seconds between two looks for a key we have not seen.
AGAIN: Final = 10.0
#: Where an issuer says where its keys are (RFC 8414), below its own address.
METADATA: Final = ".well-known/oauth-authorization-server"


class KeysAway(Exception):
    """Whether there is such a key cannot be told now: the issuer is being asked, or is silent."""


class IssuerKeys:
    """Keys by their `kid`. When the issuer is away, those it had go on holding."""

    def __init__(
        self,
        issuer: str,
        *,
        reach: Reach | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.issuer = issuer
        self._reach = reach or Reach()
        self._transport = transport
        self._keys: dict[str, RSAKey] = {}
        self._read_at = self._asked_at = float("-inf")
        self._silent = False
        self._asking = False
        self._background: set[asyncio.Task[None]] = set()

    async def find(self, kid: str) -> RSAKey | None:
        """The key of this name; None where the issuer has none.

        Raises:
            KeysAway: nobody can tell now.
        """
        now = monotonic()
        if kid in self._keys:
            if now - self._read_at > BELIEVED and now - self._asked_at > AGAIN:
                self._read_later()
            return self._keys.get(kid)
        if self._asking:
            raise KeysAway  # one waits for the answer, the others come again
        if now - self._asked_at > AGAIN:
            await self._read()
        if kid not in self._keys and self._silent:
            raise KeysAway
        return self._keys.get(kid)

    def _read_later(self) -> None:
        if not self._asking:
            task = asyncio.create_task(self._read())
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _read(self) -> None:
        """Ask the issuer; what it cannot tell leaves the keys as they are."""
        self._asking, self._asked_at = True, monotonic()
        try:
            self._keys = await asyncio.wait_for(self._asked(), PATIENCE)
            self._read_at, self._silent = monotonic(), False
        except (TimeoutError, httpx2.HTTPError, JoseError, ValueError, KeyError, TypeError) as why:
            self._silent = True
            log.warning("keys of %s could not be read: %s", self.issuer, type(why).__name__)
        finally:
            self._asking = False

    async def _asked(self) -> dict[str, RSAKey]:
        way = self._transport or AsyncOutgoing(self._reach)
        async with httpx2.AsyncClient(timeout=PATIENCE, transport=way) as client:
            address = f"{self.issuer.rstrip('/')}/{METADATA}"
            told = (await client.get(address)).raise_for_status().json()
            if told["issuer"] != self.issuer:
                raise ValueError("it calls itself by another name")
            keys = (await client.get(told["jwks_uri"])).raise_for_status().json()
        return {
            key.kid: key
            for key in KeySet.import_key_set(keys).keys
            if isinstance(key, RSAKey) and key.kid
        }
