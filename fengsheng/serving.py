"""What the local page and the HTTP door share: listening on this machine, inside the service's own event loop."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from records.errors import Failed


class QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the service ends it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int, *, what: str, remedy: str) -> tuple[socket.socket, str]:
    """A listening socket and its address ``http://host:port``.

    Args:
        port: 0 takes any free one.
        what: who wants to listen, for the error.
        remedy: what to change where it cannot.

    Raises:
        Failed: the address is taken or not ours, naming it.
    """
    try:
        bound = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Failed(f"{what} cannot listen on {host}:{port} ({error.strerror or error}): {remedy}") from None
    shown = f"[{host}]" if ":" in host else host
    return bound, f"http://{shown}:{bound.getsockname()[1]}"
