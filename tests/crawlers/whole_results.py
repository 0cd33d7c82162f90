"""``python -m crawlers.fetch`` that also tells what stays in the product's own process: the payload kept of a changed
layout, and which figures the platform rounded."""

from __future__ import annotations

import sys
from typing import Any

from crawlers import fetch
from records.outcome import PollResult

_to_json = fetch.result_to_json


def whole_result(result: PollResult) -> dict[str, Any]:
    told = _to_json(result)
    for mention, shown in zip(result.mentions, told["mentions"], strict=True):
        shown["approximate"] = sorted(mention.metrics.approximate)
    return {**told, "payload": len(result.payload)}


if __name__ == "__main__":
    fetch.result_to_json = whole_result
    sys.exit(fetch.main())
