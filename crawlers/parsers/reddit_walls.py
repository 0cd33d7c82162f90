"""Reddit's access: the token endpoint, and how it says no."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from crawlers.parsers.answers import read_json
from crawlers.parsers.charset import decode_text
from crawlers.parsers.payload import Unreadable, at, html_title, is_html, load_quietly, word
from records.outcome import Outcome

_CLOSED = frozenset({"private", "quarantined", "gold_only", "gated"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """What the token endpoint gave."""

    outcome: Outcome
    """ITEMS where there is a token."""
    detail: str = ""
    token: str = ""
    seconds: float = 0
    """How long it holds."""


def parse_token(payload: str | bytes, *, status: int, url: str, content_type: str = "") -> Token:
    """The answer of the token endpoint; its own words are never repeated, they could hold a secret."""
    refused = "Reddit does not accept FENGSHENG_REDDIT_CLIENT_ID with FENGSHENG_REDDIT_CLIENT_SECRET"
    if status in (400, 401):
        return Token(outcome=Outcome.BLOCKED_LOGIN, detail=refused)
    try:
        root = read_answer(payload, status, url, content_type)
    except Unreadable as error:
        return Token(outcome=error.outcome, detail=f"token: {error.detail}")
    token, seconds = word(at(root, "access_token"), longest=4000), at(root, "expires_in")
    if token is not None and re.fullmatch(r"[\x21-\x7e]+", token):
        known = isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds <= 10**6
        return Token(outcome=Outcome.ITEMS, token=token, seconds=float(seconds) if known else 3600.0)
    if at(root, "error") is not None:
        return Token(outcome=Outcome.BLOCKED_LOGIN, detail=refused)
    return Token(outcome=Outcome.CHANGED, detail="access_token is missing from the token answer")


def read_answer(
    payload: str | bytes, status: int, url: str, content_type: str, own: dict[int, Outcome] | None = None
) -> Any:
    """The JSON of an answer.

    Raises:
        Unreadable: bot for Reddit's page for machines it does not want, suspect for a subreddit that is closed to the
            public (what lies in it may still stand), else as ``read_json``.
    """
    text = decode_text(payload, content_type)
    if status != 429 and is_html(text, content_type) and _is_network_block(text):
        raise Unreadable(Outcome.BLOCKED_BOT, f"HTTP {status}: Reddit's network security turns this machine away")
    if status in (403, 404) and (reason := _reason(text)) in _CLOSED:
        raise Unreadable(Outcome.SUSPECT, f"HTTP {status}: the subreddit is {reason}")
    return read_json(payload, status=status, url=url, content_type=content_type, own=own)


def _is_network_block(text: str) -> bool:
    """Reddit's page for machines it does not want: known by its title and headline, never by what posts say."""
    headline = re.search(r"<h1[^>]*>([^<]{0,200})", text[:20_000], re.IGNORECASE)
    shown = f"{html_title(text)} {headline[1] if headline else ''}".lower()
    return "blocked" in shown or "whoa there" in shown


def _reason(text: str) -> str:
    return str(at(load_quietly(text), "reason") or "")
