"""Text as the learned models read it: names of brands, products and rivals, numbers, handles and links become signs.

So what is learned on one brand holds for all. Exclamation marks are taken out: they are counted apart, and only ever upwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

BRAND, PRODUCT, RIVAL = "Ａ", "Ｐ", "Ｒ"
"""Full-width capitals: folding never leaves one in a text."""
SIGNS = re.compile(f"[{BRAND}{PRODUCT}{RIVAL}0@^$\\s]+")
"""Runs of what stands in a masked text for something else."""
_BLANKS = re.compile(" {2,}")
_NOISE = re.compile(r"https?://[!-~]+|@[\w\-·]{1,30}|\d+|[!！‼❗]+")
_DIGITS, _MARKS = re.compile(r"\d+"), re.compile("[!！‼❗]+")


def mask_text(folded: str, names: Sequence[str] = (), products: Sequence[str] = (), rivals: Sequence[str] = ()) -> str:
    """The folded text with signs for names (longest first within each kind), ``0`` for numbers, ``@`` for handles, one blank for several."""
    if "  " in folded:  # what was quoted is blanks now, as many as it had characters
        folded = _BLANKS.sub(" ", folded)
    for sign, words in ((PRODUCT, products), (BRAND, names), (RIVAL, rivals)):
        for word in words:
            if word in folded:
                folded = folded.replace(word, sign)
    if "@" in folded or "http" in folded:
        return _NOISE.sub(_sign, folded)
    return _MARKS.sub("", _DIGITS.sub("0", folded))


def _sign(found: re.Match[str]) -> str:
    first = found[0][0]
    if first == "h":
        return ""
    if first == "@":
        return "@"
    return "0" if first.isdigit() else ""
