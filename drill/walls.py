"""Walls on command: the refusals of the platforms, so that a drill can show that a blind source is said aloud (W6)."""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from drill import weibo_pages, xiaohongshu_pages
from records.mention import Platform

MISBEHAVIOURS: dict[str, tuple[str, ...]] = {
    Platform.WEIBO: ("login", "captcha", "rate", "empty", "truncated", "slow"),
    Platform.XIAOHONGSHU: ("login", "captcha", "rate", "empty", "truncated", "slow"),
    "telegram": ("rate", "down"),
}
"""Platform → kinds of misbehaviour: a login wall, a human check, HTTP 432 or "too often", an empty answer with status
200, cut JSON, slow answers; for Telegram 429 and 502."""

_TRUNCATED = '{"ok":1,"code":0,"success":true,"data":{"cards":[{"card_type":9,"mblog":{"id":"52'


class Walls:
    """Which wall stands before which platform. Set from any thread."""

    def __init__(self) -> None:
        self._standing: dict[str, str] = {}
        self.slow_seconds = 45.0
        """How long a "slow" answer takes."""

    def put(self, platform: str, kind: str | None) -> None:
        if kind is None:
            self._standing.pop(platform, None)
        else:
            self._standing[platform] = kind

    def now(self, platform: Platform) -> str | None:
        return self._standing.get(platform)

    @property
    def telegram(self) -> str | None:
        return self._standing.get("telegram")

    def answer(self, platform: Platform, kind: str, asked: str) -> Response | None:
        """The refusal; ``asked`` is "page" for what a person opens and "api" for what a script asks for."""
        if platform is Platform.WEIBO:
            return _weibo(kind)
        return _xiaohongshu_page(kind) if asked == "page" else _xiaohongshu_api(kind)


def _weibo(kind: str) -> Response:
    if kind == "login":
        return JSONResponse(weibo_pages.LOGIN)
    if kind == "captcha":
        return JSONResponse(weibo_pages.CAPTCHA)
    if kind == "rate":
        return HTMLResponse(weibo_pages.TOO_OFTEN_PAGE, 432)
    if kind == "empty":
        return Response(b"", 200, media_type="application/json")
    return Response(_TRUNCATED, 200, media_type="application/json")


def _xiaohongshu_page(kind: str) -> Response | None:
    if kind == "login":
        return HTMLResponse(xiaohongshu_pages.LOGIN_PAGE)
    if kind == "captcha":
        return RedirectResponse("/website-login/captcha?redirectPath=search", 302)
    return None


def _xiaohongshu_api(kind: str) -> Response:
    if kind == "login":
        return JSONResponse(xiaohongshu_pages.LOGIN, 401)
    if kind == "captcha":
        return JSONResponse(xiaohongshu_pages.CAPTCHA, 461, headers={"Verifytype": "102", "Verifyuuid": "drill"})
    if kind == "rate":
        return JSONResponse(xiaohongshu_pages.TOO_OFTEN)
    if kind == "empty":
        return Response(b"", 200, media_type="application/json")
    return Response(_TRUNCATED, 200, media_type="application/json")
