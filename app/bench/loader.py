"""Sends prepared requests over so many connections at once, and tells how long each took.

A process of its own (`python -m app.bench.loader`), so that what it does is not the application's.
Reads one JSON object from standard input: `host`, `port`, and `requests`, a list for each
connection of whole HTTP/1.1 requests as text. Writes one: `seconds` from the first to the last,
`times` of each answer in seconds, and `statuses`, how many answers had each.
"""

import json
import socket
import sys
from collections import Counter
from threading import Barrier, Thread
from time import perf_counter


class _Connection:
    """One connection, kept alive; answers have a Content-Length."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def ask(self, request: bytes) -> int:
        """Send a request, read its answer to the end; returns the status."""
        self._socket.sendall(request)
        while b"\r\n\r\n" not in self._read:
            self._receive()
        head, _, rest = self._read.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        self._read = rest
        while len(self._read) < length:
            self._receive()
        self._read = self._read[length:]
        return int(head[9:12])

    def _receive(self) -> None:
        if not (found := self._socket.recv(65536)):
            raise ConnectionError("the server ended the connection")
        self._read += found

    def close(self) -> None:
        self._socket.close()


def load(host: str, port: int, requests: list[list[bytes]]) -> dict[str, object]:
    """Ask all of them, one thread a connection."""
    ready = Barrier(len(requests) + 1)
    answers: list[tuple[float, int]] = []

    def client(mine: list[bytes]) -> None:
        connection = _Connection(host, port)
        ready.wait()
        for request in mine:
            started = perf_counter()
            status = connection.ask(request)
            answers.append((perf_counter() - started, status))
        connection.close()

    threads = [Thread(target=client, args=(mine,)) for mine in requests]
    for thread in threads:
        thread.start()
    ready.wait()
    started = perf_counter()
    for thread in threads:
        thread.join()
    return {
        "seconds": perf_counter() - started,
        "times": [seconds for seconds, _ in answers],
        "statuses": Counter(str(status) for _, status in answers),
    }


def main() -> None:
    asked = json.load(sys.stdin)
    requests = [[request.encode() for request in mine] for mine in asked["requests"]]
    json.dump(load(asked["host"], asked["port"], requests), sys.stdout)


if __name__ == "__main__":
    main()
