"""Weibo's hosts, and the operator's own session that goes to each of them and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from crawlers.parsers.payload import split_address
from crawlers.sessions import find_state
from records.mention import Platform

MOBILE = "https://m.weibo.cn"
SEARCH = "https://s.weibo.com"
DESKTOP = "https://weibo.com"
TOPIC = "https://m.s.weibo.com"

HOSTS = (MOBILE, SEARCH, DESKTOP, TOPIC)

STATE_LIMIT = 5_000_000
"""Bytes; a saved browser state is far smaller."""


def session_headers(
    base_url: str | None, environment: Mapping[str, str], host: str = MOBILE, *, now: datetime | None = None
) -> dict[str, str]:
    """The Cookie header for one of Weibo's own hosts; none for an address that stands in for it, whatever its name.

    ``FENGSHENG_WEIBO_COOKIE`` is a session of m.weibo.cn and goes there only (Weibo keeps another for weibo.com); the
    saved browser state serves every host with the cookies of that host's own domain.

    Args:
        base_url: the poll's address in place of Weibo's; anything but None means that no session is sent.
        environment: the process's environment.
        host: one of ``HOSTS``.
        now: aware time against which cookies expire; None keeps them all.
    """
    if base_url is not None or host not in HOSTS:
        return {}
    cookie = environment.get("FENGSHENG_WEIBO_COOKIE", "").strip() if host == MOBILE else ""
    if not cookie:
        path = find_state(Platform.WEIBO, environment)
        cookie = cookies_for(host, _saved(path), now=now) if path is not None else ""
    return {"Cookie": cookie} if cookie and _is_sendable(cookie) else {}


def cookies_for(address: str, state: Any, *, now: datetime | None = None) -> str:
    """The value of the Cookie header that a saved browser state (Playwright's ``storage_state``) has for an address.

    A cookie goes to its own domain and, with a leading dot, to the hosts below it; never to another, and not after it
    expired. Anything unreadable is no cookie.
    """
    parts = split_address(address)
    listed = state.get("cookies") if isinstance(state, dict) else None
    if parts is None or parts.hostname is None or not isinstance(listed, list):
        return ""
    found: dict[str, str] = {}
    for cookie in listed:
        if not isinstance(cookie, dict):
            continue
        name, value, domain = cookie.get("name"), cookie.get("value"), cookie.get("domain")
        if not (isinstance(name, str) and name and isinstance(value, str) and isinstance(domain, str) and domain):
            continue
        expires = cookie.get("expires")
        is_old = now is not None and isinstance(expires, int | float) and 0 < expires < now.timestamp()
        is_elsewhere = cookie.get("path", "/") != "/" or (cookie.get("secure") is True and parts.scheme != "https")
        if (
            is_old
            or is_elsewhere
            or not _covers(domain.lower(), parts.hostname)
            or not _is_sendable(name + value)
            or ";" in name + value
        ):
            continue
        found[name] = value
    return "; ".join(f"{name}={value}" for name, value in found.items())


def _covers(domain: str, hostname: str) -> bool:
    if domain.startswith("."):
        return hostname == domain[1:] or hostname.endswith(domain)
    return hostname == domain


def _is_sendable(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _saved(path: Path) -> Any:
    try:
        if path.stat().st_size > STATE_LIMIT:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
