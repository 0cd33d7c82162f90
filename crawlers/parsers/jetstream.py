"""Bluesky's Jetstream (first wire format): one frame in, what happened out. Matching is done here, the stream has none."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crawlers.parsers.bluesky_posts import POST_KINDS, bare_mention, is_hidden, read_post
from crawlers.parsers.payload import Unreadable, at, load_json, mapping, sequence, word
from records.mention import Author, Mention, replace
from records.outcome import Outcome, Page

COLLECTION = "app.bsky.feed.post"
OVERLAP = 5_000_000
"""Microseconds by which a look goes back before its cursor."""
KEPT = timedelta(hours=36)
"""How far back the stream reaches; an older cursor is moved up without a word."""
GAP = 60_000_000
"""Microseconds without any frame after the cursor that say that the stream does not reach back so far."""
PRESENT = timedelta(seconds=2)
"""A frame this close to the beginning of a look is the present."""
DELETIONS = 1000
"""Deletions that are remembered of one look; posts lost in a larger crowd are found gone when they are looked at again."""

_EARLIEST, _LATEST = 10**15, 10**16
"""Bounds of ``time_us``: smaller numbers are of another kind (sequence numbers)."""
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")
_KEY = re.compile(r"[A-Za-z0-9._~-]{1,50}")

Alternatives = tuple[tuple[str, ...], ...]
"""Folded words: any of the alternatives, all words of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One frame."""

    at: int | None = None
    """Microseconds since 1970, the stream's own clock and cursor; None where the frame cannot be read."""
    mention: Mention | None = None
    """A post that was written or edited and holds the words looked for."""
    deleted: str | None = None
    """Id of a post that was deleted."""


def parse_alternatives(query: str) -> Alternatives:
    """ "云杉 退款|云杉 投诉" as words: alternatives are separated by |, words by spaces."""
    found = (tuple(_folded(part).split()) for part in query.split("|"))
    return tuple(dict.fromkeys(words for words in found if words))


def parse_frame(
    frame: str, *, wanted: Alternatives, collected_at: datetime, langs: frozenset[str] = frozenset()
) -> Happening:
    """What one frame says. Frames of other kinds (identity, account, other collections) only carry the time.

    Args:
        wanted: words looked for, see ``parse_alternatives``.
        langs: languages (two letters) the writer may have named; a post that names none is not turned away.
    """
    try:
        root = load_json(frame)
    except Unreadable:
        return Happening()
    moment = at(root, "time_us")
    if isinstance(moment, bool) or not isinstance(moment, int) or not _EARLIEST <= moment < _LATEST:
        return Happening()
    commit = mapping(at(root, "commit"))
    did, key = at(root, "did"), commit.get("rkey")
    if root.get("kind") != "commit" or commit.get("collection") != COLLECTION:
        return Happening(at=moment)
    if not isinstance(did, str) or not _DID.fullmatch(did) or not isinstance(key, str) or not _KEY.fullmatch(key):
        return Happening()
    uri, done = f"at://{did}/{COLLECTION}/{key}", commit.get("operation")
    if done == "delete":
        return Happening(at=moment, deleted=uri)
    record = mapping(commit.get("record"))
    if done not in ("create", "update") or not isinstance(record.get("text"), str):
        return Happening()
    if not _matches(record, wanted) or not _speaks(record, langs):
        return Happening(at=moment)
    return Happening(at=moment, mention=_mention(uri, did, record, moment, done, collected_at))


def moment_of(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def parse_cursor(cursor: str | None) -> int | None:
    """A saved cursor; None where there is none or it is of another kind."""
    if cursor is None or not re.fullmatch(r"[0-9]{16}", cursor):
        return None
    return int(cursor)


def deleted_forms(uris: Sequence[str], collected_at: datetime) -> list[Mention]:
    """Every mention that deleted posts may be stored as: which of them a deletion does not say."""
    return [bare_mention(uri, kind, collected_at) for uri in uris for kind in POST_KINDS]


def _matches(record: dict[str, Any], wanted: Alternatives) -> bool:
    tags = [t for t in sequence(record.get("tags")) if isinstance(t, str)]
    text = _folded("\n".join([record["text"], *tags]))
    return any(all(w in text for w in words) for words in wanted)


def _speaks(record: dict[str, Any], langs: frozenset[str]) -> bool:
    named = {code.lower()[:2] for code in map(word, sequence(record.get("langs"))) if code}
    return not langs or not named or not langs.isdisjoint(named)


def _mention(
    uri: str, did: str, record: dict[str, Any], moment: int, done: str, collected_at: datetime
) -> Mention | None:
    """The post as search would show it; the stream knows neither figures nor the writer's name.

    An edit says nothing new about when the post was written: the record's own time is believed then.
    """
    seen = moment_of(moment)
    post = {"uri": uri, "record": record}
    mention = read_post(post if done == "update" else {**post, "indexedAt": seen.isoformat()}, collected_at)
    if mention is None or is_hidden(post):
        return None
    return replace(mention, author=Author(id=did), edited_at=seen if done == "update" else None)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


class Hearing:
    """What one look at the stream brought: frames in, posts and deletions out, and where the next look goes on."""

    def __init__(self, *, wanted: Alternatives, langs: frozenset[str], start: int | None, began: datetime) -> None:
        """
        Args:
            wanted, langs: what is looked for, see ``parse_frame``.
            start: where the last look ended, in microseconds; None for the first.
            began: when this look began; reading is done when the stream has come to it.
        """
        self._wanted, self._langs, self._start = wanted, langs, start
        self._present = int((began - PRESENT).timestamp() * 1_000_000)
        self._found: dict[str, Mention] = {}
        self._deleted: deque[str] = deque(maxlen=DELETIONS)
        self._first: int | None = None
        self._last: int | None = None
        self.heard = self.unreadable = 0
        self.is_caught_up = False

    @property
    def asks_from(self) -> int:
        """Cursor to ask the stream for."""
        return max(0, (self._start or 0) - OVERLAP)

    @property
    def cursor(self) -> str | None:
        """Where the next look goes on; None where no frame could be read."""
        return None if self._last is None else str(self._last)

    @property
    def mentions(self) -> tuple[Mention, ...]:
        return tuple(self._found.values())

    @property
    def deleted(self) -> tuple[str, ...]:
        """Ids of posts that were deleted, whatever they said; the newest of very many."""
        return tuple(self._deleted)

    @property
    def gap(self) -> str | None:
        """One sentence where the stream began later than it was asked to."""
        if self._start is None or self._first is None or self._first - self.asks_from <= GAP:
            return None
        since, until = moment_of(self._start), moment_of(self._first)
        reach = f"the stream reaches back {KEPT.total_seconds() / 3600:g} h"
        return f"what was posted from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC was not seen: {reach}"

    def take(self, frame: str, collected_at: datetime) -> bool:
        """Take one frame; True when the stream has come to the present."""
        happening = parse_frame(frame, wanted=self._wanted, langs=self._langs, collected_at=collected_at)
        self.heard += 1
        if happening.at is None:
            self.unreadable += 1
            return False
        self._first = happening.at if self._first is None else self._first
        self._last = max(self._last or 0, happening.at)
        if happening.mention is not None:
            self._found[happening.mention.id] = happening.mention
        elif happening.deleted is not None:
            self._found.pop(happening.deleted, None)
            self._deleted.append(happening.deleted)
        self.is_caught_up = happening.at >= self._present
        return self.is_caught_up

    def page(self, seconds: float) -> Page:
        """The verdict over the look. The network's posts never pause: no frame at all is no calm."""
        if self.heard == 0:
            return Page(
                outcome=Outcome.SUSPECT, detail=f"the stream, which is never silent, sent nothing in {seconds:g} s"
            )
        if self.unreadable * 2 > self.heard:
            detail = f"{self.unreadable} of {self.heard} frames lack what every frame has (time_us, did, commit)"
            return Page(outcome=Outcome.CHANGED, detail=detail, mentions=self.mentions, skipped=self.unreadable)
        if self._found:
            return Page(outcome=Outcome.ITEMS, mentions=self.mentions, skipped=self.unreadable)
        return Page(outcome=Outcome.EMPTY, detail=f"{self.heard} frames read, none matches", skipped=self.unreadable)
