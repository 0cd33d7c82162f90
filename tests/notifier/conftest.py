"""One stand-in Bot API for all tests of a run; each test finds it fresh."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.notifier.bot_api import BotApi, running_bot_api


@pytest.fixture(scope="session")
def bot_api() -> Iterator[BotApi]:
    with running_bot_api() as api:
        yield api


@pytest.fixture
def api(bot_api: BotApi) -> BotApi:
    bot_api.forget()
    return bot_api
