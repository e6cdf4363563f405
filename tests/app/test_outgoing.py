"""What others have chosen is asked on the public internet, and nowhere else."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.outgoing import (
    HERE,
    AddressRefused,
    Outgoing,
    Reach,
    TooLong,
    public,
    refuse,
)

PUBLIC = "93.184.215.14"
DEMO = Reach(HERE)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",  # metadata of most clouds
        "100.100.100.200",  # Alibaba's
        "168.63.129.16",  # Azure's
        "192.0.0.192",  # Oracle's
        "0.0.0.0",  # noqa: S104  reaches this machine
        "100.64.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "203.0.113.9",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:0:53aa:64c:0:fbff:80ff:fffe",
        "2001:db8::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fd00:ec2::254",  # Amazon's
        "ff02::1",
        "nonsense",
    ],
)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "::ffff:8.8.8.8", "2606:4700::1111"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (f"http://{PUBLIC}/", "scheme"),
        (f"ftp://{PUBLIC}/", "scheme"),
        (f"https://user:secret@{PUBLIC}/", "user"),
        ("https:///path", "host"),
        ("nonsense", "host"),
        ("https://127.0.0.1/", "private"),
        ("https://127.1/", "private"),
        ("https://2130706433/", "private"),
        ("https://0x7f.1/", "private"),
        ("https://[::ffff:10.0.0.1]/", "private"),
        ("https://localhost/", "private"),
        ("https://LOCALHOST/", "private"),
        ("http://localhost/", "scheme"),
    ],
)
def test_a_target_is_refused_however_it_is_spelt(address: str, why: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        refuse(address)

    assert refused.value.why == why


def test_a_target_on_the_internet_is_taken() -> None:
    refuse(f"https://{PUBLIC}:8443/hook?of=us")


def test_this_machine_is_for_the_demonstration() -> None:
    refuse("http://localhost:9000/", reach=DEMO)
    with pytest.raises(AddressRefused):
        refuse("http://10.0.0.1/", reach=DEMO)


def names(*answers: list[str]) -> tuple[Callable[[str, int], list[str]], list[str]]:
    """A resolver that says something else each time, and whom it was asked for."""
    asked: list[str] = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    return lookup, asked


def test_a_name_that_changes_its_address_after_it_was_looked_at_gains_nothing() -> None:
    lookup, asked = names([PUBLIC], ["127.0.0.1"])
    seen: list[httpx2.Request] = []

    def within(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200)

    outgoing = Outgoing(Reach(), within=httpx2.MockTransport(within), lookup=lookup)
    with httpx2.Client(transport=outgoing) as client:
        client.get("https://hooks.example/path?a=b")
        with pytest.raises(AddressRefused):
            client.get("https://hooks.example/")

    assert asked == ["hooks.example"] * 2
    (one,) = seen
    assert str(one.url) == f"https://{PUBLIC}/path?a=b"
    assert one.headers["Host"] == "hooks.example"
    assert one.extensions["sni_hostname"] == "hooks.example"


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    lookup, _ = names([PUBLIC, "10.0.0.1"])
    outgoing = Outgoing(Reach(), within=httpx2.MockTransport(_fails), lookup=lookup)

    with httpx2.Client(transport=outgoing) as client, pytest.raises(AddressRefused):
        client.get("https://hooks.example/")


def _fails(request: httpx2.Request) -> httpx2.Response:
    raise AssertionError(request.url)


def test_where_nobody_is_at_one_address_the_next_is_tried() -> None:
    lookup, _ = names(["2606:4700::1111", PUBLIC])

    def within(request: httpx2.Request) -> httpx2.Response:
        if request.url.host != PUBLIC:
            raise httpx2.ConnectError("no way there")
        return httpx2.Response(204)

    outgoing = Outgoing(Reach(), within=httpx2.MockTransport(within), lookup=lookup)

    with httpx2.Client(transport=outgoing) as client:
        assert client.get("https://hooks.example/").status_code == 204


def test_what_a_client_follows_is_looked_at_as_well() -> None:
    lookup, _ = names([PUBLIC], ["169.254.169.254"])

    def within(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"Location": "https://inside.example/"})

    outgoing = Outgoing(Reach(), within=httpx2.MockTransport(within), lookup=lookup)

    client = httpx2.Client(transport=outgoing, follow_redirects=True)
    with client, pytest.raises(AddressRefused):
        client.get("https://hooks.example/")


def test_a_packed_answer_is_not_unpacked() -> None:
    lookup, _ = names([PUBLIC])

    def within(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=_Nothing())

    outgoing = Outgoing(Reach(), within=httpx2.MockTransport(within), lookup=lookup)

    with httpx2.Client(transport=outgoing) as client, pytest.raises(TooLong):
        client.get("https://hooks.example/")


class _Nothing(httpx2.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        return iter(())


@contextmanager
def speaking(
    speak: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None
) -> Iterator[int]:
    """A server of one connection on this machine; the port it is at."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                connection, _ = server.accept()
                with tls.wrap_socket(connection, server_side=True) if tls else connection as peer:
                    asked = peer.recv(65536)
                    if asked.startswith(b"POST") and not asked.endswith(b"{}"):
                        peer.recv(2)  # the body, which came by itself
                    speak(peer)
            except OSError:
                pass  # the other side left, which is what is tried

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)
        assert not thread.is_alive()


def test_the_certificate_is_asked_for_the_name_though_the_address_is_connected_to(
    tmp_path: Path,
) -> None:
    made = certificate("service.test", tmp_path / "certificate.pem")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made)
    trusting = httpx2.HTTPTransport(verify=ssl.create_default_context(cafile=str(made)))
    reach = Reach({"service.test", "other.test"})
    outgoing = Outgoing(reach, within=trusting, lookup=lambda host, port: ["127.0.0.1"])

    def says_hi(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    with httpx2.Client(transport=outgoing) as client:
        with speaking(says_hi, serving) as port:
            assert client.get(f"https://service.test:{port}/").text == "hi"
        with speaking(says_hi, serving) as port, pytest.raises(httpx2.ConnectError, match="other"):
            client.get(f"https://other.test:{port}/")


def certificate(name: str, path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
