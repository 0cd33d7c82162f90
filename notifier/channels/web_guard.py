"""What stands between the web chat and the world: hosts, headers, signed sessions, CSRF tokens, slow logins."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION_COOKIE = "fengsheng_chat"
SESSION_LIFE = timedelta(hours=12)
LOOPBACK = ("127.0.0.1", "localhost", "::1")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send forms with "Origin: null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware: refuses foreign Host headers (DNS rebinding) and adds the security headers to every answer."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    *((k.lower().encode(), v.encode()) for k, v in HEADERS.items()),
                ]
            await send(message)

        host = _host_name(Headers(scope=scope).get("host", ""))
        if host not in self._hosts:
            refusal = PlainTextResponse("unknown host: open the address that fengsheng printed\n", status_code=421)
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def same_origin(request: Request) -> bool:
    """True where the browser names no other site as the origin of a form."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return False
    return origin is None or origin.split("://", 1)[-1] == request.headers.get("host", "")


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    csrf: str
    person: str | None = None
    """Person id of whoever says (loopback) or has shown (login) to be that person."""
    until: datetime


class Sessions:
    """Sessions in a signed cookie: nothing is kept on the server.

    Args:
        secret: at least 32 bytes; sessions die with it.
        secure: the page is served over HTTPS.
    """

    def __init__(self, secret: bytes, *, secure: bool, clock: Callable[[], datetime]) -> None:
        if len(secret) < 16:
            raise ValueError("the session secret needs at least 16 bytes")
        self._signer = URLSafeSerializer(secret, salt="fengsheng web chat")
        self._secure = secure
        self._clock = clock

    def load(self, request: Request) -> Session:
        """The session of the request; a fresh one where there is none, or it is forged or over."""
        now = self._clock()
        try:
            data = self._signer.loads(request.cookies.get(SESSION_COOKIE, ""))
            session = Session(
                csrf=str(data["csrf"]), person=data["person"], until=datetime.fromisoformat(str(data["until"]))
            )
            if session.until > now:
                return session
        except (BadData, KeyError, TypeError, ValueError):
            pass
        return Session(csrf=secrets.token_urlsafe(18), until=now + SESSION_LIFE)

    def save(self, response: Response, session: Session) -> None:
        value = self._signer.dumps({"csrf": session.csrf, "person": session.person, "until": session.until.isoformat()})
        response.set_cookie(
            SESSION_COOKIE,
            str(value),
            max_age=int(SESSION_LIFE.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=self._secure,
            path="/",
        )

    def named(self, session: Session, person: str | None) -> Session:
        """The session of another person, with new life and a new CSRF token."""
        return replace(session, person=person, csrf=secrets.token_urlsafe(18), until=self._clock() + SESSION_LIFE)


def csrf_fits(session: Session, given: object) -> bool:
    return isinstance(given, str) and hmac.compare_digest(session.csrf.encode(), given.encode())


class LoginBrake:
    """At most ``most`` failed logins per key in ``span``; lost with the process, which only forgives."""

    def __init__(self, *, most: int = 5, span: timedelta = timedelta(minutes=5), keys: int = 10_000) -> None:
        self._most = most
        self._span = span
        self._keys = keys
        self._failed: dict[str, deque[datetime]] = defaultdict(deque)

    def held(self, key: str, now: datetime) -> bool:
        failed = self._failed.get(key)
        while failed and failed[0] <= now - self._span:
            failed.popleft()
        return failed is not None and len(failed) >= self._most

    def note_failure(self, key: str, now: datetime) -> None:
        if key not in self._failed and len(self._failed) >= self._keys:
            del self._failed[next(iter(self._failed))]
        self._failed[key].append(now)


def _host_name(header: str) -> str:
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].split("]", 1)[0]
    return header.rsplit(":", 1)[0] if header.count(":") == 1 else header
