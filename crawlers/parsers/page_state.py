"""What pages of one-page applications carry besides markup: their own state as JSON (``window.__INITIAL_STATE__ = {…}``),
and the words that people see."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 8_000_000
"""Characters of a page that are looked into; no page of a post has more."""

_BETWEEN = re.compile(r"(?<=[a-z0-9])([A-Z])")
GARBLED = "the answer is in a charset that it does not tell"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\bundefined\b|\bNaN\b|-?\bInfinity\b')
_DEEPEST = 40
"""Levels of nesting that are read; a page's state never has more."""


def snake_keys(node: Any, depth: int = 0) -> Any:
    """The same JSON with ``likedCount`` spelt ``liked_count``, as the platform's answers spell it."""
    if depth > _DEEPEST:
        return None
    if isinstance(node, list):
        return [snake_keys(n, depth + 1) for n in node]
    if isinstance(node, dict):
        return {_BETWEEN.sub(r"_\1", k).lower(): snake_keys(v, depth + 1) for k, v in node.items()}
    return node


def without_scripts(html: str) -> str:
    """The page without its scripts, in one pass: what posts say in a script's data is no word of the page itself."""
    kept = []
    while True:
        before, opened, rest = html.partition("<script")
        kept.append(before)
        if not opened:
            return "".join(kept)
        html = rest.partition("</script>")[2]


def is_garbled(text: str) -> bool:
    """True for text that was read in another charset than it was written in: hardly a letter beyond ASCII survived."""
    lost = text.count("\ufffd")
    return lost >= 3 and sum(c > "\x7f" for c in text) - lost <= 10 * lost


def find_state(html: str, name: str) -> Any:
    """The JSON that a page assigns to ``window.<name>``; None where there is none that can be read.

    What is no JSON but usual in scripts (undefined, NaN) is null; whatever follows the value is left alone.
    """
    found = re.search(rf"\bwindow\.{re.escape(name)}\s*=\s*", html[:LONGEST])
    if found is None:
        return None
    body = html[found.end() : LONGEST].partition("</script>")[0]
    body = _TOKEN.sub(lambda m: m[0] if m[0].startswith('"') else "null", body)
    try:
        return json.JSONDecoder().raw_decode(body)[0]
    except (ValueError, RecursionError):
        return None
