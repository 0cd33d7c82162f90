"""Keep secrets out of logs: HTTP libraries log whole addresses, and a bot's address carries its token."""

from __future__ import annotations

import logging
import re

_LOGGERS = (
    "httpx",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "telegram.Bot",
    "telegram.request.BaseRequest",
    "telegram.request.HTTPXRequest",
    "apprise",
    "urllib3.connectionpool",
)
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
_SECRETS: set[str] = set()
HIDDEN = "[secret]"


def hide_secret(secret: str) -> None:
    """From now on the value is replaced in everything the HTTP libraries log, at whatever level.

    Their request lines are silenced below WARNING as well: they tell a reader nothing.
    """
    if len(secret) >= 4:
        _SECRETS.add(secret)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(f, _HideSecrets) for f in logger.filters):
            logger.addFilter(_HideSecrets())
    for name in ("httpx", "httpcore", "telegram", "apprise", "urllib3"):
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)


def redact(text: str) -> str:
    """The text without any secret that was hidden, nor anything that looks like a bot token."""
    for secret in _SECRETS:
        text = text.replace(secret, HIDDEN)
    return _TOKEN.sub(HIDDEN, text)


class _HideSecrets(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = redact(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        if record.exc_info:
            # A traceback repeats the address; the kind of error is kept.
            kind = record.exc_info[0].__name__ if record.exc_info[0] else "error"
            record.msg, record.args = f"{hidden} ({kind})", ()
            record.exc_info = record.exc_text = None
        return True
