"""By which ids and handles an account of the register (W7) may appear as the author of a mention. Pure."""

from __future__ import annotations

import re
import unicodedata

from records.customer import Account
from records.mention import Author, Platform

EXACT_NAMES: frozenset[str] = frozenset("weibo bilibili reddit hackernews mastodon bluesky twitter".split())
"""Platforms on which only one account at a time bears a name."""
_ID = re.compile(r"\d{5,}|[0-9a-f]{16,}|did:[a-z]+:\S+|UC[\w-]{22}|MS4wLjAB\S+|t2_\w+|https?://\S+")
_AT_SERVER = re.compile(r"(?P<user>[^@\s/]+)@(?P<host>[\w.-]+\.[a-z]{2,})", re.IGNORECASE)
_ACTOR = re.compile(r"https?://(?P<host>[^/]+)/(?:users/|@)(?P<user>[^/]+)/?")


def looks_like_id(value: str) -> bool:
    """An account id rather than a name that anybody could bear."""
    return _ID.fullmatch(value) is not None


def fold_handle(name: str) -> str:
    """A handle as it is compared."""
    return unicodedata.normalize("NFKC", name).strip().removeprefix("@").casefold()


def account_marks(account: Account) -> tuple[tuple[str, ...], str | None]:
    """(author ids and names to hash exactly, handle to compare folded); no handle where the value is an id."""
    value = account.value
    if account.platform == Platform.MASTODON and (found := _AT_SERVER.fullmatch(value)):
        user, host = found["user"], found["host"].lower()
        return (f"https://{host}/users/{user}",), f"{user}@{host}"
    if looks_like_id(value):
        return (value,), None
    return (value,), value


def handles_of(platform: str, author: Author) -> tuple[str, ...]:
    """The handles under which an author is looked up."""
    handles = [author.name] if author.name else []
    if platform == Platform.MASTODON and author.id and (found := _ACTOR.fullmatch(author.id)):
        handles.append(f"{found['user']}@{found['host']}")
    return tuple(handles)
