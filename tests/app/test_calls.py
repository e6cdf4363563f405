"""Requests in a row: connections are kept, looked at when made, and none outlives its time."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from app.calls import Calls, NotReached
from app.outgoing import HERE, AddressRefused, Reach
from tests.app.test_outgoing import certificate, speaking

DEMO = Reach(HERE)
HERE_ADDRESS = "127.0.0.1"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


def told(calls: Calls, address: str, *, patience: float = 5) -> tuple[int, bytes]:
    headers = {"content-type": "application/json"}
    answer = calls.send(address, content=b"{}", headers=headers, patience=patience, longest=100)
    return answer.status, answer.body


def told_once(port: int, *, patience: float = 5) -> tuple[int, bytes]:
    with Calls(DEMO) as calls:
        return told(calls, f"http://localhost:{port}/", patience=patience)


@contextmanager
def listening(
    answer: Callable[[int, socket.socket], None],
) -> Iterator[tuple[int, list[list[bytes]]]]:
    """A server of any number of connections, and what came on each; `answer` gets its number."""
    came: list[list[bytes]] = []

    def serve(number: int, peer: socket.socket) -> None:
        asked = b""
        with suppress(OSError), peer:
            while part := peer.recv(65536):
                asked += part
                if asked.endswith(b"\r\n\r\n{}"):
                    came[number].append(asked)
                    asked = b""
                    answer(number, peer)

    def accept() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            came.append([])
            threading.Thread(target=serve, args=(len(came) - 1, peer), daemon=True).start()

    with socket.create_server((HERE_ADDRESS, 0)) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)


def test_an_answer_is_told_and_a_redirect_is_one() -> None:
    def redirects(peer: socket.socket) -> None:
        peer.sendall(
            b"HTTP/1.1 307 No\r\nLocation: http://localhost/\r\nContent-Length: 2\r\n\r\nhi"
        )

    with speaking(redirects) as port:
        assert told_once(port) == (307, b"hi")


def test_requests_to_one_name_go_over_one_connection() -> None:
    with (
        listening(lambda number, peer: peer.sendall(NO_CONTENT)) as (port, came),
        Calls(DEMO) as calls,
    ):
        for _ in range(3):
            assert told(calls, f"http://localhost:{port}/hook?of=us") == (204, b"")

    (requests,) = came
    assert len(requests) == 3
    assert requests[0].startswith(b"POST /hook?of=us HTTP/1.1\r\n")
    assert f"host: localhost:{port}\r\n".encode() in requests[0].lower()
    assert requests[0].endswith(b"\r\n\r\n{}")


def test_a_kept_connection_that_is_gone_is_replaced_unseen() -> None:
    def answers_once_on_the_first(number: int, peer: socket.socket) -> None:
        if number == 0 and len(came[0]) == 2:
            peer.shutdown(socket.SHUT_RDWR)  # has read it, and goes without a word
        else:
            peer.sendall(NO_CONTENT)

    with listening(answers_once_on_the_first) as (port, came), Calls(DEMO) as calls:
        assert told(calls, f"http://localhost:{port}/") == (204, b"")
        assert told(calls, f"http://localhost:{port}/") == (204, b"")

    assert [len(requests) for requests in came] == [2, 1]


def test_who_goes_without_a_word_on_a_new_connection_is_not_asked_twice() -> None:
    with (
        listening(lambda number, peer: peer.shutdown(socket.SHUT_RDWR)) as (port, came),
        pytest.raises(NotReached) as fault,
    ):
        told_once(port)

    assert fault.value.why == "away"
    assert len(came) == 1


def test_who_speaks_slowly_is_not_waited_for() -> None:
    stop = threading.Event()

    def drips(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not stop.wait(0.02):
            peer.sendall(b"a")

    with speaking(drips) as port:
        with pytest.raises(NotReached) as fault:
            told_once(port, patience=0.2)
        stop.set()

    assert fault.value.why == "slow"


def test_a_long_answer_is_not_read_to_its_end() -> None:
    def floods(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + b"a" * 1000)

    with speaking(floods) as port, pytest.raises(NotReached) as fault:
        told_once(port)

    assert fault.value.why == "long"


def test_a_packed_answer_is_not_unpacked() -> None:
    def packs(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi")

    with speaking(packs) as port, pytest.raises(NotReached) as fault:
        told_once(port)

    assert fault.value.why == "long"


def test_an_answer_that_breaks_off_is_none() -> None:
    def breaks_off(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf of")

    with speaking(breaks_off) as port, pytest.raises(NotReached) as fault:
        told_once(port)

    assert fault.value.why == "away"


def test_nobody_there_is_said_so() -> None:
    with socket.create_server((HERE_ADDRESS, 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(NotReached) as fault:
        told_once(port)

    assert fault.value.why == "away"


@pytest.mark.parametrize("found", [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], []])
def test_a_name_is_looked_at_when_a_connection_is_made(found: list[str]) -> None:
    asked = []

    def lookup(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return found

    with Calls(Reach(), lookup=lookup) as calls, pytest.raises(AddressRefused):
        told(calls, "https://hooks.example/")

    assert asked == [("hooks.example", 443)]


def test_an_address_inside_is_not_asked() -> None:
    with Calls(Reach()) as calls, pytest.raises(AddressRefused):
        told(calls, "https://169.254.169.254/")


def test_where_nobody_is_at_one_address_the_next_is_tried() -> None:
    reach = Reach({"localhost"})
    with (
        listening(lambda number, peer: peer.sendall(NO_CONTENT)) as (port, _),
        Calls(reach, lookup=lambda host, port: ["127.0.0.9", HERE_ADDRESS]) as calls,
    ):
        assert told(calls, f"http://localhost:{port}/") == (204, b"")


def test_the_certificate_is_asked_for_the_name_though_the_address_is_connected_to(
    tmp_path: Path,
) -> None:
    made = certificate("service.test", tmp_path / "certificate.pem")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made)
    trusts = ssl.create_default_context(cafile=str(made))
    reach = Reach({"service.test", "other.test"})

    def says_hi(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    with Calls(reach, lookup=lambda host, port: [HERE_ADDRESS], trusts=trusts) as calls:
        with speaking(says_hi, serving) as port:
            assert told(calls, f"https://service.test:{port}/") == (200, b"hi")
        with speaking(says_hi, serving) as port, pytest.raises(NotReached):
            told(calls, f"https://other.test:{port}/")
