"""What the parsers of plain HTTP APIs share: bytes in the charset they really are in, and JSON or the reason for none."""

from __future__ import annotations

from typing import Any

from crawlers.parsers.charset import decode_text as decode_text
from crawlers.parsers.payload import (
    Unreadable,
    at,
    html_title,
    is_html,
    load_json,
    load_quietly,
    said,
    status_verdict,
)
from records.outcome import Outcome


def read_json(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    content_type: str = "",
    own: dict[int, Outcome] | None = None,
) -> Any:
    """The JSON of an answer.

    Args:
        own: what statuses mean to this platform.

    Raises:
        Unreadable: with the outcome: what the status says, login for an address that sends on to a login page, network
            for an empty or cut answer, changed for HTML or anything else where JSON is due.
    """
    text = decode_text(payload, content_type).strip()
    verdict = status_verdict(status, own, url)
    page = is_html(text, content_type) and not text.startswith(("{", "["))
    if verdict is not None:
        told = html_title(text)[:60] if page else _message(text)
        raise Unreadable(verdict[0], f"{verdict[1]}: {told}" if told else verdict[1])
    if page:
        raise Unreadable(Outcome.CHANGED, "an HTML page is shown where JSON is due")
    if text.startswith(("{", "[")) and not text.endswith(("}", "]")):
        raise Unreadable(Outcome.NETWORK, f"the JSON answer breaks off after {len(text)} characters")
    return load_json(text)


def _message(text: str) -> str:
    """What an API says about its refusal."""
    root = load_quietly(text)
    return said(at(root, "message")) or said(at(root, "error"))
