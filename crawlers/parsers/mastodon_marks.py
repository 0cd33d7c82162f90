"""How far a tag's timeline was read, and how the cursor of a poll keeps it."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from crawlers.parsers.mastodon import id_order, newest_id

LATE = timedelta(minutes=5)
"""Posts of other instances arrive late but are numbered by when they were written: so much is read again every time."""


class Mark:
    """The newest local id of a tag that was read, and the newest of those that were written ``LATE`` ago."""

    def __init__(self, start: str = "") -> None:
        """``start``: local id where reading begins; "" for the newest posts."""
        self.start = start
        self.newest = ""
        self._settled = ""
        self._oldest = ""

    def see(self, body: str | bytes, *, now: datetime, oldest: str | None = None) -> None:
        """Take note of a page or a single post.

        Args:
            now: aware time of its arrival.
            oldest: the smallest local id of the page.
        """
        self.newest = max(self.newest, newest_id(body) or "", key=id_order)
        self._settled = max(self._settled, newest_id(body, written_by=now - LATE) or "", key=id_order)
        self._oldest = oldest or self._oldest

    def ends_at(self, *, is_cut: bool) -> str:
        """Where the next poll goes on: behind what was read where reading was cut off, else ``LATE`` before the end."""
        place = self.newest if is_cut else self._settled or self.start or self._oldest
        return max(place, self.start, key=id_order)


def read_place(cursor: str | None, name: str) -> str:
    """The local id that a cursor holds for a tag (by ``tag_name``); "" where it holds none."""
    return dict(parse_qsl(cursor or "")).get(name, "")


def with_place(cursor: str | None, name: str, place: str) -> str | None:
    """The cursor with a tag's place moved on; it never moves back."""
    places = dict(parse_qsl(cursor or ""))
    furthest = max(place, places.get(name, ""), key=id_order)
    return urlencode({**places, name: furthest}) if furthest else cursor


def tag_name(host: str, tag: str) -> str:
    """A tag in a cursor: local ids are the instance's own."""
    return f"{host}/{tag}"
