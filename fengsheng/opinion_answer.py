"""Reading a second opinion: an answer is used whole or not at all. Pure.

The answer comes from a machine that read a stranger's words, so nothing in it is believed: a fixed form, scores in range, and every
quote literally in the text that was sent.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fengsheng.opinion_masking import CLOSE, OPEN, Masked, fold_blanks
from records.opinion import Opinion, Quote
from scoring.assessment import Category

LONGEST = 20_000
"""Characters of an answer's content that are read."""
NEEDS_QUOTE = 4.0
"""A score of so much or more rests on words of the text."""
REASON = 200
"""Characters of the reason that are kept."""
_FORGED = 20
"""JSON objects of a post that an answer is compared with."""

_REFUSAL = re.compile(
    r"抱歉|对不起|无法(?:提供|协助|回答|完成|处理|满足)|不能(?:提供|协助|回答|满足)|不便|作为一个?(?:ai|人工智能|语言模型)|换个话题"
    r"|\b(?:i'm|i am) sorry|\bi (?:can(?:no|')t|am unable|won't)|\bas an ai|can't (?:assist|help)",
    re.IGNORECASE,
)
_FENCE = re.compile(r"```[ \t]*[a-zA-Z]*[ \t]*\r?\n?(.*?)```", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)
_SIGN = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]{{1,12}}{CLOSE}")


class Unusable(Exception):
    """An answer that is dropped.

    Args:
        fault: a short key, see ``fengsheng.opinion_words.FAULTS``.
        detail: what exactly, a few words.
    """

    def __init__(self, fault: str, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}" if detail else fault)
        self.fault = fault
        self.detail = detail


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


_Score = Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)]


class _Quote(_Strict):
    score: Literal["topicality", "emotion", "level", "category", "target"]
    quote: Annotated[str, Field(min_length=1, max_length=500)]


class _Answer(_Strict):
    topicality: _Score
    emotion: _Score
    level: Literal["high", "medium", "low", "none"]
    category: str
    target: Literal["brand", "other", "none"]
    quotes: Annotated[list[_Quote], Field(max_length=20)]
    reason: Annotated[str, Field(max_length=2000)]


def parse_answer(content: str, masked: Masked, model: str) -> Opinion:
    """The opinion that an answer holds.

    Args:
        content: the text of the model's message.
        masked: what was sent.
        model: who answered.

    Raises:
        Unusable: it holds none that can be used.
    """
    told = _told(content, masked)
    try:
        answer = _Answer.model_validate(told)
    except ValidationError as error:
        raise _misshapen(error) from None
    if answer.category not in tuple(Category):
        raise Unusable("shape", f"category {answer.category[:30]!r}")
    quotes = tuple(_placed(q, masked) for q in answer.quotes)
    _check_supported(answer, quotes)
    _check_sense(answer)
    return Opinion(
        topicality=round(answer.topicality, 1),
        emotion=round(answer.emotion, 1),
        level=answer.level,
        category=answer.category,
        target=answer.target,
        quotes=quotes,
        reason=fold_blanks(answer.reason)[:REASON],
        model=model,
    )


def _told(content: str, masked: Masked) -> Any:
    """The one JSON object of the content: bare, or in a ``` fence with words around it."""
    if len(content) > LONGEST:
        raise Unusable("large", f"{len(content)} characters")
    text = _THOUGHT.sub("", content).strip()
    found = [text] if text.startswith("{") else [m.strip() for m in _FENCE.findall(text)]
    objects = [piece for piece in found if piece.startswith("{")]
    if len(objects) > 1:
        raise Unusable("several", f"{len(objects)} answers")
    if not objects:
        raise _wordy(text)
    try:
        told = json.loads(objects[0], parse_constant=_refuse_constant, object_pairs_hook=_once)
    except RecursionError:
        raise Unusable("json", "nested too deep") from None
    except ValueError as error:
        raise Unusable("json", str(error)[:80]) from None
    if any(told == forged for forged in _objects_in(masked.text)):
        raise Unusable("copied")
    return told


def _objects_in(text: str) -> Iterator[Any]:
    """The first JSON objects that a post itself holds: answers that somebody wrote for the model."""
    decoder, at = json.JSONDecoder(), text.find("{")
    for _ in range(_FORGED):
        if at < 0:
            return
        try:
            told, at = decoder.raw_decode(text, at)
            yield told
        except (ValueError, RecursionError):
            at += 1
        at = text.find("{", at)


def _wordy(text: str) -> Unusable:
    if not text:
        return Unusable("empty")
    if _REFUSAL.search(text[:600]):
        return Unusable("refusal", fold_blanks(text)[:60])
    if "```" in text and "{" in text:
        return Unusable("json", "cut off")
    return Unusable("prose", fold_blanks(text)[:60])


def _refuse_constant(name: str) -> Any:
    raise Unusable("range", name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice says two things."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise Unusable("shape", "a key stands twice")
    return told


def _misshapen(error: ValidationError) -> Unusable:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])[:60]
    out_of_range = first["type"] in ("greater_than_equal", "less_than_equal", "finite_number")
    return Unusable("range" if out_of_range else "shape", f"{where} ({first['type']})")


def _placed(told: _Quote, masked: Masked) -> Quote:
    quote = fold_blanks(told.quote)
    at = masked.place(quote)
    if at is None:
        raise Unusable("foreign_quote", quote[:60])
    if not _says_something(quote, masked.text):
        raise Unusable("empty_quote", quote[:20])
    return Quote(score=told.score, quote=quote, at=at)


def _says_something(quote: str, text: str) -> bool:
    """Two letters or digits at least, or a sign such as an emoji; a mask alone is no evidence."""
    if quote == text:
        return True
    bare = _SIGN.sub("", quote)
    return (
        sum(c.isalnum() for c in bare) >= 2
        or any(unicodedata.category(c) == "So" for c in bare)
        or "!!" in bare.replace("！", "!")
    )


def _check_supported(answer: _Answer, quotes: Sequence[Quote]) -> None:
    for name in ("topicality", "emotion"):
        if getattr(answer, name) >= NEEDS_QUOTE and not any(q.score == name for q in quotes):
            raise Unusable("no_quote", name)


def _check_sense(answer: _Answer) -> None:
    """A topicality of 4 and more is never level none, and the other way round (rubric); no blame on nobody is high."""
    is_complaint = answer.topicality >= NEEDS_QUOTE
    if is_complaint == (answer.level == "none"):
        raise Unusable("contradiction", f"topicality {answer.topicality:g}, level {answer.level}")
