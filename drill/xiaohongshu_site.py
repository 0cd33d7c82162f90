"""The Xiaohongshu site of the drill: pages that carry no results, and the requests of their own script."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from drill import xiaohongshu_pages as pages
from drill.sites.base import Stage
from drill.ticketed import Ticketed, page_files, read_body
from drill.xiaohongshu_comments import render_comments, render_replies
from records.mention import Platform


def xiaohongshu_routes(site: Stage) -> list[Route]:
    pages_of = Ticketed(site, lambda: JSONResponse(pages.NO_TICKET, 406))

    def shown(template: str, title: str, state: dict[str, Any]) -> Response:
        return pages_of.page(template, title=title, STATE=pages.written_state(state))

    async def search_page(request: Request) -> Response:
        keyword = request.query_params.get("keyword", "")
        return shown("search_result.html", f"{keyword} - 小红书搜索", pages.search_state(keyword))

    async def note_page(request: Request) -> Response:
        note = request.path_params["note"]
        if request.query_params.get("xsec_token") != pages.token_of(note):
            return RedirectResponse(f"/404?source=/404/sec&errorCode=-510001&noteId={note}", 302)
        out = next((p for p in site.out(Platform.XIAOHONGSHU) if p.id == note and pages.is_written(p)), None)
        return shown("explore.html", "小红书", pages.note_state(out))

    async def search(request: Request) -> Response:
        body = await read_body(request)
        found = pages.render_search(
            site.out(Platform.XIAOHONGSHU),
            str(body.get("keyword", "")),
            _whole(body.get("page"), 1),
            _whole(body.get("page_size"), pages.PAGE_SIZE),
            site.clock(),
            site.mode(Platform.XIAOHONGSHU),
        )
        return JSONResponse(found)

    async def feed(request: Request) -> Response:
        note = str((await read_body(request)).get("source_note_id", ""))
        return JSONResponse(pages.render_feed(site.out(Platform.XIAOHONGSHU), note, site.clock()))

    async def user(request: Request) -> Response:
        ident = request.query_params.get("target_user_id", "")
        return JSONResponse(pages.render_user(site.out(Platform.XIAOHONGSHU), ident))

    async def comments(request: Request) -> Response:
        asked = request.query_params
        found = render_comments(site.out(Platform.XIAOHONGSHU), asked.get("note_id", ""), asked.get("cursor", ""))
        return JSONResponse(found or pages.GONE)

    async def replies(request: Request) -> Response:
        asked = request.query_params
        number = asked.get("num", "10")
        found = render_replies(
            site.out(Platform.XIAOHONGSHU),
            asked.get("note_id", ""),
            asked.get("root_comment_id", ""),
            asked.get("cursor", ""),
            int(number) if number.isdecimal() else 10,
        )
        return JSONResponse(found or pages.GONE)

    async def profile_page(request: Request) -> Response:
        return shown("profile.html", "小红书", pages.note_state())

    return [
        Route("/user/profile/{user}", profile_page),
        Route("/login", _login),
        Route("/api/sns/web/v2/comment/page", pages_of.needed(comments)),
        Route("/api/sns/web/v2/comment/sub/page", pages_of.needed(replies)),
        Route("/search_result", search_page),
        Route("/explore/{note}", note_page),
        Route("/404", _gone),
        Route("/website-login/captcha", _captcha),
        page_files("note.js", "note.css"),
        Route("/api/sns/web/v1/search/notes", pages_of.needed(search), methods=["POST"]),
        Route("/api/sns/web/v1/feed", pages_of.needed(feed), methods=["POST"]),
        Route("/api/sns/web/v1/user/otherinfo", pages_of.needed(user)),
    ]


async def _gone(request: Request) -> Response:
    return HTMLResponse(pages.GONE_PAGE)


async def _login(request: Request) -> Response:
    return HTMLResponse(pages.LOGIN_FORM)


async def _captcha(request: Request) -> Response:
    return HTMLResponse(pages.CAPTCHA_PAGE)


def _whole(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default
