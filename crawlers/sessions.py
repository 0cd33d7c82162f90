"""Where the operator's own logged-in sessions lie: one folder a platform, used for the platform itself only.

A session is what a browser keeps (cookies and local storage) after a person logged in by hand. It is written by
``crawlers.login``, read by the spiders, and freshened by them as the platform renews it.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from records.errors import BadRecord
from records.mention import Platform

PROFILES = "FENGSHENG_PROFILES"
"""Environment variable: the folder of the profiles."""
STATE = "state.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    address: str
    """Page on which a person logs in."""
    domain: str
    """What the domains of its cookies end in."""
    proof: str | None = None
    """Cookie that only a logged-in session has; None where guests have them all and only a look at the platform tells."""


LOGINS: Mapping[Platform, Login] = MappingProxyType(
    {
        Platform.WEIBO: Login(address="https://passport.weibo.com/sso/signin", domain="weibo"),
        Platform.XIAOHONGSHU: Login(address="https://www.xiaohongshu.com/explore", domain="xiaohongshu.com"),
        Platform.DOUYIN: Login(address="https://www.douyin.com/", domain="douyin.com", proof="sessionid"),
        Platform.KUAISHOU: Login(address="https://www.kuaishou.com/", domain="kuaishou.com"),
        Platform.HEIMAO: Login(address="https://tousu.sina.com.cn/", domain="sina.com.cn"),
        Platform.BILIBILI: Login(address="https://www.bilibili.com/", domain="bilibili.com", proof="SESSDATA"),
        Platform.ZHIHU: Login(address="https://www.zhihu.com/signin", domain="zhihu.com", proof="z_c0"),
        Platform.TIEBA: Login(address="https://tieba.baidu.com/", domain="baidu.com", proof="BDUSS"),
    }
)
"""Platforms whose session is a browser's. The others take a key or nothing at all."""
KEYS: Mapping[Platform, tuple[str, ...]] = MappingProxyType(
    {
        Platform.BLUESKY: ("FENGSHENG_BLUESKY_HANDLE", "FENGSHENG_BLUESKY_APP_PASSWORD"),
        Platform.MASTODON: ("FENGSHENG_MASTODON_TOKEN",),
        Platform.REDDIT: ("FENGSHENG_REDDIT_CLIENT_ID", "FENGSHENG_REDDIT_CLIENT_SECRET"),
        Platform.YOUTUBE: ("FENGSHENG_YOUTUBE_KEY",),
    }
)
"""Platforms whose login is a key: the variables that hold it."""


def find_state(platform: Platform, environment: Mapping[str, str]) -> Path | None:
    """The saved session of a platform: FENGSHENG_<PLATFORM>_STATE, else ``state.json`` in its profile folder under
    FENGSHENG_PROFILES; None where there is none."""
    named = environment.get(f"FENGSHENG_{platform.upper()}_STATE", "").strip()
    folder = environment.get(PROFILES, "").strip()
    for path in (Path(named) if named else None, Path(folder) / platform / STATE if folder else None):
        if path is not None and path.is_file():
            return path
    return None


def parse_state(text: str, login: Login) -> dict[str, Any]:
    """A saved session as browsers export it (Playwright's storage state): ``{"cookies": […], "origins": […]}``.

    Raises:
        BadRecord: one sentence; nothing of the content is quoted, it is a secret.
    """
    try:
        state = json.loads(text)
    except ValueError:
        raise BadRecord("is no JSON: a browser state as Playwright saves it (storage_state) is accepted") from None
    cookies = state.get("cookies") if isinstance(state, dict) else None
    if not isinstance(cookies, list) or not all(isinstance(c, dict) and c.get("name") for c in cookies):
        raise BadRecord('has no "cookies" list: a browser state as Playwright saves it (storage_state) is accepted')
    if not any(login.domain in str(c.get("domain", "")) for c in cookies):
        raise BadRecord(f"has no cookie of {login.domain}: it is another site's session")
    return {"cookies": cookies, "origins": state.get("origins") or []}


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a session for its owner's eyes only; a reader sees the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".state-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(state, file, ensure_ascii=False)
        os.replace(name, path)  # noqa: PTH105 - mkstemp gives a name; its mode is 0600
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What a saved session says of itself, without its content."""

    path: Path
    saved_at: datetime
    has_proof: bool | None
    """Whether the cookie that only a logged-in session has is there and still valid; None where there is no such cookie."""
    ends_at: datetime | None
    """When that cookie runs out; None where it has no end or there is no such cookie."""


def read_state(platform: Platform, environment: Mapping[str, str], *, now: datetime) -> Held | None:
    """The saved session of a platform; None where there is none or it cannot be read."""
    path = find_state(platform, environment)
    login = LOGINS.get(platform)
    if path is None or login is None:
        return None
    try:
        cookies = parse_state(path.read_text(encoding="utf-8"), login)["cookies"]
        saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, UnicodeDecodeError, BadRecord):
        return None
    proof = next((c for c in cookies if c["name"] == login.proof and login.domain in str(c.get("domain", ""))), None)
    if login.proof is None:
        return Held(path=path, saved_at=saved_at, has_proof=None, ends_at=None)
    if proof is None:
        return Held(path=path, saved_at=saved_at, has_proof=False, ends_at=None)
    ends = proof.get("expires")
    lasting = not isinstance(ends, int | float) or isinstance(ends, bool) or not 0 < ends < 1e11
    ends_at = None if lasting else datetime.fromtimestamp(float(ends), UTC)
    return Held(path=path, saved_at=saved_at, has_proof=ends_at is None or ends_at > now, ends_at=ends_at)
