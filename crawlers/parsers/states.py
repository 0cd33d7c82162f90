"""What a site's server wrote into a page for the page's own script (``window.__INITIAL_STATE__ = {…}``)."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 8_000_000
"""Characters of a page that are looked into; no page of a post has more."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\bundefined\b|\bNaN\b|-?\bInfinity\b')


def find_state(html: str, name: str) -> Any:
    """The JSON that a page assigns to ``window.<name>``; None where there is none that can be read.

    What is no JSON but usual in scripts (undefined, NaN) is null; whatever follows the value is left alone.
    """
    found = re.search(rf"\bwindow\.{re.escape(name)}\s*=\s*", html[:LONGEST])
    if found is None:
        return None
    body = html[found.end() : LONGEST].partition("</script>")[0]
    body = _TOKEN.sub(lambda m: m[0] if m[0].startswith('"') else "null", body)
    try:
        return json.JSONDecoder().raw_decode(body)[0]
    except (ValueError, RecursionError):
        return None
