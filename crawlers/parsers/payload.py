"""What all parsers share: safe reading of JSON, the common status codes, and the verdict over a page of items."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from crawlers.parsers.charset import decode_text
from crawlers.parsers.text import tidy
from records.mention import Mention
from records.outcome import Outcome

Verdict = tuple[Outcome, str]
"""An outcome with one sentence of detail."""

STATUSES = {
    401: Outcome.BLOCKED_LOGIN,
    403: Outcome.BLOCKED_BOT,
    404: Outcome.CHANGED,
    408: Outcome.NETWORK,
    410: Outcome.GONE,
    429: Outcome.BLOCKED_RATE,
    451: Outcome.BLOCKED_GEO,
}
"""What an HTTP status means where a platform has no meaning of its own for it."""

_LOGIN_PATH = re.compile(r"/(?:login|log-in|signin|sign-in|sign_in|passport)(?:/|\.|$)")
_TITLE = re.compile(r"<title[^>]*>([^<]{0,200})", re.IGNORECASE)


class Unreadable(Exception):
    """A payload is not the JSON it should be; carries the outcome."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome, self.detail = outcome, detail


def load_json(payload: str | bytes) -> Any:
    """JSON of a payload; numbers that are no numbers (NaN) become None.

    Raises:
        Unreadable: network for an empty or broken-off answer, changed for anything that is not JSON.
    """
    text = decode_text(payload).lstrip("\ufeff").strip()
    if not text:
        raise Unreadable(Outcome.NETWORK, "the answer is empty")
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except json.JSONDecodeError as error:
        if text[0] in "{[" and (error.pos >= len(text) - 1 or error.msg.startswith("Unterminated")):
            raise Unreadable(Outcome.NETWORK, f"the JSON answer breaks off after {len(text)} characters") from None
        raise Unreadable(Outcome.CHANGED, "JSON is due, the answer is something else") from None
    except (RecursionError, ValueError):
        raise Unreadable(Outcome.CHANGED, "the JSON answer is nested or numbered beyond reason") from None


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address, the first of each; none where it is no address."""
    parts = split_address(url)
    return {name: values[0] for name, values in parse_qs(parts.query).items()} if parts is not None else {}


def load_quietly(payload: str | bytes) -> Any:
    """JSON of a payload, or None where it is none: for what a refusal says besides."""
    try:
        return load_json(payload)
    except Unreadable:
        return None


def load_answer(
    text: str, content_type: str, *, by_status: Verdict | None, by_page: Callable[[], Verdict | None] = lambda: None
) -> Any:
    """The JSON of an answer, whatever its status: refusals are JSON, too.

    Args:
        by_status: what the status says, where the answer is no JSON.
        by_page: what the HTML page that stands in place of JSON says.

    Raises:
        Unreadable: by the status, by the page, else by the damage.
    """
    try:
        return load_json(text)
    except Unreadable as error:
        verdict = by_status
        if verdict is None and is_html(text, content_type):
            verdict = by_page() or (Outcome.CHANGED, "an HTML page is shown where JSON is due")
        raise (Unreadable(*verdict) if verdict is not None else error) from None


def at(node: Any, *path: str) -> Any:
    """The value under a path of keys; None where any step is missing or no object."""
    for key in path:
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node


def mapping(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def sequence(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def word(value: Any, *, longest: int = 300) -> str | None:
    """An id or a name: text or a whole number as text; None for anything else, for "" and for what is too long."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and abs(value) >= 10**30:  # also spares the cost of printing a hostile number
        return None
    text = tidy(str(value))
    return text if 0 < len(text) <= longest else None


def split_address(address: Any) -> SplitResult | None:
    """The parts of an http(s) address; None for anything else (the standard parser raises on hostile hosts)."""
    if not isinstance(address, str) or len(address) > 5000:
        return None
    try:
        parts = urlsplit(address)
        return parts if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def html_title(text: str) -> str:
    """The page's title, which may be looked into for signs of a wall (post text never may)."""
    found = _TITLE.search(text[:50_000])
    return tidy(found[1]) if found else ""


def is_html(text: str, content_type: str = "") -> bool:
    return "html" in content_type.lower() or text[:300].lstrip("\ufeff \t\r\n").lower().startswith(
        ("<!doctype", "<html")
    )


def is_login_page(url: str) -> bool:
    """True for the address of a login page: where a request ends, or is sent on to, says more than the status."""
    parts = split_address(url)
    return parts is not None and _LOGIN_PATH.search(parts.path.lower()) is not None


def status_verdict(status: int, own: dict[int, Outcome] | None = None, url: str = "") -> Verdict | None:
    """What an HTTP status alone says; None where the body has to be read (2xx).

    Args:
        own: what statuses mean to this platform.
        url: where the request ended or, refused, is sent on to.
    """
    if 200 <= status < 300:
        return None
    if is_login_page(url):
        return Outcome.BLOCKED_LOGIN, "the request is sent on to a login page"
    outcome = {**STATUSES, **(own or {})}.get(status)
    if outcome is None:
        outcome = Outcome.NETWORK if status >= 500 else Outcome.CHANGED
    return outcome, f"HTTP {status}"


def unique(mentions: Sequence[Mention]) -> tuple[Mention, ...]:
    """Each post once, in order; platforms repeat posts within one page."""
    kept: dict[str, Mention] = {}
    for mention in mentions:
        kept.setdefault(mention.key, mention)
    return tuple(kept.values())


def readable(items: Iterable[Mention | None]) -> tuple[tuple[Mention, ...], int]:
    """Each post of a page's items once, and how many items could not be read (None)."""
    read = list(items)
    return unique([m for m in read if m is not None]), read.count(None)


def judge_items(mentions: Sequence[Mention], skipped: int, *, none: Verdict) -> Verdict:
    """Items, or a changed shape when most items (or all their times) cannot be read, or ``none`` for no items at all."""
    if skipped > len(mentions):
        return Outcome.CHANGED, f"{skipped} of {skipped + len(mentions)} items lack what every item has (id, text)"
    if not mentions:
        return none
    if all(m.published_at is None for m in mentions):
        return Outcome.CHANGED, f"none of {len(mentions)} items has a time that can be read"
    return Outcome.ITEMS, ""


def said(message: Any) -> str:
    """A platform's own message, short enough for a detail."""
    return tidy(message)[:60] if isinstance(message, str) else ""
