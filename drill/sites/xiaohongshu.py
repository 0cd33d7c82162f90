"""Xiaohongshu's stand-in: see ``drill.xiaohongshu_site``."""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from drill import xiaohongshu_pages as pages
from drill.sites.base import Site
from drill.xiaohongshu_site import xiaohongshu_routes
from records.mention import Platform


def refuse(kind: str, asked: str) -> Response | None:
    if asked == "page":
        if kind == "login":
            return HTMLResponse(pages.LOGIN_PAGE)
        if kind == "captcha":
            return RedirectResponse("/website-login/captcha?redirectPath=search", 302)
        return None
    if kind == "login":
        return JSONResponse(pages.LOGIN, 401)
    if kind == "captcha":
        return JSONResponse(pages.CAPTCHA, 461, headers={"Verifytype": "102", "Verifyuuid": "drill"})
    if kind == "rate":
        return JSONResponse(pages.TOO_OFTEN)
    if kind == "empty":
        return JSONResponse({"code": 0, "success": True, "data": {"has_more": False, "items": []}})
    return None


SITE = Site(
    platform=Platform.XIAOHONGSHU,
    routes=xiaohongshu_routes,
    refuse=refuse,
    counts=frozenset({"liked_count", "collected_count", "comment_count", "shared_count", "share_count", "like_count"}),
    users=frozenset({"user", "user_info"}),
    renamed={"note_card": "noteInfo", "items": "list", "comments": "commentList"},
    open_paths=("/robots.txt", "/fe/", "/404", "/website-login/", "/login"),
    page_paths=("/search_result", "/explore/", "/user/"),
)
