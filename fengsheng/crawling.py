"""One poll now, in a child process of its own: what ``fengsheng crawl`` and ``doctor`` use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from records.errors import Failed
from records.mention import Mention, mention_from_json, replace
from records.outcome import Outcome, PollRequest, PollResult


def fetch_once(
    request: PollRequest, *, patience: float = 240.0, environment: Mapping[str, str] | None = None
) -> PollResult:
    """Make one poll.

    Args:
        request: what to look for and where.
        patience: seconds the child process may take.
        environment: of the child process (sessions and keys of the platforms); default this one's.

    Raises:
        Failed: the child process gave no answer; what the world does is an outcome, not an error.
    """
    line = json.dumps(
        {
            "platform": str(request.platform),
            "query": request.query,
            "brand": request.brand,
            "base_url": request.base_url,
            "limit": request.limit,
            "options": dict(request.options),
            "task": str(request.task),
            "targets": [{"kind": str(t.kind), "id": t.id, "url": t.url} for t in request.targets],
            "cursor": request.cursor,
            "deep": request.deep,
        }
    )
    command = [sys.executable, "-m", "crawlers.fetch"]
    try:
        done = subprocess.run(
            command,
            input=line + "\n",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=patience,
            check=False,
            env=dict(os.environ if environment is None else environment),
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"the poll of {request.source} gave no answer within {patience:g} s") from None
    answers = [a for a in done.stdout.splitlines() if a.startswith("{")]
    if not answers:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise Failed(f"the poll of {request.source} ended without an answer: {last}")
    answer = json.loads(answers[-1])
    if "error" in answer:
        raise Failed(f"the poll of {request.source} was not accepted: {answer['error']}")
    return _result(request, answer)


def _result(request: PollRequest, answer: dict[str, Any]) -> PollResult:
    ended = datetime.fromisoformat(answer["ended_at"])
    return PollResult(
        request=request,
        outcome=Outcome(answer["outcome"]),
        mentions=tuple(_mention(request, m, ended) for m in answer["mentions"]),
        detail=answer["detail"],
        started_at=datetime.fromisoformat(answer["started_at"]),
        ended_at=ended,
        requests=answer["requests"],
        skipped=answer["skipped"],
        retry_after=answer["retry_after"],
        caught_up=answer["caught_up"],
        control=answer["control"],
        cursor=answer["cursor"],
        gone=tuple(t for t in request.targets if t.key in set(answer["gone"])),
    )


def _mention(request: PollRequest, record: dict[str, Any], ended: datetime) -> Mention:
    # A picture without words is a mention too; the reader of imports would refuse it.
    empty = not record.get("text") and not record.get("title")
    mention = mention_from_json({**record, "text": "-"} if empty else record, collected_at=ended)
    return replace(
        mention, text="" if empty else mention.text, brand=request.brand or None, query=request.query or None
    )
