"""Requests to addresses that others have chosen: they reach the public internet and nothing else.

A name is looked up once, every address it has must be public, and the connection goes to an
address that was looked at, with the certificate still asked for the name: a name that changes its
address in between (DNS rebinding) gains nothing. Proxies of the environment are not used, nothing
is followed elsewhere, and an answer is read so far and no further.

The transports are for clients of other libraries; targets of webhooks are asked by `app.calls`.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

import httpx2

#: This machine's own names: the only ones that do without TLS, and only where they are allowed.
HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
#: Longest answer read, bytes.
LONGEST: Final = 1024 * 1024

#: Not for us though they count as global: a cloud's own services, and ways into IPv4 that a
#: gateway may open to what is private there.
_INSIDE: Final = tuple(
    ip_network(one)
    for one in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/23",
        "fec0::/10",
    )
)


class AddressRefused(httpx2.ConnectError):
    """We do not go there. `why` is one of `scheme`, `user`, `host`, `private`, `unknown`."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the address is refused: {why}")
        self.why = why


class TooLong(httpx2.ReadError):
    """The answer goes on past what we read, or is packed."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where requests may go beside `https` and public addresses.

    Args:
        private_hosts: names the operator vouches for, at whatever address they are; those of this
            machine (`HERE`) may do without TLS.
    """

    private_hosts: Collection[str] = ()

    def refuse(self, url: httpx2.URL) -> None:
        """What can be told without looking the name up.

        Raises:
            AddressRefused: it is not one we go to.
        """
        if not url.host:
            raise AddressRefused("host")
        if url.userinfo:
            raise AddressRefused("user")
        here = url.host in HERE and url.host in self.private_hosts
        if url.scheme != "https" and not (url.scheme == "http" and here):
            raise AddressRefused("scheme")
        if (literal := _literal(url.host)) is not None:
            self.checked(url.host, [literal])

    def checked(self, host: str, found: list[str]) -> list[str]:
        """The addresses of a host, if we go there.

        Raises:
            AddressRefused: it has none, or one of them is not public.
        """
        if not found:
            raise AddressRefused("unknown")
        if host not in self.private_hosts and not all(public(one) for one in found):
            raise AddressRefused("private")
        return found


def public(address: str) -> bool:
    """Whether anybody on the internet could ask there."""
    try:
        told = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(told, IPv6Address) and told.ipv4_mapped is not None:
        told = told.ipv4_mapped
    return told.is_global and not _set_apart(told)


def _set_apart(told: IPv4Address | IPv6Address) -> bool:
    return (
        told.is_multicast
        or told.is_reserved
        or any(told in one for one in _INSIDE if one.version == told.version)
    )


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None


def look_up(host: str, port: int) -> list[str]:
    """The addresses a name has now; none where it is unknown. Waits for the resolver."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def refuse(address: str, *, reach: Reach | None = None) -> None:
    """What a target of a webhook has to pass when it is named; when used it is looked at anew.

    Raises:
        AddressRefused: the address is not one we go to, or its name is unknown.
    """
    reach = reach or Reach()
    url = _parsed(address)
    reach.refuse(url)
    reach.checked(url.host, look_up(_name(url), _port(url)))


class Outgoing(httpx2.BaseTransport):
    """For a client of httpx2 that asks addresses somebody else has told it."""

    def __init__(
        self,
        reach: Reach,
        *,
        longest: int = LONGEST,
        within: httpx2.BaseTransport | None = None,
        lookup: Callable[[str, int], list[str]] = look_up,
    ) -> None:
        self._reach = reach
        self._longest = longest
        self._within = within or httpx2.HTTPTransport(verify=tls(), limits=_ONE_EACH)
        self._lookup = lookup

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._reach.refuse(request.url)
        found = self._reach.checked(
            request.url.host, self._lookup(_name(request.url), _port(request.url))
        )
        for left, address in _counted_down(found):
            with _next_one_if(left):
                answer = self._within.handle_request(_to(request, address))
                return _limited(answer, self._longest)
        raise AddressRefused("unknown")

    def close(self) -> None:
        self._within.close()


class AsyncOutgoing(httpx2.AsyncBaseTransport):
    """The same for a client that runs in an event loop."""

    def __init__(
        self,
        reach: Reach,
        *,
        longest: int = LONGEST,
        within: httpx2.AsyncBaseTransport | None = None,
        lookup: Callable[[str, int], list[str]] = look_up,
    ) -> None:
        self._reach = reach
        self._longest = longest
        self._within = within or httpx2.AsyncHTTPTransport(verify=tls(), limits=_ONE_EACH)
        self._lookup = lookup

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._reach.refuse(request.url)
        told = await asyncio.to_thread(self._lookup, _name(request.url), _port(request.url))
        for left, address in _counted_down(self._reach.checked(request.url.host, told)):
            with _next_one_if(left):
                answer = await self._within.handle_async_request(_to(request, address))
                return _limited(answer, self._longest)
        raise AddressRefused("unknown")

    async def aclose(self) -> None:
        await self._within.aclose()


#: A connection is never used again: it was made for one name, and is known by its address only.
_ONE_EACH: Final = httpx2.Limits(max_keepalive_connections=0)


@cache
def tls() -> ssl.SSLContext:
    """Read from disk once: it takes longer than the request."""
    return httpx2.create_ssl_context()


def _counted_down(found: list[str]) -> Iterator[tuple[int, str]]:
    return zip(range(len(found) - 1, -1, -1), found, strict=True)


@contextmanager
def _next_one_if(left: int) -> Iterator[None]:
    """Where nobody is at an address of several, the next one is tried; nothing was sent yet."""
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout):
        if not left:
            raise


def _to(request: httpx2.Request, address: str) -> httpx2.Request:
    """The same request, to an address instead of a name; the certificate is the name's still."""
    headers = httpx2.Headers(request.headers)
    headers["Accept-Encoding"] = "identity"
    extensions = dict(request.extensions)
    if _literal(request.url.host) is None:
        extensions["sni_hostname"] = _name(request.url)
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=headers,
        stream=request.stream,
        extensions=extensions,
    )


def _limited(answer: httpx2.Response, longest: int) -> httpx2.Response:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise TooLong("a packed answer was not asked for")
    return httpx2.Response(
        answer.status_code,
        headers=answer.headers,
        stream=_Limited(answer.stream, longest),
        extensions=answer.extensions,
    )


class _Limited(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(
        self, stream: httpx2.SyncByteStream | httpx2.AsyncByteStream, longest: int
    ) -> None:
        self._stream = stream
        self._left = longest

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._stream, httpx2.SyncByteStream)  # noqa: S101  as it was asked for
        for part in self._stream:
            yield self._counted(part)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._stream, httpx2.AsyncByteStream)  # noqa: S101  as it was asked for
        async for part in self._stream:
            yield self._counted(part)

    def _counted(self, part: bytes) -> bytes:
        self._left -= len(part)
        if self._left < 0:
            raise TooLong("the answer is longer than we read")
        return part

    def close(self) -> None:
        if isinstance(self._stream, httpx2.SyncByteStream):
            self._stream.close()

    async def aclose(self) -> None:
        if isinstance(self._stream, httpx2.AsyncByteStream):
            await self._stream.aclose()


def _parsed(address: str) -> httpx2.URL:
    try:
        return httpx2.URL(address)
    except httpx2.InvalidURL as fault:
        raise AddressRefused("host") from fault


def _name(url: httpx2.URL) -> str:
    return url.raw_host.decode("ascii")


def _port(url: httpx2.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
