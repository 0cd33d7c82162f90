"""The endpoint as the config names it, and a try of it with an invented post: what ``doctor`` and ``check`` say."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from fengsheng.config import SecondOpinionConfig
from fengsheng.opinion_answer import parse_answer
from fengsheng.opinion_endpoint import KEY, Endpoint
from fengsheng.opinion_masking import mask_words
from fengsheng.opinion_prompt import build_messages
from notifier.wording import Lang
from records.opinion import Opinion

LONGEST = 2000
"""Characters of a mention that are sent."""
SAMPLE = {
    "zh": ("示例茶饮", "示例茶饮的奶茶里喝出一块塑料，打客服没人理，太让人生气了！"),
    "en": ("Sample Tea", "Found a piece of plastic in my Sample Tea, nobody answers the hotline, I am furious!"),
}
"""Invented: what ``doctor`` asks about."""


def make_endpoint(config: SecondOpinionConfig, environment: Mapping[str, str]) -> Endpoint:
    """The endpoint of the config; the key comes from the environment only."""
    assert config.base_url is not None and config.model is not None
    return Endpoint(
        base_url=config.base_url,
        model=config.model,
        key=environment.get(KEY, "").strip(),
        timeout=config.timeout,
    )


async def try_endpoint(
    config: SecondOpinionConfig, environment: Mapping[str, str], lang: Lang
) -> tuple[Opinion, float]:
    """Ask about an invented post; the opinion and the seconds it took.

    Raises:
        EndpointFault, Unusable: as for any mention.
    """
    brand, words = SAMPLE[config.language or lang]
    masked = mask_words(words, longest=LONGEST, kept=[brand], lang=config.language or lang)
    endpoint = make_endpoint(config, environment)
    began = time.monotonic()
    try:
        reply = await endpoint.ask(build_messages(brand, masked, config.language or lang))
        return parse_answer(reply.content, masked, reply.model), time.monotonic() - began
    finally:
        await endpoint.close()


def second_opinion_warnings(config: SecondOpinionConfig, environment: Mapping[str, str]) -> Iterator[str]:
    """What is allowed and would surprise: no key, a key that cannot be one, posts that travel in the open."""
    host = urlsplit(config.base_url or "")
    near = _is_near(host.hostname or "")
    key = environment.get(KEY, "").strip()
    if not key and not near:
        yield f"second_opinion asks {host.netloc}, and {KEY} is not set in this shell"
    elif not (key.isascii() and key.isprintable()):
        yield f"{KEY} holds characters that no key has: no second opinion would be asked for"
    if host.scheme == "http" and not near:
        yield f"second_opinion asks {host.netloc} over http: key and posts travel unencrypted, https is safer"


def _is_near(host: str) -> bool:
    """This machine, or one of the house's own network."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".lan", ".internal"))
