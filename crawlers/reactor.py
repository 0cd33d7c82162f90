"""The one Twisted reactor of a process, run on the asyncio loop that is already running."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from records.errors import Failed


def start_reactor() -> None:
    """Install and start the asyncio reactor on the running loop; does nothing where that was done before.

    Raises:
        Failed: this process already has a reactor of another kind or on another loop.
    """
    loop = asyncio.get_running_loop()
    if "twisted.internet.reactor" not in sys.modules:
        from twisted.internet import asyncioreactor

        asyncioreactor.install(loop)
    reactor = _reactor()
    if getattr(reactor, "_asyncioEventloop", None) is not loop:
        raise Failed("the crawler needs the asyncio reactor on its own loop: this process runs another one")
    if not reactor.running:
        reactor.startRunning(installSignalHandlers=False)


def stop_threads() -> None:
    """End the reactor's name-resolving threads, which would keep the process from ending. They start again when needed."""
    pool = getattr(_reactor(), "threadpool", None) if "twisted.internet.reactor" in sys.modules else None
    if pool is not None:
        _reactor()._stopThreadPool()


def _reactor() -> Any:
    from twisted.internet import reactor

    return reactor
