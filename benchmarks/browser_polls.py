"""The product's side of the browser's benchmark: search polls of browser sources on one Runner with its standing browser.

``python -m benchmarks.browser_polls JOB`` prints ``{"seconds", "posts", "pages", "memory": [bytes after each poll],
"browsers"}``; JOB is a file with a JSON object ``{"polls": [polls]}``. The first poll of every source starts and settles the
browser and is not timed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.source_polls import request_of
from crawlers.runner import Runner


async def work(job: dict[str, Any]) -> dict[str, Any]:
    runner = Runner()
    await runner.start()
    answer: dict[str, Any] = {"seconds": 0.0, "posts": 0, "pages": 0, "memory": []}
    seen: set[str] = set()
    try:
        for poll in job["polls"]:
            request = request_of(poll)
            began = time.perf_counter()
            result = await runner.fetch(request, now=datetime.now(UTC))
            seconds = time.perf_counter() - began
            if not result.mentions:
                raise SystemExit(f"{request.source}: {result.outcome} {result.detail}")
            if poll["platform"] not in seen:
                seen.add(poll["platform"])
                continue
            answer["seconds"] += seconds
            answer["posts"] += len(result.mentions)
            answer["pages"] += result.requests
            answer["memory"].append(runner.browser.memory())
        answer["browsers"] = runner.browser.started
    finally:
        await runner.stop()
    return answer


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)  # as the worker does
    print(json.dumps(asyncio.run(work(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))))
