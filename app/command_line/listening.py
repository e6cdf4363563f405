"""The port we listen on, taken before anything slow begins."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import CannotStart


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket; port 0 takes a free one.

    Raises:
        CannotStart: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Every connection inherits it. asyncio sets it only where the socket names its protocol;
        # without it the end of each answer waits 40 ms for the client's acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            listener.bind((host, port))
        except OSError as fault:
            raise CannotStart(
                f"Port {port} cannot be had ({os.strerror(fault.errno or 0)}): "
                "choose another with --port."
            ) from fault
        listener.set_inheritable(True)
        yield listener
