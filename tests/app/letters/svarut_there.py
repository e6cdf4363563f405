"""KS SvarUt and Maskinporten as they answer, in the process: the REST API's own words and rules.

Made from developers.fiks.ks.no and the OpenAPI documents of ks-no/fiks-svarut-klient: the shipment
as the first part of a multipart body, the files after it in its order and by its names, a reference
of ours that can be looked up, statuses by a search. It can hang, fail, or break off in the middle.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import RSAKey

ACCOUNT = "0f2b5a4e-6a1e-4b7e-9a53-6d0f4cf4a111"
KEY = RSAKey.generate_key(2048, private=True)


class There:
    """What was sent, how each shipment fares, and what goes wrong next."""

    def __init__(self) -> None:
        self.shipments: dict[str, dict[str, Any]] = {}
        self.files: dict[str, list[tuple[str, bytes]]] = {}
        self.status: dict[str, str] = {}
        self.faults: list[str] = []
        self.grants: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.url = ""

    def lose_answer(self) -> None:
        self.faults.append("break_off")


class _Handler(BaseHTTPRequestHandler):
    there: There
    protocol_version = "HTTP/1.1"

    def log_message(self, *given: Any) -> None:
        pass

    def _answer(self, status: int, told: Any, *, whole: bool = True) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if whole else body[:5])
        self.close_connection = not whole

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_GET(self) -> None:
        self._dispatch()

    def do_POST(self) -> None:
        self._dispatch()

    def _dispatch(self) -> None:
        there, body = self.there, self._body()
        address = urlsplit(self.path)
        there.requests.append(f"{self.command} {address.path}")
        if address.path == "/token":
            self._token(body)
            return
        if not self._may():
            self._answer(401, {"errorCode": "IKKE_TILGANG"})
            return
        fault = there.faults.pop(0) if there.faults else None
        if fault == "fail":
            self._answer(500, {"message": "Systemfeil"})
        elif fault == "hang":
            threading.Event().wait(1.0)
            self.close_connection = True
        elif fault == "refuse":
            self._answer(400, {"message": "Ugyldig forsendelse"})
        else:
            whole = fault != "break_off"
            base = f"/api/v2/kontoer/{ACCOUNT}/forsendelser"
            if address.path == f"{base}/status-sok":
                self._statuses(json.loads(body))
            elif address.path == f"{base}/" and self.command == "POST":
                self._take(body, whole=whole)
            elif address.path == base and self.command == "GET":
                wanted = parse_qs(address.query)["eksternRef"][0]
                self._answer(
                    200,
                    {
                        "forsendelseIds": [
                            name
                            for name, one in there.shipments.items()
                            if one.get("eksternReferanse") == wanted
                        ]
                    },
                )
            else:
                self._answer(404, {})

    def _may(self) -> bool:
        return (
            self.headers.get("Authorization") == "Bearer token-of-ours"
            and self.headers.get("IntegrasjonId") == "integration"
            and self.headers.get("IntegrasjonPassord") == "password"
        )

    def _token(self, body: bytes) -> None:
        form = parse_qs(body.decode())
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        grant = jwt.decode(form["assertion"][0], KEY, algorithms=["RS256"])
        claims = grant.claims
        assert claims["exp"] - claims["iat"] <= 120
        assert claims["aud"] == self.there.url
        assert claims["jti"] not in {one["jti"] for one in self.there.grants}
        self.there.grants.append(claims | grant.header)
        self._answer(200, {"access_token": "token-of-ours", "expires_in": 120})

    def _take(self, body: bytes, *, whole: bool) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        first, *files = list(message_from_bytes(head + body, policy=HTTP).iter_parts())
        told = json.loads(first.get_payload(decode=True))
        named = [(one.get_filename(), one.get_payload(decode=True)) for one in files]
        wrong = (
            first.get_param("name", header="content-disposition") != "forsendelse"
            or [one["filnavn"] for one in told["dokumenter"]] != [name for name, _ in named]
            or not told.get("tittel")
            or not {"navn", "digitalId", "postnummer", "poststed"} <= set(told["mottaker"])
        )
        if wrong:
            self._answer(400, {"message": "Ugyldig forsendelse"})
            return
        name = str(uuid4())
        self.there.shipments[name] = told
        self.there.files[name] = named
        self.there.status[name] = "MOTTATT"
        self._answer(200, {"id": name}, whole=whole)

    def _statuses(self, asked: dict[str, Any]) -> None:
        self._answer(
            200,
            {
                "statuser": [
                    {
                        "id": name,
                        "status": self.there.status[name],
                        "sisteStatusEndring": "2020-04-06T08:00:00.000+02:00",
                    }
                    for name in asked["forsendelseIds"]
                    if UUID(name) and name in self.there.status
                ]
            },
        )


@contextmanager
def running() -> Iterator[There]:
    there = There()
    handler = type("Handler", (_Handler,), {"there": there})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    there.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
