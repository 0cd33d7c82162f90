"""What a second sight of a mention changes: pure merging of what was stored and what is seen now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from records.mention import COUNT_NAMES, Author, Engagement, Mention, TimePrecision, Verified, replace

_CUT = ("…", "...", "全文")
_PRECISION = (
    TimePrecision.UNKNOWN,
    TimePrecision.DAY,
    TimePrecision.HOUR,
    TimePrecision.MINUTE,
    TimePrecision.EXACT,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    mention: Mention
    """The mention as it stands now."""
    changed: bool
    """Anything but the time of the sight differs from what was stored."""
    figures_changed: bool
    replaced: Mention | None
    """The earlier wording that has to be kept as evidence, if the text was edited."""
    partial: bool
    """The sight showed less text than is known (a list page that cuts long posts)."""


def merge_sight(stored: Mention, seen: Mention) -> Merged:
    """Combine a stored mention with a new sight of it, whichever of the two is the older.

    What was not shown (None) never deletes what is known. A cut text is no edit; an edit keeps the earlier wording.
    """
    late = seen.collected_at < stored.collected_at
    older, newer = (seen, stored) if late else (stored, seen)
    partial = not late and _shows_less(stored, seen)
    wording = stored if late and not _shows_less(seen, stored) else older if _shows_less(older, newer) else newer
    other = seen if wording is stored else stored
    retitled = bool(wording.title and other.title and wording.title != other.title)
    edited = (wording.text != other.text or retitled) and not _shows_less(wording, other)
    published, precision = _published(stored, seen)
    mention = replace(
        stored,
        url=newer.url or older.url,
        author=_author(older.author, newer.author),
        title=wording.title or other.title,
        text=wording.text,
        published_at=published,
        time_precision=precision,
        edited_at=max((t for t in (stored.edited_at, seen.edited_at) if t), default=None),
        collected_at=newer.collected_at,
        metrics=_metrics(older.metrics, newer.metrics),
        region=newer.region or older.region,
        media=stored.media | seen.media,
        topics=newer.topics or older.topics,
        parent_id=stored.parent_id or seen.parent_id,
        root_id=stored.root_id or seen.root_id,
        brand=stored.brand or seen.brand,
        query=stored.query or seen.query,
    )
    return Merged(
        mention=mention,
        changed=replace(mention, collected_at=stored.collected_at) != stored,
        figures_changed=mention.metrics != stored.metrics,
        replaced=other if edited and (other.text or other.title) else None,
        partial=partial,
    )


def _shows_less(known: Mention, seen: Mention) -> bool:
    """Is the seen text the known one cut short by the platform? A shorter text without a mark of cutting is an edit."""
    if seen.text == known.text or (seen.edited_at and seen.edited_at != known.edited_at):
        return False
    if not seen.text:
        return True
    if not seen.text.endswith(_CUT):
        return False
    start = seen.text.removesuffix("全文").rstrip(" .…")
    return known.text.startswith(start) and len(known.text) > len(start)


def _published(stored: Mention, seen: Mention) -> tuple[datetime | None, TimePrecision]:
    """The more precise time; the first told among equals ("3 hours ago" wanders with every poll)."""
    if stored.published_at is None:
        return seen.published_at, seen.time_precision
    if seen.published_at is None or _PRECISION.index(seen.time_precision) <= _PRECISION.index(stored.time_precision):
        return stored.published_at, stored.time_precision
    return seen.published_at, seen.time_precision


def _author(older: Author, newer: Author) -> Author:
    return Author(
        id=newer.id or older.id,
        name=newer.name or older.name,
        followers=older.followers if newer.followers is None else newer.followers,
        verified=older.verified if newer.verified is Verified.UNKNOWN else newer.verified,
    )


def _metrics(older: Engagement, newer: Engagement) -> Engagement:
    figures, rounded = {}, set()
    for name in COUNT_NAMES:
        shown = newer if getattr(newer, name) is not None else older
        figures[name] = getattr(shown, name)
        if name in shown.approximate:
            rounded.add(name)
    return Engagement(**figures, approximate=frozenset(rounded))
