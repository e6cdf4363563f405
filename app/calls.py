"""Requests to addresses that others have chosen, many in a row: connections are kept for a while.

They go where `app.outgoing` lets them and nowhere else: the name of a new connection is looked up,
every address it has must be allowed, and one of those looked at is connected to, with the
certificate asked for the name. A kept connection is known by its name, and stays where it is. All
of a request has one limit of time, however slowly the other side speaks.
"""

import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from time import monotonic
from typing import Any, Final, Self

import httpcore2
import httpx2

from app.outgoing import AddressRefused, Reach, look_up, tls

#: Longest wait for all of one request, seconds.
PATIENCE: Final = 5.0
#: Longest answer read, bytes.
LONGEST: Final = 1024 * 1024
#: How long a connection nobody uses is kept, seconds, and how many.
KEPT: Final = 5.0
MOST_KEPT: Final = 64

LookUp = Callable[[str, int], list[str]]


class NotReached(Exception):
    """Nobody answered as asked. `why` is one of `away`, `slow`, `long`."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no answer: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    #: By their names in small letters.
    headers: Mapping[str, str]
    body: bytes


class Calls:
    """Connections to others, for any number of threads."""

    def __init__(
        self, reach: Reach, *, lookup: LookUp = look_up, trusts: ssl.SSLContext | None = None
    ) -> None:
        self._reach = reach
        self._now = _Now()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=trusts or tls(),
            max_connections=None,
            max_keepalive_connections=MOST_KEPT,
            keepalive_expiry=KEPT,
            network_backend=_Ways(reach, lookup, self._now),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *told: object) -> None:
        self.close()

    def close(self) -> None:
        self._pool.close()

    def send(
        self,
        address: str,
        *,
        content: bytes,
        headers: Mapping[str, str],
        method: str = "POST",
        patience: float = PATIENCE,
        longest: int = LONGEST,
    ) -> Answer:
        """One request and its answer, whichever its status; a redirect is an answer like others.

        What is sent must bear being sent twice: a kept connection that turns out to be gone is
        replaced, and the other side may have read the request.

        Args:
            patience: seconds for all of it; only a resolver that hangs is waited for longer, as
                long as the system lets it.
            longest: bytes of the answer's body.

        Raises:
            AddressRefused: the address is not one we go to; nothing was sent.
            NotReached: there was no whole answer in time.
        """
        url = _parsed(address)
        self._reach.refuse(url)
        self._now.until = monotonic() + patience
        told = {**headers, "accept-encoding": "identity"}
        with _faults():
            while True:
                self._now.connected = False
                try:
                    return self._once(method, url, told, content, longest)
                except _Gone:
                    if self._now.connected:
                        raise

    def _once(
        self, method: str, url: httpx2.URL, headers: Mapping[str, str], content: bytes, longest: int
    ) -> Answer:
        request = httpcore2.Request(
            method,
            httpcore2.URL(
                scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
            ),
            headers=[
                ("host", url.netloc),
                ("content-length", str(len(content))),
                *headers.items(),
            ],
            content=content,
        )
        try:
            response = self._pool.handle_request(request)
        except (httpcore2.RemoteProtocolError, httpcore2.ReadError, httpcore2.WriteError) as fault:
            raise _Gone from fault
        try:
            return _read(response, longest)
        finally:
            response.close()


class _Gone(Exception):
    """The connection ended before anything of an answer came."""


class _TooLong(Exception):
    """The answer goes on past what we read, or is packed."""


class _Now(local):
    """What a thread's request in hand may do: requests wait in the thread that makes them."""

    #: By the clock of `monotonic`.
    until: float = 0.0
    #: Whether a connection was made for it.
    connected: bool = False

    def left(self) -> float:
        """Seconds.

        Raises:
            httpcore2.ReadTimeout: none.
        """
        left = self.until - monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("all of its time is used")
        return left


class _Ways(httpcore2.NetworkBackend):
    """Connects to addresses that were looked at."""

    def __init__(self, reach: Reach, lookup: LookUp, now: _Now) -> None:
        self._reach, self._lookup, self._now = reach, lookup, now
        self._within = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        self._now.connected = True
        found = self._reach.checked(host, self._lookup(host, port))
        for number, address in enumerate(found, 1):
            try:
                stream = self._within.connect_tcp(address, port, self._now.left(), local_address)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                # Where nobody is at one of several the next is tried; nothing was sent yet.
                if number == len(found):
                    raise
            else:
                return _Limited(stream, self._now)
        raise AddressRefused("unknown")


class _Limited(httpcore2.NetworkStream):
    """A connection on which everything has to happen before the request's time is used."""

    def __init__(self, within: httpcore2.NetworkStream, now: _Now) -> None:
        self._within, self._now = within, now

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._within.read(max_bytes, self._now.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._within.write(buffer, self._now.left())

    def close(self) -> None:
        self._within.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self._within.start_tls(ssl_context, server_hostname, self._now.left())
        return _Limited(secured, self._now)

    def get_extra_info(self, info: str) -> Any:
        return self._within.get_extra_info(info)


def _read(response: httpcore2.Response, longest: int) -> Answer:
    headers = {name.decode("latin-1").lower(): value for name, value in response.headers}
    if headers.get("content-encoding", b"identity") != b"identity":
        raise _TooLong
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > longest:
            raise _TooLong
    told = {name: value.decode("latin-1") for name, value in headers.items()}
    return Answer(response.status, told, bytes(body))


@contextmanager
def _faults() -> Iterator[None]:
    """Whatever went wrong, as those who ask know it."""
    try:
        yield
    except (httpcore2.TimeoutException, TimeoutError) as fault:
        raise NotReached("slow") from fault
    except _TooLong as fault:
        raise NotReached("long") from fault
    except AddressRefused:
        raise
    except (_Gone, httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as fault:
        raise NotReached("away") from fault


def _parsed(address: str) -> httpx2.URL:
    try:
        return httpx2.URL(address)
    except httpx2.InvalidURL as fault:
        raise AddressRefused("host") from fault
