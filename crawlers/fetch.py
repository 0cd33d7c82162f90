"""``python -m crawlers.fetch``: polls in a process of their own. JSON lines in, one JSON line out for each.

In: ``{"platform", "query", "brand", "base_url", "limit", "options": {…}, "task", "targets": [{"kind", "id", "url"}], "cursor",
"deep"}``; only ``platform`` is needed.
Out: ``{"source", "outcome", "detail", "requests", "skipped", "retry_after", "caught_up", "control", "cursor", "gone": […keys],
"started_at", "ended_at", "browsers", "mentions": […]}`` with mentions as ``fengsheng crawl`` prints them and ``browsers`` the number of browsers started so far,
or ``{"error": "one sentence"}`` for a line that is no request.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from crawlers.runner import Runner
from records.errors import BadRecord
from records.mention import Kind, Platform, mention_to_json
from records.outcome import PollRequest, PollResult, Target, Task


def parse_request(line: str) -> PollRequest:
    """One request of the input; raises BadRecord with one sentence."""
    try:
        given = json.loads(line)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise BadRecord("a JSON object with platform, query, brand, base_url, limit and options is accepted")
    limit, options = given.get("limit", 50), given.get("options") or {}
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise BadRecord(f"limit is {limit!r}: a whole number of 1 or more is accepted")
    if not isinstance(options, dict):
        raise BadRecord("options is no object: names with values are accepted")
    if given.get("platform") not in list(Platform):
        raise BadRecord(f"platform is {given.get('platform')!r}: accepted are {', '.join(Platform)}")
    task = given.get("task") or "search"
    if task not in list(Task):
        raise BadRecord(f"task is {task!r}: accepted are {', '.join(Task)}")
    return PollRequest(
        platform=Platform(given["platform"]),
        task=Task(task),
        targets=_targets(Platform(given["platform"]), given.get("targets") or []),
        cursor=str(given["cursor"]) if given.get("cursor") else None,
        deep=given.get("deep") is True,
        brand=str(given.get("brand") or ""),
        query=str(given.get("query") or ""),
        base_url=given.get("base_url") or None,
        limit=limit,
        options=tuple(sorted((str(k), str(v)) for k, v in options.items())),
    )


def _targets(platform: Platform, given: Any) -> tuple[Target, ...]:
    if not isinstance(given, list) or not all(isinstance(t, dict) and t.get("id") for t in given):
        raise BadRecord("targets is no list of posts: each with kind, id and url is accepted")
    unknown = [t.get("kind") for t in given if (t.get("kind") or "post") not in list(Kind)]
    if unknown:
        raise BadRecord(f"kind of a target is {unknown[0]!r}: accepted are {', '.join(Kind)}")
    return tuple(
        Target(platform=platform, kind=Kind(t.get("kind") or "post"), id=str(t["id"]), url=t.get("url") or None)
        for t in given
    )


def result_to_json(result: PollResult) -> dict[str, Any]:
    return {
        "source": result.request.source,
        "outcome": str(result.outcome),
        "detail": result.detail,
        "requests": result.requests,
        "skipped": result.skipped,
        "retry_after": result.retry_after,
        "caught_up": result.caught_up,
        "control": result.control,
        "cursor": result.cursor,
        "gone": [t.key for t in result.gone],
        "started_at": result.started_at.isoformat(),
        "ended_at": result.ended_at.isoformat(),
        "mentions": [mention_to_json(m) for m in result.mentions],
    }


async def fetch_lines(lines: TextIO, out: TextIO, *, settings: dict[str, Any] | None = None) -> None:
    """Make the polls in order in one Runner and write each result as it comes; the loop runs on while it waits for input."""
    runner = Runner(settings=settings)
    await runner.start()
    try:
        while line := await asyncio.to_thread(lines.readline):
            if not line.strip():
                continue
            try:
                result = await runner.fetch(parse_request(line), now=datetime.now(UTC))
            except BadRecord as error:
                answer: dict[str, Any] = {"error": str(error)}
            else:
                answer = {**result_to_json(result), "browsers": runner.browser.started}
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
            out.flush()
    finally:
        await runner.stop()


def main() -> int:
    asyncio.run(fetch_lines(sys.stdin, sys.stdout))
    return 0


if __name__ == "__main__":
    sys.exit(main())
