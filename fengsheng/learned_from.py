"""The record, in a model's card, of what it learned from: counts by source, and short hashes of the posts."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from importlib import metadata
from typing import Any

import numpy as np

from fengsheng.labels import Judged, Labels
from scoring.learned import Learned


def text_mark(text: str) -> int:
    """A short hash of a text, the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:4], "big")


def with_card(learned: Learned, labels: Labels, measured: dict[str, Any], before: Learned | None = None) -> Learned:
    """The model with the record of what went in (counts by source) and what was measured.

    Args:
        before: the model it started from, whose posts and texts it therefore learned from, too.
    """
    sources: dict[str, int] = {}
    for felt in labels.felt:
        sources[felt.source] = sources.get(felt.source, 0) + 1
    earlier = before.card if before is not None else {}
    posts = {text_mark(p.item.text) for p in labels.judged} | learned_posts(before)
    card = {
        "judged_posts": len(labels.judged),
        "brands": len({p.group for p in labels.judged}),
        "texts": sources,
        "started_from": before.version if before is not None else None,
        "earlier_texts": {**earlier.get("earlier_texts", {}), **earlier.get("texts", {})},
        "learned_posts": base64.b64encode(np.array(sorted(posts), dtype="<u4").tobytes()).decode(),
        "measured": measured,
        "fengsheng": metadata.version("fengsheng"),
    }
    return replace(learned, card=card)


def learned_posts(learned: Learned | None) -> set[int]:
    """Short hashes of the judged posts that a model learned from, by its card."""
    packed = str(learned.card.get("learned_posts", "")) if learned is not None else ""
    return {int(n) for n in np.frombuffer(base64.b64decode(packed), dtype="<u4")}


def post_mark(post: Judged) -> int:
    """The short hash of a judged post, as ``learned_posts`` has it."""
    return text_mark(post.item.text)


def has_read(learned: Learned | None, source: str) -> bool:
    """Whether a model learned from texts of a file of this name."""
    return learned is not None and any(source in learned.card.get(k, {}) for k in ("texts", "earlier_texts"))
